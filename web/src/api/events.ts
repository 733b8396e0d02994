/** Which event carries which shape: the generated tables, with what this client knows better. */
import type { ErrorEvent, NativeFromServer, NativeToServer, SessionEnded, TokenExpired } from "./types";

/** What a partner sends is whatever the partner's client made of it: `peer.ts` looks before it uses. */
export interface Relayed {
  roomId: string;
  offer?: unknown;
  answer?: unknown;
  candidate?: unknown;
}

type RelayedEvent = "offer" | "answer" | "ice_candidate";

/** What is said in every dialect to whoever has an account. */
interface ToUsers {
  token_expired: TokenExpired;
  session_ended: SessionEnded;
}

export type FromServer = Omit<NativeFromServer, RelayedEvent> & Record<RelayedEvent, Relayed> & ToUsers;

export type ToServer = NativeToServer;

/** Every acknowledgement the server gives. `retryAfterMs` comes with `rate_limited`. */
export type Answer = { ok: true; data: unknown } | { ok: false; error: ErrorEvent };
