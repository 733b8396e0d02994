/** What the server keeps of oneself: to take along, and to have deleted. */
import { useState } from "preact/hooks";
import type { Account } from "../account";
import type { Account as User } from "../api/types";
import { errorWords } from "../words";
import { AccountForm, Field } from "./AccountForm";

export function MyData({ account, user }: { account: Account; user: User }) {
  const [wrong, setWrong] = useState("");
  const [leaving, setLeaving] = useState(false);
  const take = async () => {
    const answer = await account.mine.all();
    setWrong(answer.ok ? "" : errorWords(answer.error));
    if (answer.ok) save(`parley-${user.username}.json`, JSON.stringify(answer.body, null, 2));
  };
  return (
    <>
      <p class="aside">Everything that this server keeps of you, in one file: your account, where you’re signed in, whom you blocked.</p>
      <button type="button" class="button" data-testid="export" onClick={() => void take()}>
        Download my data
      </button>
      <p class="wrong" role="alert">
        {wrong}
      </p>
      {leaving ? (
        <>
          <p class="aside">
            Your profile, your picture and your blocks are deleted, and you’re signed out everywhere. Nobody can undo that. Who met
            whom, and when, is kept without your name until it expires.
          </p>
          <AccountForm
            name="Delete my account"
            does="Delete my account for good"
            doing="Deleting it…"
            danger
            submit={(field) => account.mine.remove(field("current"))}
          >
            <input type="text" name="username" autocomplete="username" value={user.username} hidden readOnly />
            {user.hasPassword && (
              <Field name="current" label="Your password" type="password" autocomplete="current-password" focus />
            )}
          </AccountForm>
          <p class="other-way">
            <button type="button" class="link" onClick={() => setLeaving(false)}>
              Keep my account
            </button>
          </p>
        </>
      ) : (
        <button type="button" class="button danger" data-testid="leave" onClick={() => setLeaving(true)}>
          Delete my account…
        </button>
      )}
    </>
  );
}

function save(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has its own hold on it by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
