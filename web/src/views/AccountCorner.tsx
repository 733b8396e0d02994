/** The quiet way to one's account: a button in the corner, and what it opens. Nobody has to press it. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Account } from "../account";
import type { Phase } from "../call";
import { STATUSES } from "../words";
import { Entrance } from "./Entrance";
import { faceOf } from "./Face";
import { MyAccount } from "./MyAccount";
import { NewPassword } from "./NewPassword";
import { PersonSign } from "./icons";

interface Corner {
  account: Account;
  /** Of the conversation behind it. */
  phase: Phase;
  /** Says something in passing. */
  tell: (words: string) => void;
}

export function AccountCorner({ account, phase, tell }: Corner) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const user = account.user.value;
  const arrival = account.arrival.value;
  const reset = arrival?.kind === "reset" ? arrival.token : null;
  const forgotten = arrival?.kind === "forgotten";
  const name = reset ? "A new password" : user ? "Your account" : "Sign in";
  useEffect(() => {
    if (arrival) setOpen(true);
  }, [arrival]);
  const ended = account.ended.value;
  useEffect(() => {
    // Open, the dialog says it itself.
    if (ended && !open) tell(ended);
  }, [ended]);
  // Shown once it is filled, so that the focus finds its field.
  useLayoutEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
  }, [open]);
  const close = () => dialog.current?.close();
  return (
    <>
      <button type="button" class="button account-button" data-testid="account" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {user ? (
          <span class="seen-as" data-status={user.status}>
            <img class="face" src={faceOf(user)} alt="" width="28" height="28" />
          </span>
        ) : (
          <PersonSign />
        )}
        <span class="account-name" dir="auto">
          {user ? user.username : "Sign in"}
        </span>
        {user && user.status !== "online" && <span class="visually-hidden">, {STATUSES[user.status].name}</span>}
      </button>
      <dialog
        ref={dialog}
        class="dialog account"
        aria-label={name}
        data-testid="account-dialog"
        onClose={() => {
          setOpen(false);
          account.arrival.value = null;
        }}
        onClick={(event) => {
          if (event.target === dialog.current) close();
        }}
      >
        {open && (
          <div class="account-room" key={reset ?? user?._id ?? "guest"}>
            {reset ? (
              <NewPassword account={account} token={reset} />
            ) : user && !forgotten ? (
              <MyAccount account={account} user={user} talking={phase === "talking"} close={close} />
            ) : (
              <Entrance account={account} busy={phase !== "idle"} close={close} />
            )}
          </div>
        )}
      </dialog>
    </>
  );
}
