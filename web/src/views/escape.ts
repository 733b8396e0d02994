/** Esc goes on to the next stranger: pressed twice in a conversation, once after its end. */
import { useEffect, useState } from "preact/hooks";
import type { Client } from "../client";

const SECOND_WITHIN_MS = 2500;

/** True after the first Esc, while the second one counts. */
export function useNextByEscape(client: Client): boolean {
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    // Kept here and not in the state: two quick presses come before the state is drawn.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const disarm = () => {
      clearTimeout(timer);
      timer = undefined;
      setArmed(false);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing || event.repeat) return;
      if (document.querySelector("dialog[open]")) return;
      event.preventDefault();
      if (timer === undefined && client.call.value.phase !== "over") {
        timer = setTimeout(disarm, SECOND_WITHIN_MS);
        setArmed(true);
      } else {
        disarm();
        void client.next();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
      clearTimeout(timer);
    };
  }, [client]);
  return armed;
}
