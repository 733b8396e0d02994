/** Blocking the stranger of this conversation, after a question: it cannot be done by a slip of the hand. */
import { useRef } from "preact/hooks";
import type { Client } from "../client";
import { BlockSign } from "./icons";

export function BlockButton({ client }: { client: Client }) {
  const dialog = useRef<HTMLDialogElement>(null);
  if (client.call.value.ended === "blocked") return null;
  return (
    <>
      <button
        type="button"
        class="button round block"
        data-testid="block"
        title="Block this stranger"
        aria-label="Block this stranger"
        aria-haspopup="dialog"
        disabled={client.link.state.value !== "up"}
        onClick={() => dialog.current?.showModal()}
      >
        <BlockSign />
      </button>
      <dialog ref={dialog} class="dialog" aria-label="Block this stranger">
        <form method="dialog">
          <h2>Block this stranger?</h2>
          <p class="aside">The conversation ends, and you two are kept apart from now on. The stranger is told only that you left.</p>
          <div class="row">
            <button class="button">Cancel</button>
            <button class="button danger" data-testid="block-sure" onClick={() => void client.block()}>
              Block
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
