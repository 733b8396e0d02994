/**
 * Keeps the connection and the account the same person, without leaving a conversation for it.
 *
 * Signing in shows the new token on the connection that stands; a token that is too old is followed by the
 * next one; a session that has ended leaves a guest; a status set on another device is seen here, too.
 */
import { effect } from "@preact/signals";
import type { Account } from "./account";
import type { Clock } from "./clock";
import type { Link } from "./socket";
import { endedWords } from "./words";

const AGAIN_MS = 5000;

export function present(link: Link, account: Account, clock: Clock): void {
  // Who has never chosen a status is offline until the connection is theirs, and then available.
  const connected = (): void => {
    account.connected.value = true;
    if (account.user.value?.status === "offline") void account.reread();
  };
  const show = async (): Promise<void> => {
    const token = await account.pass();
    if (token === undefined) {
      clock.after(AGAIN_MS, () => void show());
      return;
    }
    // Without a connection, the next one begins with the token.
    if (token === null || link.state.value !== "up") return;
    const answer = await link.request("authenticate", { token });
    if (answer.ok) {
      link.forgetGuest();
      connected();
    }
    // The connection is somebody else's, or its server does not know this token: begin another.
    else if (answer.error.code !== "unanswered") link.reconnect();
  };
  account.onSignedIn = () => void show();
  link.on("session", ({ actor }) => {
    if (actor.kind === "user") connected();
    else account.connected.value = false;
  });
  link.on("token_expired", () => {
    account.refused();
    void show();
  });
  link.on("session_ended", ({ reason }) => void account.sessionEnded(endedWords(reason)));
  link.on("user_status_changed", ({ userId, status, customStatus }) => {
    if (userId === account.user.value?._id) account.mine.heard({ status, customStatus });
  });
  effect(() => {
    // Who one is may not have been known while the server was out of reach.
    if (link.state.value === "up") void account.look();
  });
}
