import { beforeEach, describe, expect, it } from "vitest";
import type { PartnerFound, Session } from "../src/api/types";
import { Client } from "../src/client";
import { Media } from "../src/media";
import type { Peer, Signals } from "../src/peer";
import { settle, TurnedClock } from "./fakes/clock";
import { FakeWire, linkOver, memory } from "./fakes/wire";

const pair: PartnerFound = { roomId: "r1", type: "video", partnerId: "them", initiator: true, shared: [] };
const session = (more: Partial<Session> = {}): Session => ({
  token: "t",
  actor: { id: "a", kind: "guest" },
  recovered: false,
  room: null,
  ...more,
});

/** What the client does with a peer, without one. */
class FakePeer {
  received: unknown[] = [];
  closed = false;
  away: boolean[] = [];
  constructor(
    readonly resumed: boolean,
    readonly signals: Signals,
  ) {}
  carry(): void {}
  async receive(event: string): Promise<void> {
    this.received.push(event);
  }
  partnerAway(away: boolean): void {
    this.away.push(away);
  }
  linkBack(): void {
    this.received.push("linkBack");
  }
  close(): void {
    this.closed = true;
  }
}

let wire: FakeWire;
let clock: TurnedClock;
let peers: FakePeer[];
let attending: boolean;

function open({ tab = memory(), browser = memory() } = {}): Client {
  const client = new Client({
    link: linkOver(wire, clock, tab),
    media: new Media(undefined, browser, async () => false),
    openPeer: (_, resumed, signals) => {
      const peer = new FakePeer(resumed, signals);
      peers.push(peer);
      return peer as unknown as Peer;
    },
    browser,
    tab,
    clock,
    attending: () => attending,
  });
  wire.says("connect");
  return client;
}

/** A client that is in a pair. */
function talking(): Client {
  const client = open();
  wire.says("session", session());
  void client.start();
  wire.sent.length = 0;
  wire.says("partner_found", pair);
  return client;
}

function reconnect(more: Partial<Session>): void {
  wire.says("disconnect", "transport close");
  wire.says("connect");
  wire.says("session", session(more));
}

beforeEach(() => {
  wire = new FakeWire();
  clock = new TurnedClock();
  peers = [];
  attending = true;
});

describe("Start", () => {
  it("asks the server for what is wished for", async () => {
    const client = open();
    wire.says("session", session());
    client.wish({ interests: ["tea"] });
    await client.start();
    expect(wire.sentOf("join")).toEqual([{ type: "chat", preferences: { interests: ["tea"] } }]);
    expect(client.call.value.phase).toBe("looking");
  });

  it("before the server is there is asked for once, as soon as it is", async () => {
    const client = open();
    await client.start();
    expect(wire.sentOf("join")).toEqual([]);
    wire.says("session", session());
    await settle();
    expect(wire.sentOf("join")).toHaveLength(1);
  });

  it("for video goes on without a camera", async () => {
    const client = open();
    wire.says("session", session());
    client.wish({ type: "video" });
    await client.start();
    expect(wire.sentOf("join")).toMatchObject([{ type: "video" }]);
    expect(client.media.problems.value.video).toBe("insecure");
  });

  it("that is refused for haste says so, and tries again when it may", async () => {
    const client = open();
    wire.says("session", session());
    wire.answers.set("join", { ok: false, error: { code: "rate_limited", message: "", retryAfterMs: 2000 } });
    await client.start();
    expect(client.toast.value).toContain("2 seconds");
    wire.answers.clear();
    clock.pass(2000);
    await settle();
    expect(wire.sentOf("join")).toHaveLength(2);
    expect(client.call.value.phase).toBe("looking");
  });

  it("that is refused for good goes back to the beginning, with the reason", async () => {
    const client = open();
    wire.says("session", session());
    wire.answers.set("join", { ok: false, error: { code: "banned", message: "Not today." } });
    await client.start();
    expect(client.call.value.phase).toBe("idle");
    expect(client.toast.value).toBe("Not today.");
  });
});

describe("Next", () => {
  it("leaves this stranger, and the server looks for another unasked", async () => {
    const client = talking();
    const going = client.next();
    wire.says("waiting_for_partner", { type: "video", rung: 0, relaxed: [], waiting: 1 });
    expect(client.call.value).toMatchObject({ phase: "looking", waiting: { waiting: 1 } });
    await going;
    expect(wire.sentOf("skip")).toHaveLength(1);
    expect(wire.sentOf("join")).toEqual([]);
    expect(peers[0]?.closed).toBe(true);
  });

  it("may lead straight to another", async () => {
    const client = talking();
    const going = client.next();
    wire.says("partner_found", { ...pair, roomId: "r2" });
    await going;
    expect(client.call.value).toMatchObject({ phase: "talking", pair: { roomId: "r2" } });
    expect(wire.sentOf("join")).toEqual([]);
    expect(client.toast.value).toBe("");
  });

  it("that crosses with the stranger's own looks for another, too", async () => {
    const client = talking();
    const going = client.next();
    wire.says("partner_disconnected", { roomId: "r1", reason: "skipped" });
    await going;
    expect(client.call.value.phase).toBe("looking");
    expect(wire.sentOf("join")).toHaveLength(1);
  });

  it("followed by Stop leaves the queue that it led to", async () => {
    const client = talking();
    const going = client.next();
    client.stop();
    await going;
    expect(client.call.value.ended).toBe("stopped");
    expect(wire.sentOf("leave_queue")).toHaveLength(1);
    expect(wire.sentOf("join")).toEqual([]);
  });

  it("that comes too fast leaves the conversation as it is", async () => {
    const client = talking();
    wire.answers.set("skip", { ok: false, error: { code: "rate_limited", message: "", retryAfterMs: 900 } });
    await client.next();
    expect(client.call.value.phase).toBe("talking");
    expect(client.toast.value).toContain("1 second");
    clock.pass(5000);
    expect(client.toast.value).toBe("");
  });

  it("after the end needs no skip", async () => {
    const client = talking();
    wire.says("partner_disconnected", { roomId: "r1", reason: "left" });
    await client.next();
    expect(wire.sentOf("skip")).toEqual([]);
    expect(wire.sentOf("join")).toHaveLength(1);
  });
});

describe("Stop", () => {
  it("leaves the stranger, and keeps what was said until one goes back", () => {
    const client = talking();
    client.stop();
    expect(wire.sentOf("leave_room")).toEqual([{ roomId: "r1" }]);
    expect(client.call.value).toMatchObject({ phase: "over", ended: "stopped" });
    client.stop();
    expect(client.call.value.phase).toBe("idle");
  });

  it("while looking leaves the queue", async () => {
    const client = open();
    wire.says("session", session());
    await client.start();
    client.stop();
    expect(wire.sentOf("leave_queue")).toHaveLength(1);
    expect(client.call.value.phase).toBe("idle");
  });

  it("that crosses with a match leaves it at once, and shows nobody", async () => {
    const client = open();
    wire.says("session", session());
    await client.start();
    client.stop();
    wire.says("partner_found", pair);
    expect(wire.sentOf("leave_room")).toEqual([{ roomId: "r1" }]);
    expect(client.call.value.phase).toBe("idle");
    expect(peers).toEqual([]);
  });

  it("without a connection is told to the server when it is back", () => {
    const client = talking();
    wire.says("disconnect", "transport close");
    client.stop();
    expect(wire.sentOf("leave_room")).toEqual([]);
    wire.says("connect");
    wire.says("session", session({ recovered: true, room: pair }));
    expect(wire.sentOf("leave_room")).toEqual([{ roomId: "r1" }]);
    expect(client.call.value.phase).toBe("over");
  });
});

describe("a drop of the connection", () => {
  it("keeps the stranger and the picture", () => {
    const client = talking();
    reconnect({ recovered: true, room: pair });
    expect(client.call.value.phase).toBe("talking");
    expect(peers).toHaveLength(1);
    expect(peers[0]?.closed).toBe(false);
    expect(peers[0]?.received).toEqual(["linkBack"]);
  });

  it("that the pair did not survive ends the conversation in words", () => {
    const client = talking();
    reconnect({});
    expect(client.call.value).toMatchObject({ phase: "over", ended: "dropped" });
  });

  it("while looking asks again only when the server has forgotten", async () => {
    const client = open();
    wire.says("session", session());
    await client.start();
    reconnect({ recovered: true });
    await settle();
    expect(wire.sentOf("join")).toHaveLength(1);
    reconnect({});
    await settle();
    expect(wire.sentOf("join")).toHaveLength(2);
  });

  it("of the stranger's is passed on to the picture", () => {
    const client = talking();
    wire.says("partner_reconnecting", { roomId: "r1" });
    expect(client.call.value.away).toBe(true);
    wire.says("partner_reconnected", { roomId: "r1" });
    expect(client.call.value.away).toBe(false);
    expect(peers[0]?.away).toEqual([true, false]);
  });
});

describe("a server about to restart", () => {
  it("is left when it asks, and asked again for a stranger when it is back", async () => {
    const client = open();
    wire.says("session", session());
    await client.start();
    wire.says("server_draining", { retryAfterMs: 700 });
    clock.pass(699);
    expect(wire.hungUp).toBe(0);
    clock.pass(1);
    expect(wire.hungUp).toBe(1);
    clock.pass(1000);
    expect(wire.dialled).toBe(1);
    wire.says("connect");
    wire.says("session", session());
    await settle();
    expect(wire.sentOf("join")).toHaveLength(2);
    expect(client.call.value.phase).toBe("looking");
  });

  it("is kept by two who talk, until they have done", () => {
    const client = talking();
    wire.says("server_draining", { retryAfterMs: 700 });
    clock.pass(10_000);
    expect(wire.hungUp).toBe(0);
    client.stop();
    clock.pass(700);
    expect(wire.hungUp).toBe(1);
  });
});

describe("a reload", () => {
  it("in a pair shows it again and begins the picture anew", () => {
    const client = open({ tab: memory({ token: "t" }) });
    wire.says("session", session({ recovered: true, room: pair }));
    expect(client.call.value.phase).toBe("talking");
    expect(peers[0]?.resumed).toBe(true);
  });

  it("while looking goes on looking", async () => {
    const tab = memory({ looking: "video" });
    const client = open({ tab });
    wire.says("session", session());
    await settle();
    expect(wire.sentOf("join")).toMatchObject([{ type: "video" }]);
    expect(client.call.value.phase).toBe("looking");
  });

  it("on the first screen stays there", async () => {
    const client = open();
    wire.says("session", session());
    await settle();
    expect(wire.sent).toEqual([]);
    expect(client.call.value.phase).toBe("idle");
  });
});

describe("signals", () => {
  it("of the pair reach the picture, those of another do not", () => {
    talking();
    wire.says("offer", { roomId: "r1", offer: {} });
    wire.says("ice_candidate", { roomId: "r0", candidate: {} });
    expect(peers[0]?.received).toEqual(["offer"]);
  });

  it("go out with the room they belong to", () => {
    talking();
    peers[0]?.signals.candidates([{ candidate: "c" }]);
    expect(wire.sentOf("ice_candidates")).toEqual([{ roomId: "r1", candidates: [{ candidate: "c" }] }]);
  });

  it("in a text conversation there are none", () => {
    const client = open();
    wire.says("session", session());
    void client.start();
    wire.says("partner_found", { ...pair, type: "chat" });
    expect(peers).toEqual([]);
  });
});

describe("words", () => {
  const from = (sender: string, id = "m1") => ({
    id,
    text: "hello",
    sender,
    timestamp: "2026-01-01T10:00:00.000Z",
    type: "text",
    roomId: "r1",
  });

  it("are shown at once and once", async () => {
    const client = talking();
    await client.say("hello");
    wire.says("new_message", from("me-alias"));
    expect(client.call.value.lines).toMatchObject([{ text: "hello", delivery: "sent", at: Date.parse("2026-01-01T10:00:00Z") }]);
  });

  it("that could not be sent can be sent again, as the same line", async () => {
    const client = talking();
    wire.answers.set("send_message", { ok: false, error: { code: "rate_limited", message: "", retryAfterMs: 1000 } });
    await client.say("hello");
    const [failed] = client.call.value.lines;
    expect(failed?.delivery).toBe("failed");
    wire.answers.clear();
    await client.say("hello", failed?.key);
    expect(client.call.value.lines).toMatchObject([{ key: failed?.key, delivery: "sending" }]);
  });

  it("of the stranger count as unread while one looks elsewhere", async () => {
    const client = talking();
    wire.says("new_message", from("them"));
    expect(client.unread.value).toBe(0);
    attending = false;
    wire.says("new_message", from("them", "m2"));
    wire.says("new_message", from("them", "m2"));
    wire.says("new_message", from("me-alias", "m3"));
    expect(client.unread.value).toBe(1);
    client.read();
    expect(client.unread.value).toBe(0);
  });

  it("that are empty are not sent", async () => {
    const client = talking();
    await client.say("  \n ");
    expect(wire.sentOf("send_message")).toEqual([]);
  });
});

it("lets a stranger's typing fade when its end is never told", () => {
  const client = talking();
  wire.says("user_typing", { roomId: "r1", isTyping: true });
  expect(client.call.value.typing).toBe(true);
  clock.pass(6000);
  expect(client.call.value.typing).toBe(false);
});

it("shows an error that a person can do something about, and no other", () => {
  const client = open();
  wire.says("error", { code: "not_in_room", message: "Late.", event: "ice_candidate" });
  expect(client.toast.value).toBe("");
  wire.says("error", { code: "bad_request", message: "No.", event: "join" });
  expect(client.toast.value).toBe("No.");
});

it("remembers wishes for the next visit", () => {
  const browser = memory();
  open({ browser }).wish({ type: "video", interests: ["tea"] });
  wire = new FakeWire();
  expect(open({ browser }).wishes.value).toMatchObject({ type: "video", interests: ["tea"] });
});
