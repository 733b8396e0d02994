/** What one sees of one's own account, and the way out of it. Each part unfolds when one wants it. */
import { useState } from "preact/hooks";
import type { Account } from "../account";
import type { Account as User, ErrorEvent } from "../api/types";
import type { Status } from "../mine";
import type { Theme } from "../theme";
import { errorWords, STATUSES } from "../words";
import { Blocked } from "./Blocked";
import { Devices } from "./Devices";
import { faceOf } from "./Face";
import { MyData } from "./MyData";
import { Password } from "./Password";
import { Profile } from "./Profile";
import { Section } from "./Section";

export function MyAccount(props: { account: Account; user: User; talking: boolean; close: () => void }) {
  const { account, user, talking, close } = props;
  const [wrong, setWrong] = useState("");
  const told = (error: ErrorEvent | null) => {
    setWrong(error ? errorWords(error) : "");
    return error;
  };
  const signOut = async () => {
    if (!told(await account.signOut())) close();
  };
  return (
    <>
      <div class="myself">
        <img class="face big" src={faceOf(user)} alt="" width="56" height="56" />
        <div>
          <h2 dir="auto" tabIndex={-1} autoFocus>{user.name || user.username}</h2>
          <p class="aside" dir="auto">
            {user.username}
            {user.email && ` · ${user.email}`}
          </p>
        </div>
      </div>
      <label class="field">
        <span>Status</span>
        <select
          value={user.status}
          data-testid="status"
          onChange={(event) => void account.mine.setStatus(event.currentTarget.value as Status).then(told)}
        >
          {Object.entries(STATUSES).map(([status, { name }]) => (
            <option key={status} value={status}>
              {name}
            </option>
          ))}
        </select>
        <em class="hint" role="status">
          {STATUSES[user.status].effect}
        </em>
      </label>
      <label class="field">
        <span>Colours</span>
        <select
          value={user.settings.theme}
          data-testid="theme"
          onChange={(event) => void account.mine.wear(event.currentTarget.value as Theme).then(told)}
        >
          <option value="system">As this device has it</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
      <div>
        <Section name="Profile" testid="profile">
          <Profile account={account} user={user} />
        </Section>
        <Section name={user.hasPassword ? "Change password" : "Set a password"} testid="password">
          <Password account={account} user={user} />
        </Section>
        <Section name="Where you’re signed in" testid="devices">
          <Devices account={account} />
        </Section>
        <Section name="Blocked people" testid="blocked">
          <Blocked account={account} />
        </Section>
        <Section name="Your data" testid="data">
          <MyData account={account} user={user} />
        </Section>
      </div>
      <p class="wrong" role="alert">
        {wrong}
      </p>
      {talking && <p class="aside">Signing out, or deleting the account, ends the conversation that you’re in.</p>}
      <div class="row">
        <button type="button" class="button" data-testid="sign-out" onClick={() => void signOut()}>
          Sign out
        </button>
        <button type="button" class="button primary" data-testid="close" onClick={close}>
          Done
        </button>
      </div>
    </>
  );
}
