/**
 * Who one is beyond this conversation: an account, signed in or not. No screen, no connection.
 *
 * - What signs one in lives in cookies that no script can read; the short-lived access token lives in this
 *   tab, so that a reload is the same device at once.
 * - Tokens are renewed by one tab at a time, because each renewal makes the one before worthless.
 */
import { signal } from "@preact/signals";
import type { Account as User, ErrorEvent, Refreshed, SignedIn, SocketToken } from "./api/types";
import type { Arrival } from "./arrival";
import type { Clock } from "./clock";
import { getJson, type Keep } from "./keep";
import { Mine } from "./mine";
import type { Outcome, Send } from "./rest";
import { Ways } from "./ways";

export interface AccountParts {
  send: Send;
  tab: Keep;
  /** Shared by all tabs. */
  browser: Keep;
  clock: Clock;
  /** The readable one of the cookies that sign this browser in; another one after each renewal, in any tab. */
  proof: () => string | null;
  /** Runs a task while no other tab runs one. */
  alone: <T>(task: () => Promise<T>) => Promise<T>;
}

interface Access {
  /** Empty where the server gives tokens as cookies alone. */
  token: string;
  /** Milliseconds since the epoch by this device's clock. */
  until: number;
  /** The proof that came with it. */
  proof: string | null;
}

/** Older than this before its end, a token is not shown any more. */
const MARGIN_MS = 30_000;
/** A cookie that nobody can read is taken to be good for so long; the server says when it is not. */
const UNREAD_MS = 600_000;
/** What the server calls a token that another one may do better than, and a cookie that has expired. */
const STALE = new Set(["invalid_token", "unauthorized"]);
const SIGNED_OUT = { ok: false, status: 401, error: { code: "unauthorized", message: "You’re signed out." } } as const;

export class Account {
  readonly user = signal<User | null>(null);
  /** Whether the connection is one's own, too, and no guest's. */
  readonly connected = signal(false);
  /** Why one is not signed in any more, until one is again. */
  readonly ended = signal("");
  /** What the page's address brought along, until one is through with it. */
  readonly arrival = signal<Arrival | null>(null);
  readonly mine = new Mine(this);
  readonly ways: Ways;
  /** Called whenever somebody else is signed in than before: the connection has to follow. */
  onSignedIn: () => void = () => undefined;

  readonly #parts: AccountParts;
  #access: Access | null;
  #renewing: Promise<string | null | undefined> | null = null;
  #looking: Promise<void> | null = null;
  #leaving = false;
  #worthless: string | null = null;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.ways = new Ways(parts.send);
    const kept = readAccess(getJson(parts.tab, "access"));
    // Somebody may have signed in since, in another tab or with another service.
    this.#access = kept?.proof === this.#proof() ? kept : null;
  }

  /** Whether there is something to sign in with; it may prove to be worth nothing. */
  signedIn(): boolean {
    return this.#access !== null || this.#proof() !== null;
  }

  /** Finds out who is signed in here: on a new page, after another tab, after the server was out of reach. */
  look(): Promise<void> {
    if (this.user.value || !this.signedIn()) return Promise.resolve();
    this.#looking ??= this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  /** Asks anew what the account is like. */
  async reread(): Promise<void> {
    const answer = await this.send<{ user: User }>("GET", "/api/auth/me");
    if (answer.ok) this.mine.heard(answer.body.user);
  }

  async #look(): Promise<void> {
    const answer = await this.send<{ user: User }>("GET", "/api/auth/me");
    if (answer.ok) this.#become(answer.body.user);
  }

  async signIn(name: string, password: string): Promise<ErrorEvent | null> {
    const who = name.includes("@") ? { email: name } : { username: name };
    return this.#enter(await this.#parts.send("POST", "/api/auth/login", { body: { ...who, password } }));
  }

  async signUp(username: string, email: string, password: string): Promise<ErrorEvent | null> {
    return this.#enter(await this.#parts.send("POST", "/api/auth/register", { body: { username, email, password } }));
  }

  async signOut(): Promise<ErrorEvent | null> {
    const answer = await this.leave(() => this.send("POST", "/api/auth/logout"));
    if (!answer.ok && !STALE.has(answer.error.code)) return answer.error;
    this.forget("");
    return null;
  }

  /** Asks the server to end this browser's session, which the connection may hear of before the answer is here. */
  async leave<T>(ask: () => Promise<T>): Promise<T> {
    this.#leaving = true;
    try {
      return await ask();
    } finally {
      this.#leaving = false;
    }
  }

  /** A token that is good for a while; null for a guest, undefined when that cannot be told now. */
  async token(): Promise<string | null | undefined> {
    if (this.#access && this.#access.until - MARGIN_MS > this.#parts.clock.now()) return this.#access.token || null;
    return this.renew();
  }

  /**
   * What shows a connection who one is, to be shown at once: the token, or one for this connection alone where no
   * script gets a token. Null for a guest, undefined when that cannot be told now.
   */
  async pass(): Promise<string | null | undefined> {
    const token = await this.token();
    if (token !== null || !this.signedIn()) return token;
    const answer = await this.send<SocketToken>("POST", "/api/auth/socket-token");
    if (answer.ok) return answer.body.token;
    return this.signedIn() ? undefined : null;
  }

  /** The next token, whatever the present one is worth. */
  renew(): Promise<string | null | undefined> {
    this.#renewing ??= this.#parts.alone(() => this.#refresh()).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /** The server did not believe the token: the next one may do. */
  refused(): void {
    this.#hold(null);
  }

  /** One is not signed in any more; `why` is for the person. The cookies that came with `proof` are worth nothing. */
  forget(why: string, proof = this.#access?.proof ?? this.#proof()): void {
    this.#hold(null);
    if (proof !== null) {
      // Deleting the cookie could hit those of somebody who signs in at this moment in another tab.
      this.#worthless = proof;
      this.#parts.browser.set("worthless", proof);
    }
    if (this.user.value) this.ended.value = why;
    this.user.value = null;
  }

  /** The session of this tab's connection has ended. Where another has begun since, in another tab, that one counts. */
  async sessionEnded(why: string): Promise<void> {
    // One's own doing: another tab may have renewed the session since, and its cookie is worth nothing either.
    if (this.#leaving) return this.forget(why, this.#proof());
    const proof = this.#access?.proof;
    if (proof === undefined || proof === this.#proof()) return this.forget(why);
    this.#hold(null);
    this.user.value = null;
    await this.look();
    if (!this.user.value) this.ended.value = why;
  }

  /** A request as whoever is signed in; once more with the next token when this one is refused. */
  async send<T>(method: string, path: string, body?: unknown): Promise<Outcome<T>> {
    const token = await this.token();
    // Signed out while it was waited for the next token, in another tab or in this one.
    if (!token && !this.signedIn()) return SIGNED_OUT;
    const answer = await this.#parts.send<T>(method, path, { token: token ?? null, body });
    if (answer.ok || !STALE.has(answer.error.code) || !this.signedIn()) return answer;
    const next = await this.renew();
    if (next === undefined || !this.signedIn()) return answer;
    return this.#parts.send<T>(method, path, { token: next, body });
  }

  async #refresh(): Promise<string | null | undefined> {
    const proof = this.#proof();
    if (proof === null) {
      this.forget("You’re signed out.");
      return null;
    }
    // A page that is left before the answer would lose the next token, when the one before is worth nothing already.
    const answer = await this.#parts.send<Refreshed>("POST", "/api/auth/refresh", { kept: true });
    if (answer.ok) return this.#take(answer.body.tokens?.accessToken);
    // Refused, though another tab has signed in meanwhile: that is worth another try.
    if (![400, 401, 403].includes(answer.status) || this.#proof() !== proof) return undefined;
    this.forget("You’re signed out. Sign in again to go on with your account.", proof);
    return null;
  }

  #proof(): string | null {
    const proof = this.#parts.proof();
    return proof === this.#worthless || proof === this.#parts.browser.get("worthless") ? null : proof;
  }

  #enter(answer: Outcome<SignedIn>): ErrorEvent | null {
    if (!answer.ok) return answer.error;
    this.#take(answer.body.tokens?.accessToken);
    this.#become(answer.body.user);
    return null;
  }

  #become(user: User): void {
    this.user.value = user;
    this.ended.value = "";
    this.onSignedIn();
  }

  /** A server that gives tokens as cookies alone gives none to us. */
  #take(token: string | undefined): string | null {
    const until = this.#parts.clock.now() + (token ? lifetime(token) : UNREAD_MS);
    this.#hold({ token: token ?? "", until, proof: this.#proof() });
    return token ?? null;
  }

  #hold(access: Access | null): void {
    this.#access = access;
    this.#parts.tab.set("access", access && JSON.stringify(access));
  }
}

/** How long a JWT is good for, in ms, whatever this device's clock shows; 0 for what cannot be read. */
export function lifetime(token: string): number {
  try {
    const text = atob((token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/"));
    const { exp, iat } = JSON.parse(text) as { exp?: unknown; iat?: unknown };
    return typeof exp === "number" && typeof iat === "number" ? (exp - iat) * 1000 : 0;
  } catch {
    return 0;
  }
}

function readAccess(kept: unknown): Access | null {
  const { token, until, proof } = (kept ?? {}) as Partial<Access>;
  return typeof token === "string" && typeof until === "number" && typeof proof === "string"
    ? { token, until, proof }
    : null;
}
