/** Ways into an account beside its password: other services, and a letter for who has forgotten it. */
import type { ErrorEvent, WaysIn } from "./api/types";
import type { Outcome, Send } from "./rest";

export class Ways {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Those that are set up on this server. */
  all(): Promise<Outcome<WaysIn>> {
    return this.#send("GET", "/api/auth/providers");
  }

  /** Has a link sent. The server says the same whether or not there is such an account. */
  async forgot(email: string): Promise<ErrorEvent | null> {
    return failed(await this.#send("POST", "/api/auth/password/forgot", { body: { email } }));
  }

  /** Redeems the link's token; all sessions of the account end. */
  async reset(token: string, newPassword: string): Promise<ErrorEvent | null> {
    return failed(await this.#send("POST", "/api/auth/password/reset", { body: { token, newPassword } }));
  }
}

/** Where to go to sign in with another service. `after`: the page that one comes back to. */
export function serviceAddress(id: string, after: string): string {
  return `/api/auth/oauth/${encodeURIComponent(id)}?next=${encodeURIComponent(after)}`;
}

function failed(answer: Outcome<unknown>): ErrorEvent | null {
  return answer.ok ? null : answer.error;
}
