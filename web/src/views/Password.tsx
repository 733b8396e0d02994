/** Another password, or the first one of who came by another service. */
import type { Account } from "../account";
import type { Account as User } from "../api/types";
import { AccountForm, Field } from "./AccountForm";
import { PASSWORD_HINT } from "./Entrance";

export function Password({ account, user }: { account: Account; user: User }) {
  return (
    <>
      <p class="aside">
        {user.hasPassword
          ? "You’re signed out everywhere else then."
          : "You sign in with another service. With a password, you can do without it."}
      </p>
      <AccountForm
        name={user.hasPassword ? "Change password" : "Set a password"}
        does={user.hasPassword ? "Change password" : "Set password"}
        doing="Changing it…"
        done="Your password is changed."
        submit={(field) => account.mine.changePassword(field("current"), field("next"))}
      >
        {/* Password managers want to know whose it is. */}
        <input type="text" name="username" autocomplete="username" value={user.username} hidden readOnly />
        {user.hasPassword && (
          <Field name="current" label="Present password" type="password" autocomplete="current-password" />
        )}
        <Field name="next" label="New password" type="password" autocomplete="new-password" hint={PASSWORD_HINT} />
      </AccountForm>
    </>
  );
}
