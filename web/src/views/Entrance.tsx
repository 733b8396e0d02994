/** Signing in, signing up, and the way back for who has forgotten a password. A conversation goes on behind it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Account } from "../account";
import { SIGNED_IN } from "../arrival";
import type { WaysIn } from "../api/types";
import { serviceAddress } from "../ways";
import { serviceWords } from "../words";
import { AccountForm, Field } from "./AccountForm";
import { useAnswer } from "./Section";

export const PASSWORD_HINT = "8 characters or more, with upper and lower case, a digit and a special character";

type Door = "in" | "up" | "forgot";

const TITLES: Record<Door, string> = { in: "Sign in", up: "Create an account", forgot: "Forgot your password?" };

/** `busy`: there is a conversation, its end or a search for one, which must not be left for this. */
export function Entrance({ account, busy, close }: { account: Account; busy: boolean; close: () => void }) {
  const [door, setDoor] = useState<Door>(account.arrival.value?.kind === "forgotten" ? "forgot" : "in");
  const { body: ways } = useAnswer(() => account.ways.all());
  const arrival = account.arrival.value;
  const refused = arrival?.kind === "refused" ? serviceWords(arrival.code) : "";
  const other = (to: Door, testid: string, name: string) => (
    <button type="button" class="link" data-testid={testid} onClick={() => setDoor(to)}>
      {name}
    </button>
  );
  return (
    <>
      <h2>{TITLES[door]}</h2>
      {refused && door === "in" ? (
        <p class="wrong" role="alert" data-testid="refused">
          {refused}
        </p>
      ) : (
        door !== "forgot" && (
          <p class="aside" role={account.ended.value ? "alert" : undefined}>
            {account.ended.value || "You don’t need an account to talk. With one, whom you block stays blocked on every device."}
          </p>
        )
      )}
      {door === "in" && (
        <SignIn account={account} close={close}>
          {other("forgot", "forgot", "Forgot your password?")}
        </SignIn>
      )}
      {door === "up" && <SignUp account={account} close={close} />}
      {door === "forgot" && <Forgot account={account} ways={ways} />}
      {door !== "forgot" && ways && ways.providers.length > 0 && <Services ways={ways} busy={busy} />}
      <p class="other-way">
        {door === "in" ? "New here? " : door === "up" ? "You have an account? " : ""}
        {door === "in" ? other("up", "other-way", TITLES.up) : other("in", "other-way", door === "up" ? TITLES.in : "Back to sign in")}
      </p>
      <button type="button" class="button" data-testid="close" onClick={close}>
        Not now
      </button>
    </>
  );
}

function SignIn({ account, close, children }: { account: Account; close: () => void; children: ComponentChildren }) {
  return (
    <AccountForm
      name="Sign in"
      does="Sign in"
      doing="Signing in…"
      beside={children}
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
      <Field name="email" label="E-mail address" type="email" autocomplete="email" maxLength={254} />
      <Field name="password" label="Password" type="password" autocomplete="new-password" hint={PASSWORD_HINT} />
    </AccountForm>
  );
}

function Forgot({ account, ways }: { account: Account; ways: WaysIn | null }) {
  if (ways?.passwordReset === false) {
    return <p class="aside">This server sends no e-mail. Whoever runs it can give you a new password.</p>;
  }
  return (
    <AccountForm
      name="Forgot your password?"
      does="Send me a link"
      doing="Asking…"
      done="If there is an account with that address, a letter is on its way. Its link works for ten minutes."
      submit={(field) => account.ways.forgot(field("email"))}
    >
      <Field
        name="email"
        label="E-mail address of your account"
        type="email"
        autocomplete="email"
        maxLength={254}
        hint="We send a link there, by which you choose a new password."
        focus
      />
    </AccountForm>
  );
}

/** In a conversation they open beside it: going there would leave the stranger. */
function Services({ ways, busy }: { ways: WaysIn; busy: boolean }) {
  return (
    <div class="services">
      <p class="or">or</p>
      {ways.providers.map(({ id, name }) => (
        <a
          key={id}
          class="button"
          data-testid={`service-${id}`}
          href={serviceAddress(id, busy ? `/${SIGNED_IN}` : "/")}
          {...(busy ? { target: "_blank", rel: "noopener" } : {})}
        >
          Continue with {name}
          {busy && <span class="visually-hidden"> in a new tab</span>}
        </a>
      ))}
    </div>
  );
}
