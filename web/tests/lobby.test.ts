import { describe, expect, it } from "vitest";
import type { WaitingForPartner } from "../src/api/types";
import { addInterests, joinOf, listed, lookingWords, noWishes, readWishes, sharedWords, waitingWords } from "../src/lobby";

const naming = (_: string, code: string) => ({ IN: "India", en: "English" })[code] ?? code;
const waiting = (more: Partial<WaitingForPartner>): WaitingForPartner => ({ type: "chat", rung: 0, relaxed: [], waiting: 2, ...more });

describe("interests", () => {
  it("are trimmed, in lower case, without doubles", () => {
    expect(addInterests(["music"], " Music,  Slow   Cooking ,, chess")).toEqual(["music", "slow cooking", "chess"]);
  });

  it("are at most ten of at most 32 characters, counted as people count", () => {
    const many = Array.from({ length: 14 }, (_, index) => `n${index}`).join(",");
    expect(addInterests([], many)).toHaveLength(10);
    expect(Array.from(addInterests([], "🎻".repeat(40))[0] ?? "")).toHaveLength(32);
  });
});

describe("wishes", () => {
  it("are sent only where something is wished for", () => {
    expect(joinOf(noWishes)).toEqual({ type: "video", preferences: {} });
    expect(
      joinOf({ type: "video", interests: ["tea"], country: "IN", countryOnly: true, myCountry: "DE", language: "en" }),
    ).toEqual({
      type: "video",
      preferences: { interests: ["tea"], country: "IN", countryRequired: true, myCountry: "DE", language: "en" },
    });
  });

  it("that were kept and make no sense become the defaults", () => {
    expect(readWishes(null)).toEqual(noWishes);
    expect(readWishes({ type: "telepathy", interests: [1, "tea"], country: "india", countryOnly: true, language: 7 })).toEqual({
      ...noWishes,
      interests: ["tea"],
    });
  });

  it("that were kept are read as they were", () => {
    const wishes = { ...noWishes, type: "video" as const, interests: ["tea"], country: "IN", countryOnly: true };
    expect(readWishes(JSON.parse(JSON.stringify(wishes)))).toEqual(wishes);
  });
});

describe("the search in words", () => {
  const wishes = { ...noWishes, interests: ["music", "chess"], language: "en", country: "IN" };
  it("names everything that is insisted on", () => {
    expect(lookingWords(wishes, null, naming).headline).toBe(
      "Looking for someone in India who likes music or chess and speaks English…",
    );
  });

  it("follows the ladder down to anyone, anywhere, and says what was given up", () => {
    const at = (relaxed: WaitingForPartner["relaxed"]) => lookingWords(wishes, waiting({ relaxed }), naming);
    expect(at(["interests"]).headline).toBe("Looking for someone in India who speaks English…");
    expect(at(["interests"]).note).toContain("your interests");
    expect(at(["interests", "language"]).headline).toBe("Looking for anyone in India…");
    expect(at(["interests", "language", "country"]).headline).toBe("Looking for anyone, anywhere…");
    expect(at(["interests", "language", "country"]).note).toContain("your interests, your language and your country");
  });

  it("keeps naming a country that is a must", () => {
    const must = { ...wishes, countryOnly: true };
    const words = lookingWords(must, waiting({ relaxed: ["interests", "language", "country"] }), naming);
    expect(words.headline).toBe("Looking for anyone in India…");
  });

  it("does not promise a moment to someone who waits alone", () => {
    expect(lookingWords(noWishes, waiting({ waiting: 1 }), naming).note).toBe("");
    expect(waitingWords(waiting({ waiting: 1 }))).toContain("only one");
    expect(waitingWords(waiting({ waiting: 3 }))).toBe("3 people are waiting, you among them.");
    expect(waitingWords(null)).toBe("");
  });
});

it("lists as people do", () => {
  expect([listed([], "and"), listed(["a"], "and"), listed(["a", "b"], "or"), listed(["a", "b", "c"], "and")]).toEqual([
    "",
    "a",
    "a or b",
    "a, b and c",
  ]);
  expect(sharedWords(["music", "chess"])).toBe("You both like music and chess");
  expect(sharedWords([])).toBe("");
});
