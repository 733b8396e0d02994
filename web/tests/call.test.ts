import { describe, expect, it } from "vitest";
import type { NewMessage, PartnerFound, Session } from "../src/api/types";
import { type Call, currentRoom, type Happening, idle, returning, step } from "../src/call";

const pair: PartnerFound = { roomId: "r1", type: "video", partnerId: "them", initiator: true, shared: ["music"] };
const after = (...happenings: Happening[]): Call => happenings.reduce(step, idle);
const found: Happening = { kind: "found", pair };
const message = (more: Partial<NewMessage> = {}): NewMessage => ({
  id: "m1",
  text: "hi",
  sender: "them",
  timestamp: "2026-01-01T00:00:00.000Z",
  type: "text",
  roomId: "r1",
  ...more,
});

describe("a conversation", () => {
  it("goes from looking to talking to over, and keeps what was said", () => {
    const looking = after({ kind: "looking", type: "video" });
    expect(looking.phase).toBe("looking");
    const talking = [found, { kind: "said", message: message(), at: 5 } as const].reduce(step, looking);
    expect(talking).toMatchObject({ phase: "talking", pair: { roomId: "r1" } });
    const over = step(talking, { kind: "ended", roomId: "r1", reason: "skipped" });
    expect(over).toMatchObject({ phase: "over", ended: "skipped" });
    expect(over.lines.map((line) => line.text)).toEqual(["hi"]);
    expect(currentRoom(over)).toBeNull();
  });

  it("hears of an end once, and only of its own", () => {
    const over = after(found, { kind: "ended", roomId: "r1", reason: "left" });
    expect(step(over, { kind: "ended", roomId: "r1", reason: "dropped" })).toBe(over);
    const talking = after(found);
    expect(step(talking, { kind: "ended", roomId: "r0", reason: "left" })).toBe(talking);
  });

  it("is not begun anew when the same pair is told again", () => {
    const talking = after(found, { kind: "said", message: message(), at: 5 });
    expect(step(talking, found)).toBe(talking);
  });

  it("waits for a stranger whose connection dropped, who is not typing meanwhile", () => {
    const away = after(found, { kind: "typing", roomId: "r1", on: true }, { kind: "away", roomId: "r1" });
    expect(away).toMatchObject({ phase: "talking", away: true, typing: false });
    expect(step(away, { kind: "back", roomId: "r1" }).away).toBe(false);
  });

  it("forgets the last stranger's words when it looks for another", () => {
    const again = after(found, { kind: "said", message: message(), at: 5 }, { kind: "looking", type: "chat" });
    expect(again).toMatchObject({ phase: "looking", type: "chat", lines: [], pair: null });
  });
});

describe("a message", () => {
  it("of one's own is shown at once, and is the same line when it comes back", () => {
    const sending = after(found, { kind: "saying", key: "k1", text: "hello", at: 1 });
    expect(sending.lines).toMatchObject([{ key: "k1", delivery: "sending", from: "me" }]);
    const sent = step(sending, { kind: "said", message: message({ id: "m9", text: "hello", sender: "me-alias" }), at: 2 });
    expect(sent.lines).toMatchObject([{ key: "k1", delivery: "sent", at: 2 }]);
  });

  it("that failed is marked, and put right when it had arrived after all", () => {
    const failed = after(found, { kind: "saying", key: "k1", text: "hello", at: 1 }, { kind: "unsaid", key: "k1" });
    expect(failed.lines).toMatchObject([{ delivery: "failed" }]);
    const sent = step(failed, { kind: "said", message: message({ text: "hello", sender: "me-alias" }), at: 2 });
    expect(sent.lines).toMatchObject([{ delivery: "sent" }]);
    expect(step(sent, { kind: "unsaid", key: "k1" }).lines).toMatchObject([{ delivery: "sent" }]);
  });

  it("is shown once, however often it is delivered", () => {
    const once = after(found, { kind: "said", message: message(), at: 5 });
    expect(step(once, { kind: "said", message: message(), at: 6 })).toBe(once);
  });

  it("of another room is never shown", () => {
    const talking = after(found);
    expect(step(talking, { kind: "said", message: message({ roomId: "r0" }), at: 5 })).toBe(talking);
  });

  it("of the stranger ends the sign of their typing", () => {
    const typing = after(found, { kind: "typing", roomId: "r1", on: true });
    expect(step(typing, { kind: "said", message: message(), at: 5 }).typing).toBe(false);
  });

  it("cannot be said to nobody", () => {
    expect(after({ kind: "saying", key: "k", text: "x", at: 1 })).toBe(idle);
  });
});

describe("returning to the server", () => {
  const session = (more: Partial<Session>): Session => ({
    token: "t",
    actor: { id: "a", kind: "guest" },
    recovered: true,
    room: null,
    ...more,
  });
  const page = { firstOfPage: false, queued: true };
  const looking = after({ kind: "looking", type: "video" });
  const talking = after(found);

  it.each([
    ["in the same pair, all stays", talking, session({ room: pair }), page, "keep"],
    ["with the pair gone, it is lost", talking, session({}), page, "lost"],
    ["after a reload in a pair, the pair is shown again", idle, session({ room: pair }), { firstOfPage: true, queued: false }, "adopt"],
    ["having been matched while away, the pair is shown", looking, session({ room: pair }), page, "adopt"],
    ["still queued, it goes on waiting", looking, session({}), page, "keep"],
    ["forgotten by the server, it asks again", looking, session({ recovered: false }), page, "rejoin"],
    ["never having been queued, it asks", looking, session({}), { firstOfPage: false, queued: false }, "rejoin"],
    ["having stopped meanwhile, it leaves the pair", idle, session({ room: pair }), page, "leave"],
    ["having stopped meanwhile, it leaves the queue", idle, session({}), page, "leave"],
    ["with nothing before, nothing follows", idle, session({ recovered: false }), page, "keep"],
  ] as const)("%s", (_, call, said, how, verdict) => {
    expect(returning(call, said, how)).toBe(verdict);
  });
});
