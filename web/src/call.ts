/**
 * One conversation, from looking to its end, as a pure state machine.
 *
 * `step` takes what happened and gives the next state; the same happening twice changes nothing, and
 * what belongs to another room is ignored, because both come with reconnects. `returning` decides
 * what to do when the server says who we are after a connection was made. Times are milliseconds.
 */
import type {
  DisconnectReason,
  NewMessage,
  PartnerFound,
  RoomType,
  Session,
  WaitingForPartner,
} from "./api/types";

export type Phase = "idle" | "looking" | "talking" | "over";

export interface Line {
  /** Ours: made here while sending, kept when the server's id is known, so that a list stays calm. */
  key: string;
  from: "me" | "stranger";
  text: string;
  at: number;
  delivery: "sending" | "sent" | "failed";
}

export interface Call {
  phase: Phase;
  type: RoomType;
  waiting: WaitingForPartner | null;
  /** The pair we are in, or, when it is over, were in. */
  pair: PartnerFound | null;
  /** The stranger's transport broke and may come back. */
  away: boolean;
  /** How it ended; `stopped` and `blocked` are our own doing. */
  ended: DisconnectReason | "stopped" | "blocked" | null;
  lines: readonly Line[];
  typing: boolean;
  /** Ids of the server's messages already shown. */
  seen: ReadonlySet<string>;
}

export const idle: Call = {
  phase: "idle",
  type: "chat",
  waiting: null,
  pair: null,
  away: false,
  ended: null,
  lines: [],
  typing: false,
  seen: new Set(),
};

export type Happening =
  | { kind: "looking"; type: RoomType }
  | { kind: "waiting"; waiting: WaitingForPartner }
  | { kind: "found"; pair: PartnerFound }
  | { kind: "away" | "back"; roomId: string }
  | { kind: "ended"; roomId: string; reason: DisconnectReason | "stopped" }
  | { kind: "blocked"; roomId: string }
  | { kind: "said"; message: NewMessage; at: number }
  | { kind: "saying"; key: string; text: string; at: number }
  | { kind: "unsaid"; key: string }
  | { kind: "typing"; roomId: string; on: boolean }
  | { kind: "closed" };

/** The next state. */
export function step(call: Call, happening: Happening): Call {
  switch (happening.kind) {
    case "looking":
      return { ...idle, phase: "looking", type: happening.type };
    case "waiting": {
      const { waiting } = happening;
      if (call.phase === "looking") return { ...call, waiting };
      // We have skipped, and are in the queue again.
      return call.phase === "talking" ? { ...idle, phase: "looking", type: waiting.type, waiting } : call;
    }
    case "found":
      return call.pair?.roomId === happening.pair.roomId
        ? call
        : { ...idle, phase: "talking", type: happening.pair.type, pair: happening.pair };
    case "away":
      return inRoom(call, happening.roomId) ? { ...call, away: true, typing: false } : call;
    case "back":
      return inRoom(call, happening.roomId) ? { ...call, away: false } : call;
    case "ended":
      return inRoom(call, happening.roomId)
        ? { ...call, phase: "over", ended: happening.reason, away: false, typing: false }
        : call;
    case "blocked":
      // Blocked is said also of a stranger who has just left.
      return call.pair?.roomId === happening.roomId
        ? { ...call, phase: "over", ended: "blocked", away: false, typing: false }
        : call;
    case "said":
      return said(call, happening.message, happening.at);
    case "saying":
      return call.phase === "talking" ? { ...call, lines: sending(call.lines, happening) } : call;
    case "unsaid":
      return {
        ...call,
        lines: call.lines.map((line) =>
          isUnsent(line, happening.key) ? { ...line, delivery: "failed" } : line,
        ),
      };
    case "typing":
      return inRoom(call, happening.roomId) ? { ...call, typing: happening.on } : call;
    case "closed":
      return idle;
  }
}

/** What to do when a connection stands and the server has said who we are. */
export type Return =
  /** Nothing: what we show is what is. */
  | "keep"
  /** We are in a pair that this page does not show (it was reloaded, or matched while away). */
  | "adopt"
  /** The server no longer knows that we were looking. */
  | "rejoin"
  /** The pair ended while we were away. */
  | "lost"
  /** We had left, and the server did not hear it. */
  | "leave";

/**
 * `firstOfPage`: no connection of this page came before, so a pair must be from before a reload.
 * `queued`: the server has acknowledged that we are looking.
 */
export function returning(
  call: Call,
  session: Session,
  { firstOfPage, queued }: { firstOfPage: boolean; queued: boolean },
): Return {
  const room = session.room;
  if (room) {
    if (call.phase === "talking" && call.pair?.roomId === room.roomId) return "keep";
    if (call.phase === "idle" || call.phase === "over") return firstOfPage ? "adopt" : "leave";
    return "adopt";
  }
  if (call.phase === "talking") return "lost";
  if (call.phase === "looking") return session.recovered && queued ? "keep" : "rejoin";
  return session.recovered ? "leave" : "keep";
}

/** The pair that a signal, a message or a key press may be about. */
export function currentRoom(call: Call): string | null {
  return call.phase === "talking" && call.pair ? call.pair.roomId : null;
}

function inRoom(call: Call, roomId: string): boolean {
  return currentRoom(call) === roomId;
}

function isUnsent(line: Line, key: string): boolean {
  return line.key === key && line.delivery === "sending";
}

function sending(lines: readonly Line[], { key, text, at }: { key: string; text: string; at: number }) {
  const line: Line = { key, text, at, from: "me", delivery: "sending" };
  return [...lines.filter((other) => other.key !== key), line];
}

/** Both sides hear each message. Ours comes back as the echo of the line we already show. */
function said(call: Call, message: NewMessage, at: number): Call {
  if (call.pair?.roomId !== message.roomId || call.seen.has(message.id)) return call;
  const seen = new Set(call.seen).add(message.id);
  const stranger = message.sender === call.pair.partnerId;
  if (!stranger) {
    const index = call.lines.findIndex(
      (line) => line.from === "me" && line.delivery !== "sent" && line.text === message.text,
    );
    const line = call.lines[index];
    if (line) {
      const lines = [...call.lines];
      lines[index] = { ...line, at, delivery: "sent" };
      return { ...call, seen, lines };
    }
  }
  const line: Line = {
    key: message.id,
    from: stranger ? "stranger" : "me",
    text: message.text,
    at,
    delivery: "sent",
  };
  return { ...call, seen, lines: [...call.lines, line], typing: stranger ? false : call.typing };
}
