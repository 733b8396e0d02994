import { describe, expect, it } from "vitest";
import { TurnedClock } from "./fakes/clock";
import { FakeWire, linkOver, memory } from "./fakes/wire";

const session = { token: "t2", actor: { id: "a", kind: "guest" }, recovered: false, room: null };

describe("the connection", () => {
  it("keeps the token of its session and shows it when it connects again", () => {
    const wire = new FakeWire();
    const tab = memory();
    const link = linkOver(wire, new TurnedClock(), tab);
    link.connect();
    expect(wire.auth).toEqual({ dialect: "native", token: undefined });
    wire.says("connect");
    wire.says("session", session);
    link.connect();
    expect(wire.auth).toEqual({ dialect: "native", token: "t2" });
  });

  it("drops a refused token and connects at once as somebody new", () => {
    const wire = new FakeWire();
    const link = linkOver(wire, new TurnedClock(), memory({ token: "old" }));
    link.connect();
    wire.active = false;
    wire.says("connect_error", Object.assign(new Error("no"), { data: { code: "invalid_token" } }));
    expect(wire.dialled).toBe(2);
    expect(wire.auth.token).toBeUndefined();
  });

  it("tries again later, ever more slowly, when it is refused for another reason", () => {
    const wire = new FakeWire();
    const clock = new TurnedClock();
    linkOver(wire, clock).connect();
    wire.active = false;
    const refused = () => wire.says("connect_error", Object.assign(new Error("full"), { data: { code: "unavailable" } }));
    refused();
    clock.pass(999);
    expect(wire.dialled).toBe(1);
    clock.pass(1);
    expect(wire.dialled).toBe(2);
    refused();
    clock.pass(1999);
    expect(wire.dialled).toBe(2);
    clock.pass(1);
    expect(wire.dialled).toBe(3);
  });

  it("leaves a failing transport to the library, which tries again by itself", () => {
    const wire = new FakeWire();
    const clock = new TurnedClock();
    linkOver(wire, clock).connect();
    wire.says("connect_error", new Error("websocket error"));
    clock.pass(60_000);
    expect(wire.dialled).toBe(1);
  });

  it("comes back after the pause that a restarting server asked for", () => {
    const wire = new FakeWire();
    const clock = new TurnedClock();
    const link = linkOver(wire, clock);
    link.connect();
    wire.says("connect");
    wire.says("server_draining", { retryAfterMs: 3000 });
    expect([link.state.value, link.draining.value]).toEqual(["up", true]);
    wire.says("disconnect", "io server disconnect");
    expect([link.state.value, link.draining.value]).toEqual(["away", true]);
    clock.pass(2999);
    expect(wire.dialled).toBe(1);
    clock.pass(1);
    expect(wire.dialled).toBe(2);
    wire.says("connect");
    expect([link.state.value, link.draining.value]).toEqual(["up", false]);
  });

  it("says that it is away when it breaks", () => {
    const wire = new FakeWire();
    const link = linkOver(wire, new TurnedClock());
    expect(link.state.value).toBe("connecting");
    wire.says("connect");
    wire.says("disconnect", "transport close");
    expect(link.state.value).toBe("away");
  });
});

describe("a request", () => {
  it("gives the server's answer", async () => {
    const wire = new FakeWire();
    wire.answers.set("skip", { ok: false, error: { code: "rate_limited", message: "slow", retryAfterMs: 5 } });
    expect(await linkOver(wire, new TurnedClock()).request("skip", {})).toMatchObject({ error: { code: "rate_limited" } });
  });

  it("that nobody answers is a failure with a name, and no exception", async () => {
    const wire = new FakeWire();
    wire.answers.set("skip", null);
    expect(await linkOver(wire, new TurnedClock()).request("skip", {})).toMatchObject({ ok: false, error: { code: "unanswered" } });
  });

  it("with an answer that is none is a failure with a name", async () => {
    const wire = new FakeWire();
    wire.answers.set("skip", "what?" as never);
    expect(await linkOver(wire, new TurnedClock()).request("skip", {})).toMatchObject({ error: { code: "unreadable" } });
  });
});
