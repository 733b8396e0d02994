/** What one sees of one's own account, and the way out of it. */
import { useState } from "preact/hooks";
import type { Account } from "../account";
import type { Account as User } from "../api/types";
import { errorWords } from "../words";
import { Blocked } from "./Blocked";
import { Section } from "./Section";

export function MyAccount({ account, user, close }: { account: Account; user: User; close: () => void }) {
  const [wrong, setWrong] = useState("");
  const signOut = async () => {
    const error = await account.signOut();
    if (error) setWrong(errorWords(error));
    else close();
  };
  return (
    <>
      <div class="me">
        <img class="face big" src={user.avatar} alt="" width="56" height="56" />
        <div>
          <h2 dir="auto">{user.name || user.username}</h2>
          <p class="aside" dir="auto">
            {user.username}
            {user.email && ` · ${user.email}`}
          </p>
        </div>
      </div>
      <Section name="Blocked people" testid="blocked">
        <Blocked account={account} />
      </Section>
      <p class="wrong" role="alert">
        {wrong}
      </p>
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
