import { beforeEach, describe, expect, it } from "vitest";
import { settle } from "./fakes/clock";
import { pair, session, Surroundings } from "./fakes/client";
import { FakeWire, memory } from "./fakes/wire";
import type { Devices } from "../src/media";

let around: Surroundings;

beforeEach(() => {
  around = new Surroundings();
});

describe("Start", () => {
  it("asks the server for what is wished for", async () => {
    const client = around.open();
    around.wire.says("session", session());
    client.wish({ interests: ["tea"] });
    await client.start();
    expect(around.wire.sentOf("join")).toEqual([{ type: "chat", preferences: { interests: ["tea"] } }]);
    expect(client.call.value.phase).toBe("looking");
  });

  it("before the server is there is asked for once, as soon as it is", async () => {
    const client = around.open();
    await client.start();
    expect(around.wire.sentOf("join")).toEqual([]);
    around.wire.says("session", session());
    await settle();
    expect(around.wire.sentOf("join")).toHaveLength(1);
  });

  it("for video goes on without a camera", async () => {
    const client = around.open();
    around.wire.says("session", session());
    client.wish({ type: "video" });
    await client.start();
    expect(around.wire.sentOf("join")).toMatchObject([{ type: "video" }]);
    expect(client.media.problems.value.video).toBe("insecure");
  });

  it("of a first visit is for video, and later for what was wished for then", async () => {
    const browser = memory();
    const client = around.open({ browser });
    expect(client.wishes.value.type).toBe("video");
    await client.chooseType("chat");
    expect(around.open({ browser }).wishes.value.type).toBe("chat");
  });

  describe("while the browser asks about the camera", () => {
    const asking = () => {
      let answer: (error: Error) => void = () => undefined;
      const devices = {
        getUserMedia: () => new Promise((_, reject) => (answer = reject)),
        enumerateDevices: async () => [],
        addEventListener: () => undefined,
      } as unknown as Devices;
      const client = around.open({ browser: memory(), devices });
      around.wire.says("session", session());
      const started = client.start();
      expect(client.starting.value).toBe(true);
      return {
        client,
        refuse: async () => {
          answer(new DOMException("no", "NotAllowedError"));
          await started;
          await settle();
        },
      };
    };

    it("waits for the answer, whatever it is", async () => {
      const { refuse } = asking();
      expect(around.wire.sentOf("join")).toEqual([]);
      await refuse();
      expect(around.wire.sentOf("join")).toMatchObject([{ type: "video" }]);
    });

    it("can go on without it, once", async () => {
      const { client, refuse } = asking();
      await client.startWithoutWaiting();
      expect(client.call.value.phase).toBe("looking");
      await refuse();
      expect(around.wire.sentOf("join")).toHaveLength(1);
    });

    it("can be thought better of: choosing text starts nothing", async () => {
      const { client, refuse } = asking();
      await client.chooseType("chat");
      expect(client.starting.value).toBe(false);
      await refuse();
      expect(around.wire.sentOf("join")).toEqual([]);
      expect(client.call.value.phase).toBe("idle");
    });
  });

  it("that is refused for haste says so, and tries again when it may", async () => {
    const client = around.open();
    around.wire.says("session", session());
    around.wire.answers.set("join", { ok: false, error: { code: "rate_limited", message: "", retryAfterMs: 2000 } });
    await client.start();
    expect(client.toast.value).toContain("2 seconds");
    around.wire.answers.clear();
    around.clock.pass(2000);
    await settle();
    expect(around.wire.sentOf("join")).toHaveLength(2);
    expect(client.call.value.phase).toBe("looking");
  });

  it("that is refused for good goes back to the beginning, with the reason", async () => {
    const client = around.open();
    around.wire.says("session", session());
    around.wire.answers.set("join", { ok: false, error: { code: "banned", message: "Not today." } });
    await client.start();
    expect(client.call.value.phase).toBe("idle");
    expect(client.toast.value).toBe("Not today.");
  });
});

describe("Next", () => {
  it("leaves this stranger, and the server looks for another unasked", async () => {
    const client = around.talking();
    const going = client.next();
    around.wire.says("waiting_for_partner", { type: "video", rung: 0, relaxed: [], waiting: 1 });
    expect(client.call.value).toMatchObject({ phase: "looking", waiting: { waiting: 1 } });
    await going;
    expect(around.wire.sentOf("skip")).toHaveLength(1);
    expect(around.wire.sentOf("join")).toEqual([]);
    expect(around.peers[0]?.closed).toBe(true);
  });

  it("may lead straight to another", async () => {
    const client = around.talking();
    const going = client.next();
    around.wire.says("partner_found", { ...pair, roomId: "r2" });
    await going;
    expect(client.call.value).toMatchObject({ phase: "talking", pair: { roomId: "r2" } });
    expect(around.wire.sentOf("join")).toEqual([]);
    expect(client.toast.value).toBe("");
  });

  it("that crosses with the stranger's own looks for another, too", async () => {
    const client = around.talking();
    const going = client.next();
    around.wire.says("partner_disconnected", { roomId: "r1", reason: "skipped" });
    await going;
    expect(client.call.value.phase).toBe("looking");
    expect(around.wire.sentOf("join")).toHaveLength(1);
  });

  it("followed by Stop leaves the queue that it led to", async () => {
    const client = around.talking();
    const going = client.next();
    client.stop();
    await going;
    expect(client.call.value.ended).toBe("stopped");
    expect(around.wire.sentOf("leave_queue")).toHaveLength(1);
    expect(around.wire.sentOf("join")).toEqual([]);
  });

  it("that comes too fast leaves the conversation as it is", async () => {
    const client = around.talking();
    around.wire.answers.set("skip", { ok: false, error: { code: "rate_limited", message: "", retryAfterMs: 900 } });
    await client.next();
    expect(client.call.value.phase).toBe("talking");
    expect(client.toast.value).toContain("1 second");
    around.clock.pass(5000);
    expect(client.toast.value).toBe("");
  });

  it("after the end needs no skip", async () => {
    const client = around.talking();
    around.wire.says("partner_disconnected", { roomId: "r1", reason: "left" });
    await client.next();
    expect(around.wire.sentOf("skip")).toEqual([]);
    expect(around.wire.sentOf("join")).toHaveLength(1);
  });
});

describe("Stop", () => {
  it("leaves the stranger, and keeps what was said until one goes back", () => {
    const client = around.talking();
    client.stop();
    expect(around.wire.sentOf("leave_room")).toEqual([{ roomId: "r1" }]);
    expect(client.call.value).toMatchObject({ phase: "over", ended: "stopped" });
    client.stop();
    expect(client.call.value.phase).toBe("idle");
  });

  it("while looking leaves the queue", async () => {
    const client = around.open();
    around.wire.says("session", session());
    await client.start();
    client.stop();
    expect(around.wire.sentOf("leave_queue")).toHaveLength(1);
    expect(client.call.value.phase).toBe("idle");
  });

  it("that crosses with a match leaves it at once, and shows nobody", async () => {
    const client = around.open();
    around.wire.says("session", session());
    await client.start();
    client.stop();
    around.wire.says("partner_found", pair);
    expect(around.wire.sentOf("leave_room")).toEqual([{ roomId: "r1" }]);
    expect(client.call.value.phase).toBe("idle");
    expect(around.peers).toEqual([]);
  });

  it("without a connection is told to the server when it is back", () => {
    const client = around.talking();
    around.wire.says("disconnect", "transport close");
    client.stop();
    expect(around.wire.sentOf("leave_room")).toEqual([]);
    around.wire.says("connect");
    around.wire.says("session", session({ recovered: true, room: pair }));
    expect(around.wire.sentOf("leave_room")).toEqual([{ roomId: "r1" }]);
    expect(client.call.value.phase).toBe("over");
  });
});

describe("the number of people here", () => {
  const says = (count: number) => around.wire.says("user_count_update", { count });

  it("is told at once, unless one would be told to be alone", () => {
    const client = around.open();
    says(3);
    expect(client.count.value).toBe(3);
    says(1);
    expect(client.count.value).toBe(3);
    around.clock.pass(1500);
    expect(client.count.value).toBe(1);
  });

  it("never calls somebody the first one who is not", () => {
    const client = around.open();
    says(1);
    around.clock.pass(1000);
    expect(client.count.value).toBeNull();
    says(2);
    around.clock.pass(5000);
    expect(client.count.value).toBe(2);
  });

  it("is not known without a connection", () => {
    const client = around.open();
    says(3);
    around.wire.says("disconnect", "transport close");
    expect(client.count.value).toBeNull();
  });
});

describe("Block", () => {
  it("ends the conversation for good", async () => {
    const client = around.talking();
    await client.block();
    expect(around.wire.sentOf("block_partner")).toHaveLength(1);
    expect(client.call.value).toMatchObject({ phase: "over", ended: "blocked" });
    expect(around.peers[0]?.closed).toBe(true);
  });

  it("reaches a stranger who has just left", async () => {
    const client = around.talking();
    around.wire.says("partner_disconnected", { roomId: "r1", reason: "left" });
    await client.block();
    expect(client.call.value).toMatchObject({ phase: "over", ended: "blocked" });
  });

  it("that is refused says so, and ends nothing", async () => {
    const client = around.talking();
    around.wire.answers.set("block_partner", { ok: false, error: { code: "conflict", message: "Nobody." } });
    await client.block();
    expect(client.call.value.phase).toBe("talking");
    expect(client.toast.value).toBe("Nobody.");
  });
});

describe("signals", () => {
  it("of the pair reach the picture, those of another do not", () => {
    around.talking();
    around.wire.says("offer", { roomId: "r1", offer: {} });
    around.wire.says("ice_candidate", { roomId: "r0", candidate: {} });
    expect(around.peers[0]?.received).toEqual(["offer"]);
  });

  it("go out with the room they belong to", () => {
    around.talking();
    around.peers[0]?.signals.candidates([{ candidate: "c" }]);
    expect(around.wire.sentOf("ice_candidates")).toEqual([{ roomId: "r1", candidates: [{ candidate: "c" }] }]);
  });

  it("in a text conversation there are none", () => {
    const client = around.open();
    around.wire.says("session", session());
    void client.start();
    around.wire.says("partner_found", { ...pair, type: "chat" });
    expect(around.peers).toEqual([]);
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
    const client = around.talking();
    await client.say("hello");
    around.wire.says("new_message", from("me-alias"));
    expect(client.call.value.lines).toMatchObject([{ text: "hello", delivery: "sent", at: Date.parse("2026-01-01T10:00:00Z") }]);
  });

  it("that could not be sent can be sent again, as the same line", async () => {
    const client = around.talking();
    around.wire.answers.set("send_message", { ok: false, error: { code: "rate_limited", message: "", retryAfterMs: 1000 } });
    await client.say("hello");
    const [failed] = client.call.value.lines;
    expect(failed?.delivery).toBe("failed");
    around.wire.answers.clear();
    await client.say("hello", failed?.key);
    expect(client.call.value.lines).toMatchObject([{ key: failed?.key, delivery: "sending" }]);
  });

  it("of the stranger count as unread while one looks elsewhere", async () => {
    const client = around.talking();
    around.wire.says("new_message", from("them"));
    expect(client.unread.value).toBe(0);
    around.attending = false;
    around.wire.says("new_message", from("them", "m2"));
    around.wire.says("new_message", from("them", "m2"));
    around.wire.says("new_message", from("me-alias", "m3"));
    expect(client.unread.value).toBe(1);
    client.read();
    expect(client.unread.value).toBe(0);
  });

  it("that are empty are not sent", async () => {
    const client = around.talking();
    await client.say("  \n ");
    expect(around.wire.sentOf("send_message")).toEqual([]);
  });
});

it("lets a stranger's typing fade when its end is never told", () => {
  const client = around.talking();
  around.wire.says("user_typing", { roomId: "r1", isTyping: true });
  expect(client.call.value.typing).toBe(true);
  around.clock.pass(6000);
  expect(client.call.value.typing).toBe(false);
});

it("shows an error that a person can do something about, and no other", () => {
  const client = around.open();
  around.wire.says("error", { code: "not_in_room", message: "Late.", event: "ice_candidate" });
  expect(client.toast.value).toBe("");
  around.wire.says("error", { code: "bad_request", message: "No.", event: "join" });
  expect(client.toast.value).toBe("No.");
});

it("remembers wishes for the next visit", () => {
  const browser = memory();
  around.open({ browser }).wish({ type: "video", interests: ["tea"] });
  around.wire = new FakeWire();
  expect(around.open({ browser }).wishes.value).toMatchObject({ type: "video", interests: ["tea"] });
});
