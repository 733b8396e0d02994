/** A server's REST interface that answers as it is told, and one account's surroundings. */
import { Account } from "../../src/account";
import type { Outcome, Send, Sending } from "../../src/rest";
import type { TurnedClock } from "./clock";
import { memory } from "./wire";

export const LIFETIME_MS = 900_000;
export const user = { _id: "u1", username: "ann", avatar: "", status: "online", hasPassword: true, settings: { theme: "system" } };

let issued = 0;

/** A JWT of the shape that the server makes, good for 15 minutes. */
export function accessToken(): string {
  issued += 1;
  return `h.${btoa(JSON.stringify({ iat: 1000, exp: 1000 + LIFETIME_MS / 1000, jti: issued }))}.s`;
}

export class FakeRest {
  readonly asked: { method: string; path: string; sending: Sending | undefined }[] = [];
  readonly answers = new Map<string, (() => Outcome<unknown>)[]>();
  readonly browser = memory();
  /** The readable cookie. */
  proof: string | null = null;

  readonly send: Send = async <T>(method: string, path: string, sending?: Sending) => {
    this.asked.push({ method, path, sending });
    const answer = this.answers.get(`${method} ${path}`)?.shift()?.() ?? refused(404, "not_found");
    if (answer.ok && /login|register|refresh/.test(path)) this.anotherTabRenews();
    return answer as Outcome<T>;
  };

  /** Each answer with tokens brings the cookies, to all tabs. */
  anotherTabRenews(): void {
    issued += 1;
    this.proof = `proof ${issued}`;
  }

  will(request: string, ...answers: Outcome<unknown>[]): void {
    const before = this.answers.get(request) ?? [];
    this.answers.set(request, [...before, ...answers.map((answer) => () => answer)]);
  }

  of(path: string): (Sending | undefined)[] {
    return this.asked.filter((one) => one.path === path).map((one) => one.sending);
  }

  account(clock: TurnedClock, tab = memory()): Account {
    const { send, browser } = this;
    return new Account({ send, tab, browser, clock, proof: () => this.proof, alone: async (task) => {
        await null; // a lock is never there at once
        return task();
      },
    });
  }
}

export const fine = (body: unknown): Outcome<unknown> => ({ ok: true, body });
export const refused = (status: number, code: string): Outcome<unknown> => ({
  ok: false,
  status,
  error: { code, message: code },
});
export const signedIn = (token = accessToken()) => fine({ user, tokens: { accessToken: token, refreshToken: "r" } });
export const refreshed = (token = accessToken()) => fine({ tokens: { accessToken: token, refreshToken: "r" } });
