/** Esc goes on to the next stranger, unless it has a dialog to close. */
import { useEffect } from "preact/hooks";
import type { Client } from "../client";

export function useNextByEscape(client: Client): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing || event.repeat) return;
      if (document.querySelector("dialog[open]")) return;
      event.preventDefault();
      void client.next();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [client]);
}
