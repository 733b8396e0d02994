/**
 * Who one is beyond this conversation: an account, signed in or not. No screen, no connection.
 *
 * - What signs one in lives in cookies that no script can read; the short-lived access token lives in this
 *   tab, so that a reload is the same device at once.
 * - Tokens are renewed by one tab at a time, because each renewal makes the one before worthless.
 */
import { signal } from "@preact/signals";
import type { Account as User, BlockShown, ErrorEvent, Refreshed, SignedIn } from "./api/types";
import type { Clock } from "./clock";
import { getJson, type Keep } from "./keep";
import type { Outcome, Send } from "./rest";

export interface AccountParts {
  send: Send;
  tab: Keep;
  clock: Clock;
  /** Whether this browser has what signs one in, and a way to forget that it is worth nothing. */
  session: { has(): boolean; forget(): void };
  /** Runs a task while no other tab runs one. */
  alone: <T>(task: () => Promise<T>) => Promise<T>;
}

interface Access {
  token: string;
  /** Milliseconds since the epoch by this device's clock. */
  until: number;
}

/** Older than this before its end, a token is not shown any more. */
const MARGIN_MS = 30_000;

export class Account {
  readonly user = signal<User | null>(null);
  /** Why one is not signed in any more, until one has read it. */
  readonly ended = signal("");
  /** Called whenever somebody else is signed in than before: the connection has to follow. */
  onSignedIn: () => void = () => undefined;

  readonly #parts: AccountParts;
  #access: Access | null;
  #renewing: Promise<string | null | undefined> | null = null;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#access = readAccess(getJson(parts.tab, "access"));
  }

  /** Whether there is something to sign in with; it may prove to be worth nothing. */
  signedIn(): boolean {
    return this.#access !== null || this.#parts.session.has();
  }

  /** Finds out who was signed in here. */
  async begin(): Promise<void> {
    if (!this.signedIn()) return;
    const answer = await this.send<{ user: User }>("GET", "/api/auth/me");
    if (answer.ok) this.user.value = answer.body.user;
  }

  async signIn(name: string, password: string): Promise<ErrorEvent | null> {
    const who = name.includes("@") ? { email: name } : { username: name };
    return this.#enter(await this.#parts.send("POST", "/api/auth/login", { body: { ...who, password } }));
  }

  async signUp(username: string, email: string, password: string): Promise<ErrorEvent | null> {
    return this.#enter(await this.#parts.send("POST", "/api/auth/register", { body: { username, email, password } }));
  }

  /** The server ends the connection of a session that has ended. */
  async signOut(): Promise<ErrorEvent | null> {
    const answer = await this.send("POST", "/api/auth/logout");
    if (!answer.ok && answer.status !== 401) return answer.error;
    this.forget("");
    return null;
  }

  async blocked(): Promise<Outcome<{ blocks: BlockShown[] }>> {
    return this.send("GET", "/api/auth/blocks");
  }

  async unblock(id: string): Promise<ErrorEvent | null> {
    return failed(await this.send("DELETE", `/api/auth/block/${encodeURIComponent(id)}`));
  }

  /** A token that is good for a while; null for a guest, undefined when that cannot be told now. */
  async token(): Promise<string | null | undefined> {
    if (this.#access && this.#access.until - MARGIN_MS > this.#parts.clock.now()) return this.#access.token;
    return this.renew();
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

  /** One is not signed in any more; `why` is for the person. */
  forget(why: string): void {
    this.#hold(null);
    this.#parts.session.forget();
    if (this.user.value) this.ended.value = why;
    this.user.value = null;
  }

  /** A request as whoever is signed in; once more with the next token when this one is refused. */
  async send<T>(method: string, path: string, body?: unknown): Promise<Outcome<T>> {
    const token = await this.token();
    const answer = await this.#parts.send<T>(method, path, { token: token ?? null, body });
    if (answer.ok || answer.error.code !== "invalid_token" || !token) return answer;
    const next = await this.renew();
    return next ? this.#parts.send<T>(method, path, { token: next, body }) : answer;
  }

  async #refresh(): Promise<string | null | undefined> {
    if (!this.#parts.session.has()) {
      this.forget("You’re signed out.");
      return null;
    }
    const answer = await this.#parts.send<Refreshed>("POST", "/api/auth/refresh");
    if (answer.ok) return this.#take(answer.body.tokens?.accessToken);
    if (![400, 401, 403].includes(answer.status)) return undefined;
    this.forget("You’re signed out. Sign in again to go on with your account.");
    return null;
  }

  #enter(answer: Outcome<SignedIn>): ErrorEvent | null {
    if (!answer.ok) return answer.error;
    this.#take(answer.body.tokens?.accessToken);
    this.user.value = answer.body.user;
    this.ended.value = "";
    this.onSignedIn();
    return null;
  }

  /** A server that gives tokens as cookies alone gives none to us. */
  #take(token: string | undefined): string | null {
    this.#hold(token ? { token, until: this.#parts.clock.now() + lifetime(token) } : null);
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

function failed(answer: Outcome<unknown>): ErrorEvent | null {
  return answer.ok ? null : answer.error;
}

function readAccess(kept: unknown): Access | null {
  const { token, until } = (kept ?? {}) as Partial<Access>;
  return typeof token === "string" && typeof until === "number" ? { token, until } : null;
}
