/** Where the mailed link leads: choosing a new password. */
import { useState } from "preact/hooks";
import type { Account } from "../account";
import { AccountForm, Field } from "./AccountForm";
import { PASSWORD_HINT } from "./Entrance";

export function NewPassword({ account, token }: { account: Account; token: string }) {
  const [done, setDone] = useState(false);
  const [stale, setStale] = useState(false);
  // Whoever is signed in here may be somebody else, so nobody is signed in by the way.
  const onward = () => (account.arrival.value = null);
  if (done) {
    return (
      <>
        <h2>Your password is changed</h2>
        <p class="aside" role="status" data-testid="reset-done">
          Your account is signed out everywhere. Sign in with the new password to go on.
        </p>
        <button type="button" class="button primary" data-testid="onward" autoFocus onClick={onward}>
          {account.user.value ? "Go on" : "Sign in"}
        </button>
      </>
    );
  }
  return (
    <>
      <h2>Choose a new password</h2>
      <AccountForm
        name="Choose a new password"
        does="Change password"
        doing="Changing it…"
        submit={async (field) => {
          const error = await account.ways.reset(token, field("password"));
          if (!error) setDone(true);
          setStale(error?.code === "invalid_reset");
          return error;
        }}
      >
        <Field name="password" label="New password" type="password" autocomplete="new-password" hint={PASSWORD_HINT} focus />
      </AccountForm>
      <p class="other-way">
        {stale ? (
          <button
            type="button"
            class="link"
            data-testid="another-link"
            onClick={() => (account.arrival.value = { kind: "forgotten" })}
          >
            Have another link sent
          </button>
        ) : (
          <button type="button" class="link" data-testid="onward" onClick={onward}>
            Never mind
          </button>
        )}
      </p>
    </>
  );
}
