import { describe, expect, it } from "vitest";
import type { PartnerFound } from "../src/api/types";
import { idle, step } from "../src/call";
import { bannerWords, errorWords, partnerWords, problemWords, stateOf, titleOf } from "../src/words";

const pair: PartnerFound = { roomId: "r", type: "video", partnerId: "p", initiator: true, shared: [] };
const looking = step(idle, { kind: "looking", type: "video" });
const talking = step(looking, { kind: "found", pair });
const over = step(talking, { kind: "ended", roomId: "r", reason: "left" });
const fine = { path: "direct" as const, poor: false, picture: "moving" as const };

describe("the state in words", () => {
  it.each([
    ["looking", looking, "up", null],
    ["connected", talking, "up", null],
    ["connecting", talking, "up", { status: "connecting", reading: fine }],
    ["direct", talking, "up", { status: "connected", reading: fine }],
    ["relayed", talking, "up", { status: "connected", reading: { ...fine, path: "relayed" } }],
    ["poor", talking, "up", { status: "connected", reading: { ...fine, poor: true } }],
    ["reconnecting", talking, "up", { status: "reconnecting", reading: fine }],
    ["failed", talking, "up", { status: "failed", reading: fine }],
    ["away", step(talking, { kind: "away", roomId: "r" }), "up", { status: "connected", reading: fine }],
    ["offline", talking, "away", { status: "connected", reading: fine }],
    ["over", over, "away", null],
    ["ready", idle, "up", null],
  ] as const)("can be: %s", (key, call, link, peer) => {
    const state = stateOf(call, link, peer);
    expect(state.key).toBe(key);
    expect(state.text).not.toBe("");
  });
});

it("tells how a conversation ended", () => {
  expect(partnerWords(over)).toBe("Stranger left.");
  expect(partnerWords({ ...over, ended: "skipped" })).toContain("moved on");
  expect(partnerWords({ ...over, ended: "dropped" })).toContain("lost");
  expect(partnerWords({ ...over, ended: "stopped" })).toContain("You left");
});

it("has nothing to announce while all is well", () => {
  const well = { draining: false, online: true, everUp: true };
  expect(bannerWords("up", well)).toBe("");
  expect(bannerWords("up", { ...well, draining: true })).toContain("about to restart");
  expect(bannerWords("away", { ...well, online: false })).toContain("offline");
  expect(bannerWords("away", { ...well, draining: true })).toContain("restarting");
  expect(bannerWords("connecting", { ...well, everUp: false })).toContain("Still trying");
  expect(bannerWords("away", well)).toContain("Coming back");
});

it("names what is in the way, and what still works", () => {
  expect(problemWords({ audio: null, video: null })).toBe("");
  expect(problemWords({ audio: null, video: "busy" })).toMatch(/^Your camera .* can still hear you/);
  expect(problemWords({ audio: "refused", video: "refused" })).toMatch(/camera and microphone.* You can still see/);
  expect(problemWords({ audio: "absent", video: null })).toMatch(/^No microphone found/);
});

it("says in seconds when to try again", () => {
  const limited = (retryAfterMs: number) => errorWords({ code: "rate_limited", message: "", retryAfterMs });
  expect(limited(400)).toContain("1 second.");
  expect(limited(2400)).toContain("3 seconds.");
  expect(errorWords({ code: "bad_request", message: "That is too long." })).toBe("That is too long.");
});

it("puts into the title what someone looking elsewhere needs", () => {
  expect(titleOf(talking, 2)).toBe("(2) New message – Parley");
  expect(titleOf(looking, 0)).toContain("Looking");
});

it.each([
  ["left", "Stranger left – Parley"],
  ["skipped", "Stranger moved on to someone else – Parley"],
  ["dropped", "The connection was lost – Parley"],
  ["stopped", "You left the conversation – Parley"],
  ["blocked", "You blocked this stranger – Parley"],
] as const)("says in the title how it ended: %s", (ended, title) => {
  expect(titleOf({ ...over, ended }, 0)).toBe(title);
});
