/**
 * Looking for someone: what a person wishes for, what is sent, and how the search is told in words.
 *
 * Pure. At most 10 interests, as the server has it, of at most 32 characters, which is less than it takes.
 */
import type { Join, Preferences, RoomType, WaitingForPartner } from "./api/types";

export interface Wishes {
  type: RoomType;
  interests: string[];
  /** The country I would like, ISO 3166-1 alpha-2; empty for any. */
  country: string;
  /** That country or nobody. */
  countryOnly: boolean;
  myCountry: string;
  /** ISO 639-1; empty for any. */
  language: string;
}

/** Turns a code into a name in the reader's language: `("region", "IN")` → `"India"`. */
export type Naming = (kind: "region" | "language", code: string) => string;

export const MAX_INTERESTS = 10;
export const MAX_INTEREST_LENGTH = 32;

export const noWishes: Wishes = {
  type: "video",
  interests: [],
  country: "",
  countryOnly: false,
  myCountry: "",
  language: "",
};

/** Adds what was typed, split at commas, without doubles and within the bounds. */
export function addInterests(interests: readonly string[], typed: string): string[] {
  const all = [...interests];
  for (const piece of typed.split(",")) {
    const words = piece.trim().replace(/\s+/g, " ").toLowerCase();
    const interest = Array.from(words).slice(0, MAX_INTEREST_LENGTH).join("").trim();
    if (interest && !all.includes(interest) && all.length < MAX_INTERESTS) all.push(interest);
  }
  return all;
}

/** Reads wishes kept by an earlier visit; what does not fit becomes the default. */
export function readWishes(kept: unknown): Wishes {
  if (typeof kept !== "object" || kept === null) return noWishes;
  const was = kept as Record<string, unknown>;
  const code = (value: unknown, shape: RegExp) =>
    typeof value === "string" && shape.test(value) ? value : "";
  const typed = Array.isArray(was.interests) ? was.interests.filter((one) => typeof one === "string") : [];
  const country = code(was.country, /^[A-Z]{2}$/);
  return {
    type: was.type === "chat" ? "chat" : "video",
    interests: addInterests([], typed.join(",")),
    country,
    countryOnly: country !== "" && was.countryOnly === true,
    myCountry: code(was.myCountry, /^[A-Z]{2}$/),
    language: code(was.language, /^[a-z]{2,3}$/),
  };
}

/** The `join` that asks for these wishes: what was left open is not sent at all. */
export function joinOf(wishes: Wishes): Join {
  const preferences: Preferences = {};
  if (wishes.interests.length > 0) preferences.interests = wishes.interests;
  if (wishes.country) preferences.country = wishes.country;
  if (wishes.country && wishes.countryOnly) preferences.countryRequired = true;
  if (wishes.myCountry) preferences.myCountry = wishes.myCountry;
  if (wishes.language) preferences.language = wishes.language;
  return { type: wishes.type, preferences };
}

/** "music", "music or chess", "music, chess or tea". */
export function listed(words: readonly string[], last: "and" | "or"): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} ${last} ${words[words.length - 1]}`;
}

/** What the two have in common, or nothing to say. */
export function sharedWords(shared: readonly string[]): string {
  return shared.length > 0 ? `You both like ${listed(shared, "and")}` : "";
}

/** The search in words: whom we insist on now, and what we have stopped insisting on. */
export function lookingWords(
  wishes: Wishes,
  waiting: WaitingForPartner | null,
  naming: Naming,
): { headline: string; note: string } {
  const relaxed = new Set(waiting?.relaxed ?? []);
  const insists = (wish: "interests" | "language" | "country", wanted: boolean) =>
    wanted && !relaxed.has(wish);
  const likes = insists("interests", wishes.interests.length > 0);
  const speaks = insists("language", wishes.language !== "");
  const from = insists("country", wishes.country !== "") || (wishes.countryOnly && wishes.country !== "");

  const traits: string[] = [];
  if (likes) traits.push(`likes ${listed(wishes.interests, "or")}`);
  if (speaks) traits.push(`speaks ${naming("language", wishes.language)}`);
  const place = from ? ` in ${naming("region", wishes.country)}` : "";
  const headline =
    traits.length > 0
      ? `Looking for someone${place} who ${traits.join(" and ")}…`
      : place
        ? `Looking for anyone${place}…`
        : "Looking for anyone, anywhere…";

  const dropped = [
    relaxed.has("interests") && wishes.interests.length > 0 && "your interests",
    relaxed.has("language") && wishes.language !== "" && "your language",
    relaxed.has("country") && wishes.country !== "" && !wishes.countryOnly && "your country",
  ].filter((one) => one !== false);
  const note =
    dropped.length > 0
      ? `Nobody free with ${listed(dropped, "and")} just now, so we look further.`
      : waiting && waiting.waiting <= 1
        ? ""
        : "This usually takes a moment.";
  return { headline, note };
}

/** How many are waiting, when the server has said so. */
export function waitingWords(waiting: WaitingForPartner | null): string {
  if (!waiting) return "";
  const many = waiting.waiting;
  if (many <= 1) return "You are the only one waiting. Stay a little: someone will come.";
  return `${many} people are waiting, you among them.`;
}

/** How many are here, for the header and the landing page. */
export function countWords(count: number | null): string {
  if (count === null) return "";
  return count <= 1 ? "You are the first one here" : `${count.toLocaleString("en")} people here now`;
}
