import { describe, expect, it } from "vitest";
import { arrivalOf, takeArrival } from "../src/arrival";
import { deviceWords } from "../src/devices";
import { serviceAddress } from "../src/ways";
import { serviceWords } from "../src/words";

describe("the page's address", () => {
  it("may bring a link from a letter, a refusal, or word that one is signed in", () => {
    expect(arrivalOf("#reset=Ab-_9")).toEqual({ kind: "reset", token: "Ab-_9" });
    expect(arrivalOf("#oauth_error=oauth_denied")).toEqual({ kind: "refused", code: "oauth_denied" });
    expect(arrivalOf("#signed-in")).toEqual({ kind: "signed-in" });
  });

  it.each(["", "#", "#chat", "#reset=", "#reset=a b", "#reset=<b>", `#reset=${"x".repeat(101)}`, "#other=x"])(
    "brings nothing with %j",
    (fragment) => expect(arrivalOf(fragment)).toBeNull(),
  );

  const page = (hash: string) => {
    const shown: unknown[] = [];
    return {
      shown,
      location: { hash, pathname: "/", search: "?a=1" } as Location,
      history: { state: null, replaceState: (...all: unknown[]) => void shown.push(all[2]) } as unknown as History,
    };
  };

  it("keeps no secret once that is taken", () => {
    const arrived = page("#reset=secret");
    expect(takeArrival(arrived)).toEqual({ kind: "reset", token: "secret" });
    expect(arrived.shown).toEqual(["/?a=1"]);
  });

  it("is left alone when nothing of ours is in it", () => {
    const arrived = page("#chat");
    expect(takeArrival(arrived)).toBeNull();
    expect(arrived.shown).toEqual([]);
  });
});

it("of a sign-in with another service says where to come back to", () => {
  expect(serviceAddress("google", "/#signed-in")).toBe("/api/auth/oauth/google?next=%2F%23signed-in");
});

it("has words for every refusal, the unknown ones too", () => {
  const codes = ["oauth_denied", "oauth_state", "oauth_email_taken", "oauth_unavailable", "account_disabled", "oauth_failed"];
  expect(new Set(codes.map(serviceWords)).size).toBe(codes.length);
  expect(serviceWords("whatever")).toBe(serviceWords("oauth_failed"));
});

it.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on Windows"],
  ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", "Chrome on Linux"],
  ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"],
  ["Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0 Mobile Safari/537.36", "Samsung Internet on Android"],
  ["python-httpx/0.28.1", "python-httpx/0.28.1"],
  ["", "Unknown device"],
])("a device that says %j is called %s", (userAgent, words) => {
  expect(deviceWords(userAgent)).toBe(words);
});
