/** While nobody has been found yet: what is being looked for, and a way out. */
import type { Account } from "../account";
import type { Client } from "../client";
import { naming } from "../countries";
import { lookingWords, waitingWords } from "../lobby";
import { STATUSES } from "../words";
import { StopSign } from "./icons";
import { Preview } from "./Preview";

export function Looking({ client, account }: { client: Client; account: Account }) {
  const { waiting, type } = client.call.value;
  const { headline, note } = lookingWords(client.wishes.value, waiting, naming);
  // Who is not available would wait for ever, and wonder why.
  const status = account.user.value?.status ?? "online";
  const available = status === "online" || !account.connected.value;
  const video = type === "video" && !client.textOnly.value;
  return (
    <div class="looking">
      <div class="looking-words">
        <svg class="seeking" viewBox="0 0 160 100" aria-hidden="true">
          <path class="mark-one" d="M56 14a36 36 0 1 1-16 68.3L20 90l7.4-19.4A36 36 0 0 1 56 14Z" />
          <path class="mark-sought" d="M110 30a30 30 0 0 1 24.5 47.3L140 94l-17-6A30 30 0 1 1 110 30Z" />
        </svg>
        <div role="status">
          <h1 tabIndex={-1} data-focus data-testid="looking">
            {headline}
          </h1>
          <p class="note">{available && note}</p>
        </div>
        <p class="note" data-testid="waiting">
          {available && waitingWords(waiting)}
        </p>
        {!available && (
          <p class="unavailable" role="status" data-testid="unavailable">
            Your status is “{STATUSES[status].name}”, so nobody is introduced to you.{" "}
            <button type="button" class="link" data-testid="become-available" onClick={() => void account.mine.setStatus("online")}>
              Become available
            </button>
          </p>
        )}
        <button type="button" class="button big" data-testid="stop" onClick={() => client.stop()}>
          <StopSign /> Stop
        </button>
      </div>
      {video && <Preview client={client} setUp={false} />}
    </div>
  );
}
