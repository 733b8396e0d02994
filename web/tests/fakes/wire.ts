/** A server at the end of a wire: it hears what is sent, answers as told, and says what it likes. */
import type { Answer } from "../../src/api/events";
import type { Keep } from "../../src/keep";
import { type Dial, Link, type Wire } from "../../src/socket";
import type { TurnedClock } from "./clock";

export class FakeWire implements Wire {
  connected = false;
  active = true;
  dialled = 0;
  hungUp = 0;
  readonly sent: { event: string; data: unknown }[] = [];
  /** By event: what the server acknowledges; `null` never answers. Everything else is fine. */
  readonly answers = new Map<string, Answer | null>();
  auth: Record<string, unknown> = {};
  readonly volatile = { emit: (event: string, data: unknown) => this.emit(event, data) };
  readonly #handlers = new Map<string, ((data: unknown) => void)[]>();
  #auth: (give: (payload: object) => void) => void = () => undefined;

  readonly dial: Dial = (auth) => {
    this.#auth = auth;
    return this;
  };

  connect(): void {
    this.dialled += 1;
    this.#auth((payload) => (this.auth = payload as Record<string, unknown>));
  }

  disconnect(): void {
    this.hungUp += 1;
    this.says("disconnect", "io client disconnect");
  }

  on(event: string, handler: (...args: never[]) => void): void {
    const handlers = this.#handlers.get(event) ?? [];
    handlers.push(handler as (data: unknown) => void);
    this.#handlers.set(event, handlers);
  }

  emit(event: string, data: unknown): void {
    this.sent.push({ event, data });
  }

  timeout() {
    return {
      emitWithAck: async (event: string, data: unknown): Promise<unknown> => {
        this.emit(event, data);
        const answer = this.answers.get(event);
        if (answer === null) throw new Error("operation has timed out");
        return answer ?? { ok: true, data: {} };
      },
    };
  }

  /** What the server, or the library, says. */
  says(event: string, data?: unknown): void {
    if (event === "connect") this.connected = true;
    if (event === "disconnect") this.connected = false;
    for (const handler of this.#handlers.get(event) ?? []) handler(data);
  }

  sentOf(event: string): unknown[] {
    return this.sent.filter((one) => one.event === event).map(({ data }) => data);
  }
}

export function memory(kept: Record<string, string> = {}): Keep {
  const all = new Map(Object.entries(kept));
  return {
    get: (name) => all.get(name) ?? null,
    set: (name, value) => void (value === null ? all.delete(name) : all.set(name, value)),
  };
}

export function linkOver(wire: FakeWire, clock: TurnedClock, tab: Keep = memory()): Link {
  return new Link({ dial: wire.dial, tab, clock, jitter: () => 0 });
}
