/** Says that one is typing, rarely enough, and that one has stopped. */
import type { Clock } from "./clock";

const AGAIN_AFTER_MS = 2500;
const STOPPED_AFTER_MS = 3000;

export class Typist {
  readonly #clock: Clock;
  readonly #say: (isTyping: boolean) => void;
  #saidAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, say: (isTyping: boolean) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  /** The text changed; `empty` when nothing is left of it. */
  typed(empty: boolean): void {
    if (empty) return this.stop();
    this.#cancel?.();
    this.#cancel = this.#clock.after(STOPPED_AFTER_MS, () => this.stop());
    if (this.#clock.now() - this.#saidAt < AGAIN_AFTER_MS) return;
    this.#saidAt = this.#clock.now();
    this.#say(true);
  }

  stop(): void {
    if (!this.#cancel) return;
    this.forget();
    this.#say(false);
  }

  /** The message or the conversation is gone: there is nobody to tell. */
  forget(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#saidAt = Number.NEGATIVE_INFINITY;
  }
}
