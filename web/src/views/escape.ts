/** Esc goes on to the next stranger: pressed twice in a conversation, once after its end. */
import { useEffect, useState } from "preact/hooks";
import type { Client } from "../client";

const SECOND_WITHIN_MS = 2500;

/** True after the first Esc, while the second one counts. */
export function useNextByEscape(client: Client): boolean {
  const [armed, setArmed] = useState(false);
  const phase = client.call.value.phase;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing || event.repeat) return;
      if (document.querySelector("dialog[open]")) return;
      event.preventDefault();
      if (phase === "over" || armed) {
        setArmed(false);
        void client.next();
      } else {
        setArmed(true);
      }
    };
    window.addEventListener("keydown", onKey);
    const timer = armed ? setTimeout(() => setArmed(false), SECOND_WITHIN_MS) : undefined;
    return () => {
      window.removeEventListener("keydown", onKey);
      clearTimeout(timer);
    };
  }, [armed, phase]);
  return armed;
}
