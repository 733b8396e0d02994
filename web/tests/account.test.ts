import { beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../src/account";
import { lifetime } from "../src/account";
import { present } from "../src/presence";
import { Link } from "../src/socket";
import { settle, TurnedClock } from "./fakes/clock";
import { accessToken, FakeRest, fine, LIFETIME_MS, refreshed, refused, signedIn, user } from "./fakes/rest";
import { FakeWire, memory } from "./fakes/wire";

let rest: FakeRest;
let clock: TurnedClock;
let account: Account;

beforeEach(() => {
  rest = new FakeRest();
  clock = new TurnedClock();
  account = rest.account(clock);
});

async function enter(token = accessToken()): Promise<string> {
  rest.will("POST /api/auth/login", signedIn(token));
  expect(await account.signIn("ann", "secret")).toBeNull();
  return token;
}

describe("an account", () => {
  it("is signed in to by name or by address", async () => {
    await enter();
    expect(account.user.value).toEqual(user);
    rest.will("POST /api/auth/login", refused(401, "invalid_credentials"));
    expect((await account.signIn("a@b.example", "x"))?.code).toBe("invalid_credentials");
    expect(rest.of("/api/auth/login").map((one) => one?.body)).toEqual([
      { username: "ann", password: "secret" },
      { email: "a@b.example", password: "x" },
    ]);
  });

  it("asks nothing of the server for who never had one", async () => {
    await account.look();
    expect(account.signedIn()).toBe(false);
    expect(rest.asked).toEqual([]);
  });

  it("asks nothing of the server for who signs out while the next token is waited for", async () => {
    await enter();
    clock.pass(LIFETIME_MS);
    account.user.value = null;
    const looking = account.look();
    rest.proof = null;
    await looking;
    expect(account.signedIn()).toBe(false);
    expect(rest.of("/api/auth/me")).toEqual([]);
    expect(rest.of("/api/auth/refresh")).toEqual([]);
  });

  it("is still the same after a reload, at once", async () => {
    const tab = memory();
    account = rest.account(clock, tab);
    const token = await enter();
    const reloaded = rest.account(clock, tab);
    rest.will("GET /api/auth/me", fine({ user }));
    await reloaded.look();
    expect(reloaded.user.value).toEqual(user);
    expect(rest.of("/api/auth/me")).toEqual([{ token, body: undefined }]);
  });

  it("renews its token before it is too old, once for all who ask", async () => {
    const first = await enter();
    expect(await account.token()).toBe(first);
    clock.pass(LIFETIME_MS - 20_000);
    const next = accessToken();
    rest.will("POST /api/auth/refresh", refreshed(next));
    expect(await Promise.all([account.token(), account.token()])).toEqual([next, next]);
    expect(rest.of("/api/auth/refresh")).toHaveLength(1);
  });

  it("renews a token that is refused, and asks again", async () => {
    await enter();
    const next = accessToken();
    rest.will("GET /api/auth/sessions", refused(401, "invalid_token"), fine({ sessions: [] }));
    rest.will("POST /api/auth/refresh", refreshed(next));
    expect((await account.send("GET", "/api/auth/sessions")).ok).toBe(true);
    expect(rest.of("/api/auth/sessions")[1]?.token).toBe(next);
  });

  it("whose session has ended is left, with a word", async () => {
    await enter();
    clock.pass(LIFETIME_MS);
    rest.will("POST /api/auth/refresh", refused(401, "invalid_token"));
    expect(await account.token()).toBeNull();
    expect(account.user.value).toBeNull();
    expect(account.ended.value).toContain("signed out");
    expect(account.signedIn()).toBe(false);
  });

  it("is not forgotten because the server cannot be reached", async () => {
    await enter();
    clock.pass(LIFETIME_MS);
    rest.will("POST /api/auth/refresh", refused(0, "unanswered"));
    expect(await account.token()).toBeUndefined();
    expect(account.user.value).toEqual(user);
  });

  it("is left on asking, without a word", async () => {
    const token = await enter();
    rest.will("POST /api/auth/logout", fine({}));
    expect(await account.signOut()).toBeNull();
    expect(rest.of("/api/auth/logout")).toEqual([{ token, body: undefined }]);
    expect(account.user.value).toBeNull();
    expect(account.ended.value).toBe("");
  });

  it("of another service's, or of another tab's, is found by the cookies alone", async () => {
    rest.anotherTabRenews();
    rest.will("POST /api/auth/refresh", refreshed());
    rest.will("GET /api/auth/me", fine({ user }));
    await Promise.all([account.look(), account.look()]);
    expect(account.user.value).toEqual(user);
    expect(rest.of("/api/auth/refresh")).toHaveLength(1);
    expect(rest.of("/api/auth/me")).toHaveLength(1);
  });

  it("is not taken for the one that was there before a sign-in elsewhere", async () => {
    const tab = memory();
    account = rest.account(clock, tab);
    await enter();
    rest.anotherTabRenews();
    const next = accessToken();
    rest.will("POST /api/auth/refresh", refreshed(next));
    expect(await rest.account(clock, tab).token()).toBe(next);
  });

  it("works by cookies alone where the server gives no tokens, and renews them when they are too old", async () => {
    rest.will("POST /api/auth/login", fine({ user }));
    expect(await account.signIn("ann", "secret")).toBeNull();
    expect(await account.token()).toBeNull();
    rest.will("GET /api/auth/sessions", refused(401, "unauthorized"), fine({ sessions: [] }));
    rest.will("POST /api/auth/refresh", fine({}));
    expect((await account.mine.sessions()).ok).toBe(true);
    expect(rest.of("/api/auth/refresh")).toHaveLength(1);
    expect(account.user.value).toEqual(user);
  });

  it("where the server gives no tokens has a new one for each connection", async () => {
    rest.will("POST /api/auth/login", fine({ user }));
    await account.signIn("ann", "secret");
    rest.will("POST /api/auth/socket-token", fine({ token: "s1" }), fine({ token: "s2" }));
    expect([await account.pass(), await account.pass()]).toEqual(["s1", "s2"]);
    expect(await account.token()).toBeNull();
  });

  it("where the server gives no tokens is a guest's again, or unknown, when there is none for a connection", async () => {
    expect(await account.pass()).toBeNull();
    rest.will("POST /api/auth/login", fine({ user }));
    await account.signIn("ann", "secret");
    rest.will("POST /api/auth/socket-token", refused(0, "unanswered"), refused(401, "invalid_token"));
    expect(await account.pass()).toBeUndefined();
    rest.will("POST /api/auth/refresh", refused(401, "invalid_token"));
    expect(await account.pass()).toBeNull();
    expect(account.user.value).toBeNull();
  });

  it("survives a wrong password: only a stale token is renewed", async () => {
    await enter();
    rest.will("PUT /api/auth/password", refused(401, "invalid_credentials"));
    expect((await account.mine.changePassword("no", "New-secret-1"))?.code).toBe("invalid_credentials");
    expect(rest.of("/api/auth/refresh")).toEqual([]);
  });

  it("cannot read every token", () => {
    expect(lifetime("nonsense")).toBe(0);
    expect(lifetime(`a.${btoa("{}")}.c`)).toBe(0);
  });
});

describe("a session that has ended", () => {
  it("leaves a guest, with the reason", async () => {
    await enter();
    await account.sessionEnded("Because.");
    expect(account.user.value).toBeNull();
    expect(account.ended.value).toBe("Because.");
    expect(account.signedIn()).toBe(false);
    // Nor does a new page try what is worth nothing; what comes after it counts.
    const page = rest.account(clock);
    expect(page.signedIn()).toBe(false);
    rest.anotherTabRenews();
    expect(page.signedIn()).toBe(true);
    expect(account.signedIn()).toBe(true);
  });

  it("leaves whoever has signed in since in another tab", async () => {
    await enter();
    rest.anotherTabRenews();
    const other = { ...user, _id: "u2", username: "bob" };
    rest.will("POST /api/auth/refresh", refreshed());
    rest.will("GET /api/auth/me", fine({ user: other }));
    await account.sessionEnded("");
    expect(account.user.value).toEqual(other);
    expect(account.ended.value).toBe("");
    expect(account.signedIn()).toBe(true);
  });

  it("by one's own wish is not asked about, though the connection hears of it first", async () => {
    await enter();
    rest.anotherTabRenews();
    rest.answers.set("POST /api/auth/logout", [
      () => {
        void account.sessionEnded("");
        void account.look(); // the connection is back, a guest's, before the answer is here
        return fine({});
      },
    ]);
    expect(await account.signOut()).toBeNull();
    expect(account.signedIn()).toBe(false);
    expect(rest.of("/api/auth/refresh")).toEqual([]);
  });

  it("leaves a guest when another tab has only renewed it", async () => {
    await enter();
    rest.anotherTabRenews();
    rest.will("POST /api/auth/refresh", refused(401, "invalid_token"));
    await account.sessionEnded("Because.");
    expect(account.user.value).toBeNull();
    expect(account.ended.value).toBe("Because.");
  });

  it("is not held against who signs in while that comes out", async () => {
    await enter();
    clock.pass(LIFETIME_MS);
    rest.answers.set("POST /api/auth/refresh", [
      () => {
        rest.anotherTabRenews();
        return refused(401, "invalid_token");
      },
    ]);
    expect(await account.token()).toBeUndefined();
    expect(account.signedIn()).toBe(true);
  });
});

describe("the connection", () => {
  let wire: FakeWire;
  let tab: ReturnType<typeof memory>;

  beforeEach(() => {
    wire = new FakeWire();
    tab = memory({ token: "guest" });
    const link = new Link({ dial: wire.dial, tab, clock, jitter: () => 0, who: account });
    present(link, account, clock);
    link.connect();
  });

  it("is known to be a guest's or a user's", async () => {
    wire.says("session", { token: "g", actor: { id: "g_1", kind: "guest" }, recovered: false, room: null });
    expect(account.connected.value).toBe(false);
    const token = await enter();
    account.mine.heard({ status: "offline" });
    rest.will("GET /api/auth/me", fine({ user }));
    wire.says("session", { token, actor: { id: "u1", kind: "user" }, recovered: false, room: null });
    await settle();
    expect(account.connected.value).toBe(true);
    // Who has never chosen a status is there now.
    expect(account.user.value?.status).toBe("online");
  });

  it("of a guest who signs in becomes theirs where it stands", async () => {
    wire.says("connect");
    const token = await enter();
    await settle();
    expect(wire.sentOf("authenticate")).toEqual([{ token }]);
    expect(wire.hungUp).toBe(0);
    expect(tab.get("token")).toBeNull();
  });

  it("begins with the token of whoever is signed in, and keeps none but a guest's", async () => {
    const token = await enter();
    wire.connect();
    await settle();
    expect(wire.auth.token).toBe(token);
    wire.says("session", { token, actor: { id: "u1", kind: "user" }, recovered: false, room: null });
    expect(tab.get("token")).toBe("guest");
  });

  it("shows a token of its own where the server gives no others", async () => {
    wire.says("connect");
    rest.will("POST /api/auth/login", fine({ user }));
    rest.will("POST /api/auth/socket-token", fine({ token: "s1" }), fine({ token: "s2" }), fine({ token: "s3" }));
    await account.signIn("ann", "secret");
    await settle();
    rest.will("POST /api/auth/refresh", fine({}));
    wire.says("token_expired", { closesInMs: 60_000 });
    await settle();
    expect(wire.sentOf("authenticate")).toEqual([{ token: "s1" }, { token: "s2" }]);
    wire.connect();
    await settle();
    expect(wire.auth.token).toBe("s3");
  });

  it("tells of a status that was set on another device, and of nobody else's", async () => {
    await enter();
    wire.says("user_status_changed", { userId: "u1", status: "away", customStatus: "Tea" });
    wire.says("user_status_changed", { userId: "u2", status: "dnd", customStatus: "" });
    expect(account.user.value).toMatchObject({ status: "away", customStatus: "Tea" });
  });

  it("that stands again finds out who one is, if that was not known", async () => {
    rest.anotherTabRenews();
    rest.will("POST /api/auth/refresh", refreshed());
    rest.will("GET /api/auth/me", fine({ user }));
    wire.says("connect");
    await settle();
    expect(account.user.value).toEqual(user);
  });

  it("that is somebody else's is left for another", async () => {
    wire.says("connect");
    wire.answers.set("authenticate", { ok: false, error: { code: "forbidden", message: "" } });
    await enter();
    await settle();
    expect(wire.hungUp).toBe(1);
    expect(wire.dialled).toBe(2);
  });

  it("shows the next token when the server asks for it, and again when that cannot be had", async () => {
    wire.says("connect");
    await enter();
    await settle();
    rest.will("POST /api/auth/refresh", refused(0, "unanswered"));
    wire.says("token_expired", { closesInMs: 60_000 });
    await settle();
    expect(wire.sentOf("authenticate")).toHaveLength(1);
    const next = accessToken();
    rest.will("POST /api/auth/refresh", refreshed(next));
    clock.pass(5000);
    await settle();
    expect(wire.sentOf("authenticate")[1]).toEqual({ token: next });
  });

  it("of a session that has ended goes on as a guest's", async () => {
    wire.says("connect");
    await enter();
    await settle();
    wire.says("session_ended", { reason: "revoked" });
    wire.says("disconnect", "io server disconnect");
    await settle();
    expect(account.user.value).toBeNull();
    expect(account.ended.value).not.toBe("");
    expect(wire.dialled).toBe(2);
    expect(wire.auth.token).toBeUndefined();
  });

  it("that is refused asks for another token, a little later", async () => {
    await enter();
    wire.connect();
    await settle();
    wire.active = false;
    const next = accessToken();
    rest.will("POST /api/auth/refresh", refreshed(next));
    wire.says("connect_error", Object.assign(new Error("no"), { data: { code: "invalid_token" } }));
    expect(wire.dialled).toBe(2);
    clock.pass(1000);
    await settle();
    expect(wire.auth.token).toBe(next);
  });
});
