/**
 * What `getStats` says, in the few words a person needs: direct or relayed, good or poor, and
 * whether the stranger's picture moves. Pure; two readings a second come in.
 *
 * Dictionaries and members: W3C "Identifiers for WebRTC's Statistics API".
 */

export interface Reading {
  /** Unknown until a candidate pair is selected. */
  path: "direct" | "relayed" | null;
  poor: boolean;
  /** `still`: none comes any more, since the stranger's camera is off or nothing gets through. */
  picture: "awaited" | "moving" | "still";
}

/** Running totals at one moment. */
export interface Sample {
  /** Milliseconds. */
  at: number;
  path: "direct" | "relayed" | null;
  /** Seconds. */
  roundTrip: number;
  received: number;
  lost: number;
  frames: number;
  /** Packets of the picture. */
  ofPicture: number;
  /** Packets of whatever kind: the sound, and what the other end says of how it receives us. */
  arrived: number;
  /** Seconds. */
  frozen: number;
}

export interface History {
  last: Sample | null;
  /** That from which the network is judged next. */
  judged: Sample | null;
  bad: number;
  good: number;
  movedAt: number;
  /** When the picture last had news, or nothing else had either. */
  newsAt: number;
  patience: number;
  reading: Reading;
}

const POOR_LOSS = 0.05;
const POOR_ROUND_TRIP_S = 0.4;
const POOR_FREEZE_S = 0.4;
/** So many seconds in a row turn the word, so that it does not flicker. */
const BAD_TO_POOR = 2;
const GOOD_TO_FINE = 4;
/** A second, less what a timer may be early. */
const SECOND_MS = 900;
const STILL_MS = 3000;
/** A camera that was turned off: all is well, all else arrives, and of the picture nothing. */
const OFF_MS = 1000;

const nothing: Sample = {
  at: 0,
  path: null,
  roundTrip: 0,
  received: 0,
  lost: 0,
  frames: 0,
  ofPicture: 0,
  arrived: 0,
  frozen: 0,
};

export const noHistory: History = {
  last: null,
  judged: null,
  bad: 0,
  good: 0,
  movedAt: 0,
  newsAt: 0,
  patience: OFF_MS,
  reading: { path: null, poor: false, picture: "awaited" },
};

interface Entry {
  id: string;
  type: string;
  [member: string]: unknown;
}

/** Sums up the report of that moment; a missing number counts as nought. */
export function sampleOf(report: Iterable<Entry>, at: number): Sample {
  const byId = new Map<unknown, Entry>();
  for (const entry of report) byId.set(entry.id, entry);
  const sample: Sample = { ...nothing, at };
  for (const entry of byId.values()) {
    if (entry.type === "transport") sample.arrived += number(entry.packetsReceived);
    if (entry.type !== "inbound-rtp") continue;
    if (entry.kind === "video") sample.ofPicture += number(entry.packetsReceived);
    sample.received += number(entry.packetsReceived);
    sample.lost += number(entry.packetsLost);
    sample.frames += number(entry.framesDecoded);
    sample.frozen += number(entry.totalFreezesDuration);
  }
  // Not every browser counts by transport.
  sample.arrived ||= sample.received;
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
  const judging = !history.judged || sample.at - history.judged.at >= SECOND_MS;
  const network = judging ? judge(history, sample) : history;
  const seen = look(network, sample);
  const path = sample.path ?? history.reading.path;
  return { ...seen, last: sample, reading: { ...seen.reading, path } };
}

/** How the network was since the last time. */
function judge(history: History, sample: Sample): History {
  const before = history.judged ?? nothing;
  const received = sample.received - before.received;
  const lost = Math.max(0, sample.lost - before.lost);
  const isBad =
    sample.roundTrip > POOR_ROUND_TRIP_S ||
    (received + lost > 0 && lost / (received + lost) > POOR_LOSS) ||
    sample.frozen - before.frozen > POOR_FREEZE_S;
  const bad = isBad ? history.bad + 1 : 0;
  const good = isBad ? 0 : history.good + 1;
  const poor = history.reading.poor ? good < GOOD_TO_FINE : bad >= BAD_TO_POOR;
  return { ...history, judged: sample, bad, good, reading: { ...history.reading, poor } };
}

/** Whether the picture moves. */
function look(history: History, sample: Sample): History {
  const { last, reading } = history;
  const wasStill = reading.picture === "still";
  if (!last || sample.frames > last.frames) {
    // One that is back so soon was slow, and not off: then it is given time, so that nothing flickers.
    const wrong = wasStill && sample.at - history.movedAt < STILL_MS;
    const patience = wrong ? STILL_MS : history.patience;
    const picture = sample.frames > 0 ? "moving" : "awaited";
    return { ...history, movedAt: sample.at, newsAt: sample.at, patience, reading: { ...reading, picture } };
  }
  const missing = sample.ofPicture === last.ofPicture && sample.arrived > last.arrived;
  const newsAt = missing ? history.newsAt : sample.at;
  const off = reading.picture === "moving" && history.bad === 0 && sample.at - newsAt >= history.patience;
  const still = wasStill || off || sample.at - history.movedAt >= STILL_MS;
  return { ...history, newsAt, reading: { ...reading, picture: still ? "still" : reading.picture } };
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
