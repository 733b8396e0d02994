/**
 * What the page's address brought along: a link from a letter, or the end of a sign-in with another service.
 *
 * It is in the fragment, which no server sees, and leaves the address bar at once: a secret shall not be read
 * over one's shoulder, kept in the history, or passed on with the address.
 */

export type Arrival =
  /** The mailed link for a new password. */
  | { kind: "reset"; token: string }
  /** Another service did not sign one in; `code` is the server's. */
  | { kind: "refused"; code: string }
  /** No link from a letter, but the wish for one. */
  | { kind: "forgotten" }
  /** Signed in, in a tab opened for that. */
  | { kind: "signed-in" };

/** The fragment of the address that a tab opened for signing in comes back to. */
export const SIGNED_IN = "#signed-in";

/** Null for a fragment that is nothing of ours. */
export function arrivalOf(fragment: string): Arrival | null {
  if (fragment === SIGNED_IN) return { kind: "signed-in" };
  const [, key, value] = /^#(reset|oauth_error)=([\w-]{1,100})$/.exec(fragment) ?? [];
  if (!key || !value) return null;
  return key === "reset" ? { kind: "reset", token: value } : { kind: "refused", code: value };
}

/** Takes what the address brought out of it. */
export function takeArrival(page: Pick<Window, "location" | "history">): Arrival | null {
  const { hash, pathname, search } = page.location;
  const arrival = arrivalOf(hash);
  if (arrival) page.history.replaceState(page.history.state, "", pathname + search);
  return arrival;
}
