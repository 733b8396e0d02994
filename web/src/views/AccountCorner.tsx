/** The quiet way to one's account: a button in the corner, and what it opens. Nobody has to press it. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Account } from "../account";
import { Entrance } from "./Entrance";
import { MyAccount } from "./MyAccount";
import { PersonSign } from "./icons";

export function AccountCorner({ account }: { account: Account }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const user = account.user.value;
  // Shown once it is filled, so that the focus finds its field.
  useLayoutEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  return (
    <>
      <button type="button" class="button account-button" data-testid="account" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {user?.avatar ? <img class="face" src={user.avatar} alt="" width="28" height="28" /> : <PersonSign />}
        <span class="account-name" dir="auto">
          {user ? user.username : "Sign in"}
        </span>
      </button>
      <dialog
        ref={dialog}
        class="dialog account"
        aria-label={user ? "Your account" : "Sign in"}
        data-testid="account-dialog"
        onClose={() => setOpen(false)}
        onClick={(event) => {
          if (event.target === dialog.current) dialog.current?.close();
        }}
      >
        {open && (
          <div class="account-room">
            {user ? (
              <MyAccount account={account} user={user} close={() => dialog.current?.close()} />
            ) : (
              <Entrance account={account} close={() => dialog.current?.close()} />
            )}
          </div>
        )}
      </dialog>
    </>
  );
}
