import { describe, expect, it } from "vitest";
import { sendOver } from "../src/rest";

describe("a request", () => {
  const answering = (response: Response) => {
    const asked: [unknown, RequestInit | undefined][] = [];
    const ask = async (path: unknown, init?: RequestInit) => {
      asked.push([path, init]);
      return response;
    };
    return { asked, send: sendOver(ask as typeof fetch, () => "proof") };
  };

  it("says who asks, and proves the page", async () => {
    const { asked, send } = answering(Response.json({ success: true }));
    expect(await send("POST", "/x", { token: "t", body: { a: 1 } })).toEqual({ ok: true, body: { success: true } });
    expect(asked[0]?.[1]).toMatchObject({
      method: "POST",
      body: '{"a":1}',
      headers: { authorization: "Bearer t", "x-csrf-token": "proof", "content-type": "application/json" },
    });
  });

  it("that is refused has the server's words", async () => {
    const problem = { code: "rate_limited", message: "m", detail: "d", retryAfterMs: 5 };
    const { send } = answering(Response.json(problem, { status: 429 }));
    expect(await send("GET", "/x")).toEqual({
      ok: false,
      status: 429,
      error: { code: "rate_limited", message: "d", retryAfterMs: 5 },
    });
  });

  it("that gets no answer, or none that can be read, fails in words", async () => {
    const { send } = answering(new Response("<html>", { status: 502 }));
    expect(await send("GET", "/x")).toMatchObject({ ok: false, status: 0, error: { code: "unanswered" } });
  });
});
