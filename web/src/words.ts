/** Everything that is told about the state of things, in words. Pure. */
import type { ErrorEvent } from "./api/types";
import type { Call } from "./call";
import type { Problem, Problems } from "./media";
import type { PeerStatus } from "./peer";
import type { Status } from "./mine";
import type { Reading } from "./quality";
import type { LinkState } from "./socket";

/** A word for the eye and the ear, and a key for style and tests. */
export interface State {
  key:
    | "ready"
    | "looking"
    | "offline"
    | "away"
    | "connecting"
    | "direct"
    | "relayed"
    | "connected"
    | "poor"
    | "reconnecting"
    | "failed"
    | "over";
  text: string;
}

/** How the connection is. `peer` is null in a text conversation. */
export function stateOf(
  call: Call,
  link: LinkState,
  peer: { status: PeerStatus; reading: Reading } | null,
): State {
  if (call.phase === "idle") return { key: "ready", text: "Ready" };
  if (call.phase === "over") return { key: "over", text: "Conversation over" };
  if (link !== "up") return { key: "offline", text: "Reconnecting to Parley…" };
  if (call.phase === "looking") return { key: "looking", text: "Looking…" };
  if (call.away) return { key: "away", text: "Stranger reconnecting…" };
  if (!peer) return { key: "connected", text: "Connected" };
  if (peer.status === "connecting") return { key: "connecting", text: "Connecting video…" };
  if (peer.status === "reconnecting") return { key: "reconnecting", text: "Video reconnecting…" };
  if (peer.status === "failed") return { key: "failed", text: "No video connection; text works" };
  if (peer.reading.poor) return { key: "poor", text: "Poor network" };
  if (peer.reading.path === "relayed") return { key: "relayed", text: "Connected, relayed" };
  if (peer.reading.path === "direct") return { key: "direct", text: "Connected, direct" };
  return { key: "connected", text: "Connected" };
}

/** What the stranger is doing or did; a line of the conversation. */
export function partnerWords(call: Call): string {
  if (call.phase === "talking") {
    if (call.away) return "Stranger’s connection dropped. Waiting for them…";
    return "You’re talking with a stranger. Say hello!";
  }
  switch (call.ended) {
    case "left":
      return "Stranger left.";
    case "skipped":
      return "Stranger moved on to someone else.";
    case "dropped":
      return "The connection was lost.";
    case "stopped":
      return "You left the conversation.";
    case "blocked":
      return "You blocked this stranger. You won’t meet again.";
    case null:
      return "";
  }
}

/** The banner over everything, when the server cannot be reached. */
export function bannerWords(
  link: LinkState,
  { draining, online, everUp }: { draining: boolean; online: boolean; everUp: boolean },
): string {
  if (link === "up") return draining ? "Parley is about to restart. This conversation may end then." : "";
  if (!online) return "You’re offline. Parley comes back as soon as your network does.";
  if (draining) return "The server is restarting. Hold on, you’ll be back in a moment.";
  if (!everUp) return "Can’t reach the server yet. Still trying…";
  return "Connection lost. Coming back…";
}

/** What is in the way of camera and microphone, in a plain sentence. */
export function problemWords({ audio, video }: Problems): string {
  const worst = video ?? audio;
  if (!worst) return "";
  const what = video && audio ? "camera and microphone" : video ? "camera" : "microphone";
  const them = video && audio ? "They are" : "It is";
  const rest = video && !audio ? " The stranger can still hear you, and you can write." : " You can still see, hear and write to strangers.";
  const why: Record<Problem, string> = {
    refused: `The browser doesn’t let this page use your ${what}. You can allow it in the address bar.`,
    absent: `No ${what} found.`,
    busy: `Your ${what} can’t be used: another program has ${video && audio ? "them" : "it"}, perhaps.`,
    insecure: `Browsers share a ${what} with secure (https) pages only.`,
    unknown: `Your ${what} didn’t start. ${them} not in use now.`,
  };
  return why[worst] + rest;
}

/** A refusal by the server, for a person. */
export function errorWords(error: ErrorEvent): string {
  switch (error.code) {
    case "rate_limited": {
      const seconds = Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000));
      if (seconds > 90) return `Too many attempts. Try again in ${Math.ceil(seconds / 60)} minutes.`;
      return `A little fast. Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
    }
    case "unanswered":
      return "The server did not answer. Try again in a moment.";
    default:
      return error.message || "That did not work.";
  }
}

/** Why another service did not sign one in, by the server's code. */
export function serviceWords(code: string): string {
  switch (code) {
    case "oauth_denied":
      return "The other service was told not to say who you are, so you’re not signed in.";
    case "oauth_state":
      return "That sign-in was not begun here, or too long ago. Begin again.";
    case "oauth_email_taken":
      return "There is an account with your e-mail address already. Sign in with its password, or have a new one sent to you.";
    case "oauth_unavailable":
      return "The other service does not answer. Try again later.";
    case "account_disabled":
      return "This account has been closed by whoever runs this server.";
    default:
      return "The other service did not say who you are. Try again, or use a password.";
  }
}

/** How one is to be seen, and what that does. */
export const STATUSES: Record<Status, { name: string; effect: string }> = {
  online: { name: "Available", effect: "You can be introduced to strangers." },
  away: { name: "Away", effect: "You’re introduced to nobody until you’re available again." },
  dnd: { name: "Busy", effect: "You’re introduced to nobody until you’re available again." },
  offline: { name: "Offline", effect: "You’re introduced to nobody until you’re available again." },
};

/** Why one is not signed in any more; nothing when one has asked for it. */
export function endedWords(reason: string): string {
  switch (reason) {
    case "logout":
      return "";
    case "deleted":
      return "The account is deleted.";
    case "disabled":
      return "This account has been closed by whoever runs this server.";
    case "password_changed":
      return "The password was changed, so you’re signed out here.";
    default:
      return "You’re signed out here.";
  }
}

/** The page's title: what a person who looks elsewhere needs to see. */
export function titleOf(call: Call, unread: number): string {
  if (unread > 0) return `(${unread}) New message – Parley`;
  if (call.phase === "looking") return "Looking… – Parley";
  if (call.phase === "talking") return "Talking – Parley";
  if (call.phase === "over") return `${partnerWords(call).split(".")[0]} – Parley`;
  return "Parley – talk to a stranger";
}
