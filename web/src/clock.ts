/** Time as an argument, so that tests own it. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `then` once after `ms` milliseconds; the function returned takes that back. */
  after(ms: number, then: () => void): () => void;
}

export const wallClock: Clock = {
  now: () => Date.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
