/** Signing in, and signing up. A conversation goes on behind it. */
import { useState } from "preact/hooks";
import type { Account } from "../account";
import { AccountForm, Field } from "./AccountForm";

export const PASSWORD_HINT = "8 characters or more, with upper and lower case, a digit and a special character";

export function Entrance({ account, close }: { account: Account; close: () => void }) {
  const [known, setKnown] = useState(true);
  return (
    <>
      <h2>{known ? "Sign in" : "Create an account"}</h2>
      <p class="aside">
        {account.ended.value || "You don’t need an account to talk. With one, whom you block stays blocked on every device."}
      </p>
      {known ? <SignIn key="in" account={account} close={close} /> : <SignUp key="up" account={account} close={close} />}
      <p class="other-way">
        {known ? "New here? " : "You have an account? "}
        <button type="button" class="link" data-testid="other-way" onClick={() => setKnown(!known)}>
          {known ? "Create an account" : "Sign in"}
        </button>
      </p>
      <button type="button" class="button" data-testid="close" onClick={close}>
        Not now
      </button>
    </>
  );
}

function SignIn({ account, close }: { account: Account; close: () => void }) {
  return (
    <AccountForm
      name="Sign in"
      does="Sign in"
      doing="Signing in…"
      submit={async (field) => {
        const error = await account.signIn(field("username"), field("password"));
        if (!error) close();
        return error;
      }}
    >
      <Field name="username" label="Username or e-mail address" autocomplete="username" focus />
      <Field name="password" label="Password" type="password" autocomplete="current-password" />
    </AccountForm>
  );
}

function SignUp({ account, close }: { account: Account; close: () => void }) {
  return (
    <AccountForm
      name="Create an account"
      does="Create account"
      doing="Creating it…"
      submit={async (field) => {
        const error = await account.signUp(field("username"), field("email"), field("password"));
        if (!error) close();
        return error;
      }}
    >
      <Field name="username" label="Username" autocomplete="username" hint="3 to 30 characters" maxLength={30} focus />
      <Field name="email" label="E-mail address" type="email" autocomplete="email" />
      <Field name="password" label="Password" type="password" autocomplete="new-password" hint={PASSWORD_HINT} />
    </AccountForm>
  );
}
