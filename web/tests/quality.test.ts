import { describe, expect, it } from "vitest";
import { type History, next, noHistory, type Sample, sampleOf } from "../src/quality";

const good = (second: number, more: Partial<Sample> = {}): Sample => ({
  at: 1000 * second,
  path: "direct",
  roundTrip: 0.05,
  received: 100 * second,
  lost: 0,
  frames: 30 * second,
  ofPicture: 60 * second,
  arrived: 150 * second,
  frozen: 0,
  ...more,
});
const read = (samples: Sample[], from: History = noHistory) => samples.reduce(next, from);

describe("a report", () => {
  const pair = { id: "P", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R", currentRoundTripTime: 0.08 };
  it.each([
    ["host", "srflx", "direct"],
    ["relay", "host", "relayed"],
    ["host", "relay", "relayed"],
  ] as const)("of %s to %s says %s", (local, remote, path) => {
    const sample = sampleOf([
      { id: "T", type: "transport", selectedCandidatePairId: "P" },
      pair,
      { id: "L", type: "local-candidate", candidateType: local },
      { id: "R", type: "remote-candidate", candidateType: remote },
    ], 0);
    expect(sample).toMatchObject({ path, roundTrip: 0.08 });
  });

  it("without a transport entry is read from the selected pair", () => {
    expect(sampleOf([{ ...pair, selected: true }], 0).path).toBe("direct");
  });

  it("adds up sound and picture", () => {
    const inbound = { type: "inbound-rtp", packetsReceived: 10, packetsLost: 1, framesDecoded: 5, totalFreezesDuration: 0.5 };
    const both = [{ ...inbound, id: "a", kind: "audio" }, { ...inbound, id: "v", kind: "video" }];
    expect(sampleOf(both, 7)).toMatchObject({
      at: 7,
      path: null,
      received: 20,
      lost: 2,
      frames: 10,
      ofPicture: 10,
      arrived: 20,
      frozen: 1,
    });
    expect(sampleOf([...both, { id: "T", type: "transport", packetsReceived: 25 }], 7).arrived).toBe(25);
  });
});

describe("the network", () => {
  it("is poor after two bad seconds, not after one", () => {
    const bad = (second: number) => good(second, { lost: 20 * second });
    const one = read([good(1), bad(2)]);
    expect(one.reading.poor).toBe(false);
    expect(read([bad(3)], one).reading.poor).toBe(true);
  });

  it("is fine again only after four good seconds", () => {
    const poor = read([good(1), good(2, { roundTrip: 0.9 }), good(3, { roundTrip: 0.9 })]);
    expect(poor.reading.poor).toBe(true);
    expect(read([good(4), good(5), good(6)], poor).reading.poor).toBe(true);
    expect(read([good(4), good(5), good(6), good(7)], poor).reading.poor).toBe(false);
  });

  it("is judged by whole seconds, however often it is read", () => {
    const half = [good(1), good(1.5, { frozen: 0.3 }), good(2, { frozen: 0.6 }), good(2.5, { frozen: 0.9 })];
    expect(read(half).reading.poor).toBe(false);
    expect(read([...half, good(3, { frozen: 1.2 })]).reading.poor).toBe(true);
  });

  it("is poor when the picture keeps freezing", () => {
    expect(read([good(1), good(2, { frozen: 0.7 }), good(3, { frozen: 1.4 })]).reading.poor).toBe(true);
  });
});

describe("the picture", () => {
  /** Sound and word still come, and no picture. */
  const off = (second: number, from = 1) => good(second, { frames: 30 * from, ofPicture: 60 * from });
  /** Nothing comes at all. */
  const dead = (second: number) => good(second, { frames: 30, ofPicture: 60, arrived: 150, received: 100 });
  const none = (second: number) => good(second, { frames: 0, ofPicture: 0 });
  const picture = (samples: Sample[]) => read(samples).reading.picture;

  it("is still a second after it alone has stopped, and moves with the next frame", () => {
    expect(picture([good(0.5), good(1), off(1.5)])).toBe("moving");
    const stopped = read([good(0.5), good(1), off(1.5), off(2)]);
    expect(stopped.reading.picture).toBe("still");
    expect(read([off(2.5)], stopped).reading.picture).toBe("still");
    expect(read([good(5)], stopped).reading.picture).toBe("moving");
  });

  it("is given three seconds when nothing else comes either", () => {
    expect(picture([good(1), dead(2), dead(3), dead(3.5)])).toBe("moving");
    expect(picture([good(1), dead(2), dead(3), dead(4)])).toBe("still");
  });

  it("is given three seconds on a bad network, where pictures are the first to be dropped", () => {
    const bad = (second: number) => off(second, 1);
    const slow = (sample: Sample) => ({ ...sample, roundTrip: 0.9 });
    expect(picture([slow(good(1)), slow(bad(2)), slow(bad(3)), slow(bad(3.5))])).toBe("moving");
    expect(picture([slow(good(1)), slow(bad(2)), slow(bad(3)), slow(bad(4))])).toBe("still");
  });

  it("that is only slow is called still once and no more", () => {
    const wrong = read([good(1), off(1.5), off(2), good(2.5)]);
    expect(read([off(3, 2.5), off(3.5, 2.5), off(4, 2.5), off(5, 2.5)], wrong).reading.picture).toBe("moving");
    expect(read([off(3, 2.5), off(4, 2.5), off(5.5, 2.5)], wrong).reading.picture).toBe("still");
  });

  it("is awaited before it is called still", () => {
    expect(noHistory.reading.picture).toBe("awaited");
    expect(picture([none(1), none(2), none(3)])).toBe("awaited");
    expect(picture([none(1), none(2), none(3), none(4)])).toBe("still");
  });
});
