import { beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../src/account";
import { lifetime } from "../src/account";
import { present } from "../src/presence";
import { sendOver } from "../src/rest";
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
  rest.hasSession = true;
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
    await account.begin();
    expect(account.signedIn()).toBe(false);
    expect(rest.asked).toEqual([]);
  });

  it("is still the same after a reload, at once", async () => {
    const tab = memory();
    account = rest.account(clock, tab);
    const token = await enter();
    const reloaded = rest.account(clock, tab);
    rest.will("GET /api/auth/me", fine({ user }));
    await reloaded.begin();
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

  it("takes a block back by the name that the list has for it", async () => {
    await enter();
    rest.will("GET /api/auth/blocks", fine({ blocks: [] }));
    rest.will("DELETE /api/auth/block/a%2Fb", fine({}), refused(404, "not_found"));
    expect(await account.blocked()).toEqual(fine({ blocks: [] }));
    expect(await account.unblock("a/b")).toBeNull();
    expect((await account.unblock("a/b"))?.code).toBe("not_found");
  });

  it("cannot read every token", () => {
    expect(lifetime("nonsense")).toBe(0);
    expect(lifetime(`a.${btoa("{}")}.c`)).toBe(0);
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

describe("a request", () => {
  const answering = (response: Response) => {
    const asked: [unknown, RequestInit | undefined][] = [];
    const ask = async (path: unknown, init?: RequestInit) => {
      asked.push([path, init]);
      return response;
    };
    return { asked, send: sendOver(ask as typeof fetch, () => "proof") };
  };

  it("says who asks, and proves the page", async () => {
    const { asked, send } = answering(Response.json({ success: true }));
    expect(await send("POST", "/x", { token: "t", body: { a: 1 } })).toEqual({ ok: true, body: { success: true } });
    expect(asked[0]?.[1]).toMatchObject({
      method: "POST",
      body: '{"a":1}',
      headers: { authorization: "Bearer t", "x-csrf-token": "proof", "content-type": "application/json" },
    });
  });

  it("that is refused has the server's words", async () => {
    const problem = { code: "rate_limited", message: "m", detail: "d", retryAfterMs: 5 };
    const { send } = answering(Response.json(problem, { status: 429 }));
    expect(await send("GET", "/x")).toEqual({
      ok: false,
      status: 429,
      error: { code: "rate_limited", message: "d", retryAfterMs: 5 },
    });
  });

  it("that gets no answer, or none that can be read, fails in words", async () => {
    const { send } = answering(new Response("<html>", { status: 502 }));
    expect(await send("GET", "/x")).toMatchObject({ ok: false, status: 0, error: { code: "unanswered" } });
  });
});
