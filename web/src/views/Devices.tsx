/** Where one is signed in, and signing out there. */
import { useState } from "preact/hooks";
import type { Account } from "../account";
import { deviceWords } from "../devices";
import { errorWords } from "../words";
import { useAnswer } from "./Section";

export function Devices({ account }: { account: Account }) {
  const { body, wrong, again } = useAnswer(() => account.mine.sessions());
  const [refused, setRefused] = useState("");
  const end = async (id: string) => {
    const error = await account.mine.endSession(id);
    setRefused(error ? errorWords(error) : "");
    await again();
  };
  return (
    <>
      <ul class="entries">
        {body?.sessions.map(({ id, userAgent, address, usedAt, current }) => {
          const name = deviceWords(userAgent);
          const when = new Date(usedAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
          return (
            <li key={id} data-testid="session" data-current={current}>
              <span>
                <strong title={userAgent}>{name}</strong>
                <span class="aside">{current ? `This device · ${address}` : `${when} · ${address}`}</span>
              </span>
              {!current && (
                <button
                  type="button"
                  class="button"
                  data-testid="end-session"
                  aria-label={`Sign out ${name}, ${when}`}
                  onClick={() => void end(id)}
                >
                  Sign out
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <p class="wrong" role="alert">
        {wrong || refused}
      </p>
    </>
  );
}
