/** Which event carries which shape. The shapes themselves come from `types.ts`. */
import type {
  ErrorEvent,
  Join,
  NewMessage,
  PartnerDisconnected,
  PartnerFound,
  PartnerReconnected,
  PartnerReconnecting,
  ServerDraining,
  Session,
  UserCountUpdate,
  UserTyping,
  WaitingForPartner,
} from "./types";

/** What a partner sends is whatever the partner's client made of it: `peer.ts` looks before it uses. */
export interface Relayed {
  roomId: string;
  offer?: unknown;
  answer?: unknown;
  candidate?: unknown;
}

export interface FromServer {
  session: Session;
  waiting_for_partner: WaitingForPartner;
  partner_found: PartnerFound;
  partner_disconnected: PartnerDisconnected;
  partner_reconnecting: PartnerReconnecting;
  partner_reconnected: PartnerReconnected;
  new_message: NewMessage;
  user_typing: UserTyping;
  user_count_update: UserCountUpdate;
  offer: Relayed;
  answer: Relayed;
  ice_candidate: Relayed;
  error: ErrorEvent;
  server_draining: ServerDraining;
}

export interface ToServer {
  join: Join;
  leave_queue: Record<string, never>;
  send_message: { roomId: string; message: string };
  typing: { roomId: string; isTyping: boolean };
  offer: { roomId: string; offer: RTCSessionDescriptionInit };
  answer: { roomId: string; answer: RTCSessionDescriptionInit };
  ice_candidates: { roomId: string; candidates: RTCIceCandidateInit[] };
  skip: Record<string, never>;
  leave_room: { roomId: string };
}

/** Every acknowledgement the server gives. `retryAfterMs` comes with `rate_limited`. */
export type Answer = { ok: true; data: unknown } | { ok: false; error: ErrorEvent };
