import { beforeEach, describe, expect, it } from "vitest";
import { settle } from "./fakes/clock";
import { pair, session, Surroundings } from "./fakes/client";
import { memory } from "./fakes/wire";

let around: Surroundings;

beforeEach(() => {
  around = new Surroundings();
});

describe("a drop of the connection", () => {
  it("keeps the stranger and the picture", () => {
    const client = around.talking();
    around.reconnect({ recovered: true, room: pair });
    expect(client.call.value.phase).toBe("talking");
    expect(around.peers).toHaveLength(1);
    expect(around.peers[0]?.closed).toBe(false);
    expect(around.peers[0]?.received).toEqual(["linkBack"]);
  });

  it("that the pair did not survive ends the conversation in words", () => {
    const client = around.talking();
    around.reconnect({});
    expect(client.call.value).toMatchObject({ phase: "over", ended: "dropped" });
  });

  it("while looking asks again only when the server has forgotten", async () => {
    const client = around.open();
    around.wire.says("session", session());
    await client.start();
    around.reconnect({ recovered: true });
    await settle();
    expect(around.wire.sentOf("join")).toHaveLength(1);
    around.reconnect({});
    await settle();
    expect(around.wire.sentOf("join")).toHaveLength(2);
  });

  it("of the stranger's is passed on to the picture", () => {
    const client = around.talking();
    around.wire.says("partner_reconnecting", { roomId: "r1" });
    expect(client.call.value.away).toBe(true);
    around.wire.says("partner_reconnected", { roomId: "r1" });
    expect(client.call.value.away).toBe(false);
    expect(around.peers[0]?.away).toEqual([true, false]);
  });
});

describe("a server about to restart", () => {
  it("is left when it asks, and asked again for a stranger when it is back", async () => {
    const client = around.open();
    around.wire.says("session", session());
    await client.start();
    around.wire.says("server_draining", { retryAfterMs: 700 });
    around.clock.pass(699);
    expect(around.wire.hungUp).toBe(0);
    around.clock.pass(1);
    expect(around.wire.hungUp).toBe(1);
    around.clock.pass(1000);
    expect(around.wire.dialled).toBe(1);
    around.wire.says("connect");
    around.wire.says("session", session());
    await settle();
    expect(around.wire.sentOf("join")).toHaveLength(2);
    expect(client.call.value.phase).toBe("looking");
  });

  it("is kept by two who talk, until they have done", () => {
    const client = around.talking();
    around.wire.says("server_draining", { retryAfterMs: 700 });
    around.clock.pass(10_000);
    expect(around.wire.hungUp).toBe(0);
    client.stop();
    around.clock.pass(700);
    expect(around.wire.hungUp).toBe(1);
  });
});

describe("a reload", () => {
  it("in a pair shows it again and begins the picture anew", () => {
    const client = around.open({ tab: memory({ token: "t" }) });
    around.wire.says("session", session({ recovered: true, room: pair }));
    expect(client.call.value.phase).toBe("talking");
    expect(around.peers[0]?.resumed).toBe(true);
  });

  it("while looking goes on looking", async () => {
    const tab = memory({ looking: "video" });
    const client = around.open({ tab });
    around.wire.says("session", session());
    await settle();
    expect(around.wire.sentOf("join")).toMatchObject([{ type: "video" }]);
    expect(client.call.value.phase).toBe("looking");
  });

  it("on the first screen stays there", async () => {
    const client = around.open();
    around.wire.says("session", session());
    await settle();
    expect(around.wire.sent).toEqual([]);
    expect(client.call.value.phase).toBe("idle");
  });
});
