/** Whom one has blocked, without learning who a stranger was. */
import { useState } from "preact/hooks";
import type { Account } from "../account";
import { errorWords } from "../words";
import { useAnswer } from "./Section";

export function Blocked({ account }: { account: Account }) {
  const { body, wrong, again } = useAnswer(() => account.mine.blocked());
  const [refused, setRefused] = useState("");
  const unblock = async (id: string) => {
    const error = await account.mine.unblock(id);
    setRefused(error ? errorWords(error) : "");
    await again();
  };
  return (
    <>
      {body?.blocks.length === 0 && <p class="aside">Nobody. You can block a stranger while you talk, or right after.</p>}
      {body && body.blocks.length > 0 && (
        <ul class="entries">
          {body.blocks.map(({ id, blockedAt, user }) => {
            const name = user?.username ?? "A stranger";
            const when = new Date(blockedAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
            return (
              <li key={id} data-testid="blocked">
                <span>
                  <strong dir="auto">{name}</strong>
                  <span class="aside">{when}</span>
                </span>
                <button
                  type="button"
                  class="button"
                  data-testid="unblock"
                  aria-label={`Unblock ${name}, blocked ${when}`}
                  onClick={() => void unblock(id)}
                >
                  Unblock
                </button>
              </li>
            );
          })}
        </ul>
      )}
      <p class="wrong" role="alert">
        {wrong || refused}
      </p>
    </>
  );
}
