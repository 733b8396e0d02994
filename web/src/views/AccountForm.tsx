/** Forms about the account: named fields, what is wrong in words, and a button that waits for the server. */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ErrorEvent } from "../api/types";
import { errorWords } from "../words";
import { EyeSign } from "./icons";

interface FieldProps {
  name: string;
  label: string;
  type?: "text" | "email" | "password" | "url";
  autocomplete: string;
  value?: string;
  hint?: string;
  placeholder?: string;
  maxLength?: number;
  /** Lines of a longer text. */
  lines?: number;
  required?: boolean;
  focus?: boolean;
}

/** `value` is what it begins with. */
export function Field({ name, label, hint, focus, type = "text", required = true, value, lines, ...more }: FieldProps) {
  const [shown, setShown] = useState(false);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  // A dialog minds the attribute only when it opens. Not a moment later, when one may be typing elsewhere.
  useLayoutEffect(() => {
    if (focus) input.current?.focus();
  }, []);
  const secret = type === "password";
  const common = {
    id,
    class: "input",
    name,
    required,
    "data-testid": `field-${name}`,
    "aria-describedby": hint ? `${id}-hint` : undefined,
    defaultValue: value,
    ...more,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {lines ? (
        <textarea rows={lines} dir="auto" {...common} />
      ) : (
        <div class="input-place">
          <input
            ref={input}
            type={(secret && shown ? "text" : type) as "text"}
            autoFocus={focus}
            autocapitalize="none"
            spellcheck={false}
            dir={type === "text" ? "auto" : undefined}
            {...common}
          />
          {secret && (
            <button
              type="button"
              class="reveal"
              aria-pressed={shown}
              aria-label={`Show what is in “${label}”`}
              title={shown ? "Hide" : "Show"}
              onClick={() => setShown(!shown)}
            >
              <EyeSign off={shown} />
            </button>
          )}
        </div>
      )}
      {hint && (
        <em class="hint" id={`${id}-hint`}>
          {hint}
        </em>
      )}
    </div>
  );
}

/**
 * `submit` gets the fields, and returns what went wrong, or null. `done` is said when nothing did; a form that is
 * not `kept` is empty then.
 */
export function AccountForm(props: {
  name: string;
  does: string;
  doing: string;
  done?: string;
  kept?: boolean;
  danger?: boolean;
  submit: (fields: (name: string) => string) => Promise<ErrorEvent | null>;
  /** Stands between the fields and the button. */
  beside?: ComponentChildren;
  children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const [done, setDone] = useState("");
  const refusal = useRef<HTMLParagraphElement>(null);
  // In a small window it may be below what is in sight, and the form would seem to do nothing.
  useLayoutEffect(() => {
    if (wrong) refusal.current?.scrollIntoView({ block: "nearest" });
  }, [wrong]);
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    setBusy(true);
    setWrong("");
    setDone("");
    const error = await props.submit((name) => String(fields.get(name) ?? ""));
    setBusy(false);
    if (error) return setWrong(errorWords(error));
    if (!props.kept) form.reset();
    setDone(props.done ?? "");
  };
  return (
    <form aria-label={props.name} onSubmit={(event) => void onSubmit(event)} onInput={() => setDone("")}>
      {props.children}
      {props.beside && <p class="under">{props.beside}</p>}
      <p ref={refusal} class="wrong" role="alert" data-testid="wrong">
        {wrong}
      </p>
      <p class="done" role="status" data-testid="done">
        {done}
      </p>
      <button class={`button ${props.danger ? "danger" : "primary"}`} disabled={busy} data-testid="submit">
        {busy ? props.doing : props.does}
      </button>
    </form>
  );
}
