/**
 * What `getStats` says, in the few words a person needs: direct or relayed, good or poor, and
 * whether the stranger's picture moves. Pure; one reading a second comes in.
 *
 * Dictionaries and members: W3C "Identifiers for WebRTC's Statistics API".
 */

export interface Reading {
  /** Unknown until a candidate pair is selected. */
  path: "direct" | "relayed" | null;
  poor: boolean;
  /** `still`: none has come for a while, since the stranger's camera is off or nothing gets through. */
  picture: "awaited" | "moving" | "still";
}

/** Running totals at one moment. */
export interface Sample {
  path: "direct" | "relayed" | null;
  /** Seconds. */
  roundTrip: number;
  received: number;
  lost: number;
  frames: number;
  /** Seconds. */
  frozen: number;
}

export interface History {
  last: Sample | null;
  bad: number;
  good: number;
  stillFor: number;
  reading: Reading;
}

export const noHistory: History = {
  last: null,
  bad: 0,
  good: 0,
  stillFor: 0,
  reading: { path: null, poor: false, picture: "awaited" },
};

const POOR_LOSS = 0.05;
const POOR_ROUND_TRIP_S = 0.4;
const POOR_FREEZE_S = 0.4;
/** So many readings in a row turn the word, so that it does not flicker. */
const BAD_TO_POOR = 2;
const GOOD_TO_FINE = 4;
const STILL_AFTER = 3;

interface Entry {
  id: string;
  type: string;
  [member: string]: unknown;
}

/** Sums up one report; a missing number counts as nought. */
export function sampleOf(report: Iterable<Entry>): Sample {
  const byId = new Map<unknown, Entry>();
  for (const entry of report) byId.set(entry.id, entry);
  const sample: Sample = { path: null, roundTrip: 0, received: 0, lost: 0, frames: 0, frozen: 0 };
  for (const entry of byId.values()) {
    if (entry.type !== "inbound-rtp") continue;
    sample.received += number(entry.packetsReceived);
    sample.lost += number(entry.packetsLost);
    sample.frames += number(entry.framesDecoded);
    sample.frozen += number(entry.totalFreezesDuration);
  }
  const pair = selectedPair(byId);
  if (pair) {
    const ends = [byId.get(pair.localCandidateId), byId.get(pair.remoteCandidateId)];
    sample.path = ends.some((end) => end?.candidateType === "relay") ? "relayed" : "direct";
    sample.roundTrip = number(pair.currentRoundTripTime);
  }
  return sample;
}

/** The next reading, from the one before and what has been counted since. */
export function next(history: History, sample: Sample): History {
  const before = history.last ?? { ...sample, received: 0, lost: 0, frames: 0, frozen: 0 };
  const received = sample.received - before.received;
  const lost = Math.max(0, sample.lost - before.lost);
  const bad =
    sample.roundTrip > POOR_ROUND_TRIP_S ||
    (received + lost > 0 && lost / (received + lost) > POOR_LOSS) ||
    sample.frozen - before.frozen > POOR_FREEZE_S;
  const stillFor = sample.frames > before.frames ? 0 : history.stillFor + 1;
  const badRun = bad ? history.bad + 1 : 0;
  const goodRun = bad ? 0 : history.good + 1;
  const poor = history.reading.poor ? goodRun < GOOD_TO_FINE : badRun >= BAD_TO_POOR;
  return {
    last: sample,
    bad: badRun,
    good: goodRun,
    stillFor,
    reading: {
      path: sample.path ?? history.reading.path,
      poor,
      picture: stillFor >= STILL_AFTER ? "still" : sample.frames > 0 ? "moving" : "awaited",
    },
  };
}

function selectedPair(byId: Map<unknown, Entry>): Entry | undefined {
  for (const entry of byId.values()) {
    if (entry.type !== "transport") continue;
    const pair = byId.get(entry.selectedCandidatePairId);
    if (pair) return pair;
  }
  // Firefox has no transport entry with a selected pair, and marks the pair instead.
  for (const entry of byId.values()) {
    if (entry.type === "candidate-pair" && entry.selected === true) return entry;
  }
  return undefined;
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
