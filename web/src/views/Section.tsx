/** A part of one's account that is folded until one wants it, and asks the server for nothing before that. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Outcome } from "../rest";
import { errorWords } from "../words";

export function Section({ name, testid, children }: { name: string; testid: string; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="part" name="part-of-account" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary data-testid={`part-${testid}`}>{name}</summary>
      {open && <div class="part-room">{children}</div>}
    </details>
  );
}

/** What the server has of something: null until it has answered. `again` asks anew. */
export function useAnswer<T>(ask: () => Promise<Outcome<T>>): { body: T | null; wrong: string; again: () => Promise<void> } {
  const [body, setBody] = useState<T | null>(null);
  const [wrong, setWrong] = useState("");
  const again = async () => {
    const answer = await ask();
    setWrong(answer.ok ? "" : errorWords(answer.error));
    if (answer.ok) setBody(answer.body);
  };
  useEffect(() => void again(), []);
  return { body, wrong, again };
}
