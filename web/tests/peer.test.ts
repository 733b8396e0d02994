import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Peer, type Signals } from "../src/peer";
import { settle, TurnedClock } from "./fakes/clock";
import { FakeConnection } from "./fakes/connection";

type Event = "offer" | "answer" | "ice_candidate";

/** One end: a peer, the connections it made, and what it sent. */
class End {
  readonly made: FakeConnection[] = [];
  readonly sent: { event: Event; payload: { roomId: string } & Record<string, unknown> }[] = [];
  batches: RTCIceCandidateInit[][] = [];
  readonly peer: Peer;
  #delivered = 0;

  constructor(clock: TurnedClock, { initiator = false, resumed = false, certificate }: { initiator?: boolean; resumed?: boolean; certificate?: string } = {}) {
    const send = (event: Event) => (value: unknown) =>
      void this.sent.push({ event, payload: { roomId: "r", [event]: value } });
    const signals: Signals = {
      offer: send("offer"),
      answer: send("answer"),
      candidates: (candidates) => void this.batches.push(candidates),
    };
    this.peer = new Peer({
      initiator,
      resumed,
      iceServers: Promise.resolve([]),
      connection: () => {
        const made = new FakeConnection(certificate);
        this.made.push(made);
        return made as unknown as RTCPeerConnection;
      },
      stream: {} as MediaStream,
      signals,
      clock,
      report: (_, reason) => void troubles.push(reason),
    });
  }

  get connection(): FakeConnection {
    const last = this.made[this.made.length - 1];
    if (!last) throw new Error("no connection was made");
    return last;
  }

  /** Hands over the next thing that was sent, if any. */
  async hand(to: End): Promise<boolean> {
    const next = this.sent[this.#delivered];
    if (!next) return false;
    this.#delivered += 1;
    await to.peer.receive(next.event, next.payload);
    await settle();
    return true;
  }
}

async function talk(one: End, other: End): Promise<void> {
  await settle();
  while ((await one.hand(other)) || (await other.hand(one)));
}

const agree = (one: End, other: End) =>
  one.connection.signalingState === "stable" &&
  other.connection.signalingState === "stable" &&
  one.connection.remoteDescription?.sdp === other.connection.localDescription?.sdp &&
  other.connection.remoteDescription?.sdp === one.connection.localDescription?.sdp;

let clock: TurnedClock;
let first: End;
let second: End;
let troubles: unknown[];

beforeEach(() => {
  clock = new TurnedClock();
  troubles = [];
  first = new End(clock, { initiator: true });
  second = new End(clock);
});

afterEach(() => {
  expect(troubles).toEqual([]);
});

describe("two who meet", () => {
  it("agree by one offer of the initiator and one answer", async () => {
    await talk(first, second);
    expect(first.sent.map(({ event }) => event)).toEqual(["offer"]);
    expect(second.sent.map(({ event }) => event)).toEqual(["answer"]);
    expect(agree(first, second)).toBe(true);
  });

  it("send in both directions, with tracks or without", async () => {
    const video = { kind: "video", id: "v" } as unknown as MediaStreamTrack;
    second.peer.carry({ audio: null, video });
    await talk(first, second);
    expect(second.connection.getTransceivers().map((one) => one.direction)).toEqual(["sendrecv", "sendrecv"]);
    expect(second.connection.getTransceivers().map((one) => one.sender.track)).toEqual([null, video]);
  });

  it("need no further word when a camera is turned on later", async () => {
    await talk(first, second);
    const video = { kind: "video", id: "v" } as unknown as MediaStreamTrack;
    first.peer.carry({ audio: null, video });
    await talk(first, second);
    expect(first.connection.getTransceivers()[1]?.sender.track).toBe(video);
    expect(first.sent).toHaveLength(1);
  });

  it("show one track of each kind", async () => {
    await talk(first, second);
    expect(second.peer.remote.value.map((track) => track.kind)).toEqual(["audio", "video"]);
  });
});

describe("offers that cross", () => {
  it("are settled: the initiator's stands, and both agree", async () => {
    await talk(first, second);
    first.connection.restartIce();
    second.connection.restartIce();
    await talk(first, second);
    expect(agree(first, second)).toBe(true);
    expect(first.made).toHaveLength(1);
    expect(second.made).toHaveLength(1);
  });
});

describe("a page that is reloaded", () => {
  it.each([
    ["the initiator's", true],
    ["the other's", false],
  ])("(%s) offers at once, and the partner makes its connection anew", async (_, initiator) => {
    await talk(first, second);
    const back = new End(clock, { initiator, resumed: true });
    const stayed = initiator ? second : first;
    await talk(back, stayed);
    expect(stayed.made).toHaveLength(2);
    expect(stayed.made[0]?.closed).toBe(true);
    expect(agree(back, stayed)).toBe(true);
  });

  it.each([
    ["the initiator's", true],
    ["the other's", false],
  ])("(%s) agrees even when the partner was repairing at the same moment", async (_, initiator) => {
    await talk(first, second);
    const stayed = initiator ? second : first;
    stayed.connection.restartIce();
    await settle();
    const back = new End(clock, { initiator, resumed: true });
    await talk(back, stayed);
    expect(agree(back, stayed)).toBe(true);
  });

  it("on both sides at once comes to one connection", async () => {
    const one = new End(clock, { initiator: true, resumed: true });
    const other = new End(clock, { resumed: true });
    await talk(one, other);
    expect(agree(one, other)).toBe(true);
  });
});

describe("an offer that does not belong to the connection that is up", () => {
  it("is answered by a new one, even with the certificate of the one before", async () => {
    const before = new End(clock, { initiator: true, certificate: "kept" });
    await talk(before, second);
    const after = new End(clock, { initiator: true, certificate: "kept" });
    await talk(after, second);
    expect(second.made).toHaveLength(2);
    expect(second.made[0]?.closed).toBe(true);
    expect(agree(after, second)).toBe(true);
  });

  it("is answered by a new one when the browser cannot make it fit", async () => {
    await talk(first, second);
    second.connection.refuses = true;
    first.connection.restartIce();
    await talk(first, second);
    expect(second.made[0]?.closed).toBe(true);
    expect(agree(first, second)).toBe(true);
  });

  it("and is of no use to a new one either is tried no further", async () => {
    await talk(first, second);
    await second.peer.receive("offer", { roomId: "r", offer: { type: "offer", sdp: "v=nonsense" } });
    expect(second.made).toHaveLength(2);
    expect(troubles.splice(0)).toHaveLength(1);
  });
});

describe("candidates", () => {
  const candidate = (end: End, name: string) => ({ candidate: `candidate:${name} 1 udp 1 192.0.2.1 9 typ host`, usernameFragment: end.connection.ufrag });

  it("go out in batches", async () => {
    await talk(first, second);
    for (const name of ["a", "b"]) {
      const made = candidate(first, name);
      first.connection.onicecandidate?.({ candidate: { ...made, toJSON: () => made } });
    }
    first.connection.onicecandidate?.({ candidate: null });
    expect(first.batches).toEqual([]);
    clock.pass(50);
    expect(first.batches.map((batch) => batch.length)).toEqual([2]);
  });

  it("that come before their description wait for it", async () => {
    await settle();
    await second.peer.receive("ice_candidate", { roomId: "r", candidate: candidate(first, "early") });
    await talk(first, second);
    expect(second.connection.added).toHaveLength(1);
  });

  it("of an earlier generation are dropped", async () => {
    await talk(first, second);
    const late = candidate(first, "late");
    first.connection.restartIce();
    await talk(first, second);
    await second.peer.receive("ice_candidate", { roomId: "r", candidate: late });
    await second.peer.receive("ice_candidate", { roomId: "r", candidate: candidate(first, "new") });
    expect(second.connection.added.map((one) => one.candidate?.slice(10, 13))).toEqual(["new"]);
  });
});

describe("what no client should send", () => {
  it.each([
    ["offer", { offer: null }],
    ["offer", { offer: { type: "offer", sdp: 7 } }],
    ["answer", { answer: { type: "answer", sdp: "v=0" } }],
    ["ice_candidate", { candidate: { candidate: 9 } }],
    ["ice_candidate", {}],
  ] as const)("(%s %j) changes nothing", async (event, payload) => {
    await talk(first, second);
    await second.peer.receive(event, { roomId: "r", ...payload });
    expect(agree(first, second)).toBe(true);
  });
});

describe("a broken path", () => {
  const connected = async () => {
    await talk(first, second);
    first.connection.becomes("connected");
    second.connection.becomes("connected");
    await settle();
  };

  it("is given a moment, then restarted", async () => {
    await connected();
    first.connection.becomes("disconnected");
    expect(first.peer.status.value).toBe("reconnecting");
    clock.pass(3999);
    expect(first.connection.restarts).toBe(0);
    clock.pass(1);
    expect(first.connection.restarts).toBe(1);
    await talk(first, second);
    first.connection.becomes("connected");
    expect(first.peer.status.value).toBe("connected");
  });

  it("that mends by itself is left alone", async () => {
    await connected();
    first.connection.becomes("disconnected");
    first.connection.becomes("connected");
    clock.pass(20_000);
    expect(first.connection.restarts).toBe(0);
  });

  it("is given up after four repairs, and tried again when the link is back", async () => {
    await connected();
    first.connection.becomes("failed");
    clock.pass(60_000);
    expect(first.connection.restarts).toBe(4);
    expect(first.peer.status.value).toBe("failed");
    first.peer.linkBack();
    clock.pass(0);
    expect(first.connection.restarts).toBe(5);
  });

  it("waits while the partner is away, and is repaired when it is back", async () => {
    await connected();
    first.peer.partnerAway(true);
    first.connection.becomes("failed");
    clock.pass(60_000);
    expect(first.connection.restarts).toBe(0);
    first.peer.partnerAway(false);
    clock.pass(0);
    expect(first.connection.restarts).toBe(1);
  });

  it("below a sound transport is made anew", async () => {
    await connected();
    first.connection.iceConnectionState = "connected";
    first.connection.connectionState = "failed";
    first.connection.onconnectionstatechange?.();
    clock.pass(0);
    await talk(first, second);
    expect(first.made).toHaveLength(2);
    expect(agree(first, second)).toBe(true);
  });
});

it("reads the network, and no more once it is closed", async () => {
  await talk(first, second);
  first.connection.stats = [
    { id: "T", type: "transport", selectedCandidatePairId: "P" },
    { id: "P", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R" },
    { id: "L", type: "local-candidate", candidateType: "relay" },
  ];
  first.connection.becomes("connected");
  await settle();
  expect(first.peer.reading.value.path).toBe("relayed");
  first.peer.close();
  expect(first.connection.closed).toBe(true);
  clock.pass(10_000);
  await settle();
  expect(first.peer.reading.value.path).toBeNull();
});

it("closed at any moment of an answer has nothing to complain of", async () => {
  await settle();
  const [offer] = first.sent;
  for (let moments = 0; moments < 12; moments += 1) {
    const end = new End(clock);
    await settle();
    const answering = end.peer.receive("offer", offer?.payload ?? { roomId: "r" });
    for (let moment = 0; moment < moments; moment += 1) await Promise.resolve();
    end.peer.close();
    await answering;
  }
});

it("closed before it began makes no connection", async () => {
  const end = new End(clock, { initiator: true });
  end.peer.close();
  await settle();
  expect(end.made).toHaveLength(0);
});
