/**
 * Requests to the server's REST interface, and its answers.
 *
 * `send` never rejects: what cannot be reached or read is a failure `unanswered`, what is refused carries the
 * server's `code` and its words for a person.
 */
import type { ErrorEvent } from "./api/types";

export type Outcome<T> = { ok: true; body: T } | { ok: false; status: number; error: ErrorEvent };

/**
 * `token` is an access token; `body` a form or anything that JSON can say. What is `kept` goes on when the page is
 * left meanwhile, and its cookies are.
 */
export interface Sending {
  token?: string | null;
  body?: unknown;
  kept?: boolean;
}

export type Send = <T>(method: string, path: string, sending?: Sending) => Promise<Outcome<T>>;

/** `proof` is the value of the readable cookie that a request signed by cookies has to say back. */
export function sendOver(ask: typeof fetch, proof: () => string | null): Send {
  return async <T>(method: string, path: string, { token, body, kept = false }: Sending = {}): Promise<Outcome<T>> => {
    const headers: Record<string, string> = {};
    const said = proof();
    if (token) headers.authorization = `Bearer ${token}`;
    if (said) headers["x-csrf-token"] = said;
    const form = body instanceof FormData;
    if (body !== undefined && !form) headers["content-type"] = "application/json";
    const content = body === undefined ? null : form ? body : JSON.stringify(body);
    try {
      const response = await ask(path, { method, headers, body: content, credentials: "same-origin", keepalive: kept });
      const answer: unknown = await response.json();
      if (response.ok) return { ok: true, body: answer as T };
      return { ok: false, status: response.status, error: refusal(answer) };
    } catch {
      // No network, or an answer that is no JSON: either way nobody knows what became of it.
      return { ok: false, status: 0, error: { code: "unanswered", message: "" } };
    }
  };
}

function refusal(answer: unknown): ErrorEvent {
  const said = (typeof answer === "object" && answer !== null ? answer : {}) as Record<string, unknown>;
  const message = said.detail ?? said.message;
  return {
    code: typeof said.code === "string" ? said.code : "internal",
    message: typeof message === "string" ? message : "",
    ...(typeof said.retryAfterMs === "number" ? { retryAfterMs: said.retryAfterMs } : {}),
  };
}
