import { describe, expect, it } from "vitest";
import { type History, next, noHistory, type Sample, sampleOf } from "../src/quality";

const good = (second: number, more: Partial<Sample> = {}): Sample => ({
  path: "direct",
  roundTrip: 0.05,
  received: 100 * second,
  lost: 0,
  frames: 30 * second,
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
    ]);
    expect(sample).toMatchObject({ path, roundTrip: 0.08 });
  });

  it("without a transport entry is read from the selected pair", () => {
    expect(sampleOf([{ ...pair, selected: true }]).path).toBe("direct");
  });

  it("adds up sound and picture", () => {
    const inbound = { type: "inbound-rtp", packetsReceived: 10, packetsLost: 1, framesDecoded: 5, totalFreezesDuration: 0.5 };
    expect(sampleOf([{ ...inbound, id: "a" }, { ...inbound, id: "v" }])).toMatchObject({
      path: null,
      received: 20,
      lost: 2,
      frames: 10,
      frozen: 1,
    });
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

  it("is poor when the picture keeps freezing", () => {
    expect(read([good(1), good(2, { frozen: 0.7 }), good(3, { frozen: 1.4 })]).reading.poor).toBe(true);
  });
});

describe("the picture", () => {
  const still = (second: number) => good(second, { frames: 30 });
  const none = (second: number) => good(second, { frames: 0 });

  it("is still when no frame has come for three seconds, and moves with the next", () => {
    expect(read([good(1), still(2), still(3)]).reading.picture).toBe("moving");
    const stopped = read([good(1), still(2), still(3), still(4)]);
    expect(stopped.reading.picture).toBe("still");
    expect(read([good(5)], stopped).reading.picture).toBe("moving");
  });

  it("is awaited before it is called still", () => {
    expect(noHistory.reading.picture).toBe("awaited");
    expect(read([none(1), none(2)]).reading.picture).toBe("awaited");
    expect(read([none(1), none(2), none(3)]).reading.picture).toBe("still");
  });
});
