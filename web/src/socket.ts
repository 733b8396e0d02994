/**
 * The connection to the server: one Socket.IO connection, kept up for as long as the page lives.
 *
 * - The guest token lives in this tab and makes us the same person after a reconnect or a reload; whoever is
 *   signed in shows the token of the account instead.
 * - A refused token is dropped and we connect as somebody new; any other refusal is tried again
 *   later, with growing pauses and some jitter.
 * - `request` is a promise of the server's answer and never rejects.
 */
import { signal } from "@preact/signals";
import type { Answer, FromServer, ToServer } from "./api/events";
import type { ErrorEvent } from "./api/types";
import type { Clock } from "./clock";
import type { Keep } from "./keep";

export type LinkState = "connecting" | "up" | "away";

/** What is used of socket.io-client's `Socket`. */
export interface Wire {
  readonly connected: boolean;
  /** Whether the library itself will try again. */
  readonly active: boolean;
  connect(): unknown;
  disconnect(): unknown;
  on(event: string, handler: (...args: never[]) => void): unknown;
  emit(event: string, data: unknown): unknown;
  volatile: { emit(event: string, data: unknown): unknown };
  timeout(ms: number): { emitWithAck(event: string, data: unknown): Promise<unknown> };
}

export type Dial = (auth: (give: (payload: object) => void) => void) => Wire;

/** Who is signed in, as far as the connection needs to know. */
export interface Who {
  signedIn(): boolean;
  /** Null for a guest; undefined when that cannot be told now. */
  pass(): Promise<string | null | undefined>;
  /** The server did not believe the token. */
  refused(): void;
}

const ANSWER_WITHIN_MS = 8000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;

export class Link {
  readonly state = signal<LinkState>("connecting");
  /** The server said that it is about to restart; true until there is a new connection. */
  readonly draining = signal(false);
  readonly #wire: Wire;
  readonly #keep: Keep;
  readonly #clock: Clock;
  readonly #jitter: () => number;
  readonly #who: Who | undefined;
  /** The last connection was asked for with the token of an account. */
  #asUser = false;
  /** The server ends this connection, because the session that it began with has ended. */
  #ended = false;
  #pause = FIRST_PAUSE_MS;
  #drainMs = 0;

  /** `jitter` gives numbers in [0, 1). */
  constructor(parts: { dial: Dial; tab: Keep; clock: Clock; jitter: () => number; who?: Who }) {
    this.#keep = parts.tab;
    this.#clock = parts.clock;
    this.#jitter = parts.jitter;
    this.#who = parts.who;
    this.#wire = parts.dial((give) => this.#introduce(give));
    this.#wire.on("connect", () => {
      this.#pause = FIRST_PAUSE_MS;
      this.draining.value = false;
      this.state.value = "up";
    });
    this.#wire.on("disconnect", (reason: string) => this.#lost(reason));
    this.#wire.on("connect_error", (error: RefusedConnection) => this.#refused(error));
    this.on("session", ({ actor, token }) => {
      if (actor.kind === "guest") this.#keep.set("token", token);
    });
    this.on("session_ended", () => (this.#ended = true));
    this.on("server_draining", ({ retryAfterMs }) => {
      this.#drainMs = retryAfterMs;
      this.draining.value = true;
    });
  }

  connect(): void {
    this.#wire.connect();
  }

  /** Leaves a server that is about to restart, when it asked us to, and comes back to what follows it. */
  renew(): void {
    this.#clock.after(this.#drainMs, () => {
      if (!this.draining.value || !this.#wire.connected) return;
      this.#wire.disconnect();
      this.#again(this.#pause);
    });
  }

  /** Leaves the connection for another one, as whoever one is now. */
  reconnect(): void {
    this.#wire.disconnect();
    this.#wire.connect();
  }

  /** The guest has become a user. */
  forgetGuest(): void {
    this.#keep.set("token", null);
  }

  on<E extends keyof FromServer>(event: E, handler: (data: FromServer[E]) => void): void {
    this.#wire.on(event, handler as (...args: never[]) => void);
  }

  /** Sends and waits for the server's word. No answer in time is a failure `unanswered`. */
  async request<E extends keyof ToServer>(event: E, data: ToServer[E]): Promise<Answer> {
    try {
      const answer = await this.#wire.timeout(ANSWER_WITHIN_MS).emitWithAck(event, data);
      if (isAnswer(answer)) return answer;
      return failure("unreadable", "The server's answer could not be read.", event);
    } catch {
      // The client library rejects for one reason only: the acknowledgement did not come.
      return failure("unanswered", "The server did not answer.", event);
    }
  }

  /** Sends without waiting; kept until the connection is back when there is none. */
  tell<E extends keyof ToServer>(event: E, data: ToServer[E]): void {
    this.#wire.emit(event, data);
  }

  /** Sends only when that is possible right now: for what is stale a moment later. */
  mention<E extends keyof ToServer>(event: E, data: ToServer[E]): void {
    this.#wire.volatile.emit(event, data);
  }

  #introduce(give: (payload: object) => void): void {
    const dialect = "native";
    this.#asUser = false;
    if (!this.#who?.signedIn()) return give({ dialect, token: this.#token() });
    void this.#who.pass().then((token) => {
      // Nobody knows: the server gives up waiting, and the next attempt asks again.
      if (token === undefined) return;
      this.#asUser = token !== null;
      give({ dialect, token: token ?? this.#token() });
    });
  }

  #token(): string | undefined {
    return this.#keep.get("token") ?? undefined;
  }

  #lost(reason: string): void {
    this.state.value = "away";
    // The library returns by itself, except when the server closed the connection on purpose.
    const ended = this.#ended;
    this.#ended = false;
    if (reason !== "io server disconnect") return;
    if (ended) this.#wire.connect();
    else this.#again(this.draining.value ? this.#drainMs : this.#pause);
  }

  #refused(error: RefusedConnection): void {
    if (this.state.value === "up") this.state.value = "away";
    // A failing transport is retried by the library; after a refusal by the server it gives up.
    if (this.#wire.active) return;
    if (error.data?.code === "invalid_token" && this.#asUser) this.#who?.refused();
    else if (error.data?.code === "invalid_token" && this.#token() !== undefined) {
      this.#keep.set("token", null);
      this.#wire.connect();
      return;
    }
    this.#again(error.data?.retryAfterMs ?? this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  #again(ms: number): void {
    this.#clock.after(ms * (1 + this.#jitter() / 2), () => {
      if (!this.#wire.connected) this.#wire.connect();
    });
  }
}

type RefusedConnection = Error & { data?: Partial<ErrorEvent> };

function failure(code: string, message: string, event: string): Answer {
  return { ok: false, error: { code, message, event } };
}

function isAnswer(answer: unknown): answer is Answer {
  return typeof answer === "object" && answer !== null && typeof (answer as Answer).ok === "boolean";
}
