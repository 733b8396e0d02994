/** Forms about the account: named fields, what is wrong in words, and a button that waits for the server. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ErrorEvent } from "../api/types";
import { errorWords } from "../words";

interface FieldProps {
  name: string;
  label: string;
  type?: "text" | "email" | "password" | "url";
  autocomplete: string;
  value?: string;
  hint?: string;
  maxLength?: number;
  required?: boolean;
  focus?: boolean;
}

export function Field({ name, label, hint, focus, type = "text", required = true, ...input }: FieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        class="input"
        name={name}
        type={type as "text"}
        required={required}
        data-testid={`field-${name}`}
        autoFocus={focus}
        autocapitalize="none"
        spellcheck={false}
        dir={type === "text" ? "auto" : undefined}
        {...input}
      />
      {hint && <em class="hint">{hint}</em>}
    </label>
  );
}

/** `submit` gets the fields, and returns what went wrong, or null. */
export function AccountForm(props: {
  name: string;
  does: string;
  doing: string;
  danger?: boolean;
  submit: (fields: (name: string) => string) => Promise<ErrorEvent | null>;
  children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setWrong("");
    const error = await props.submit((name) => String(fields.get(name) ?? ""));
    setBusy(false);
    if (error) setWrong(errorWords(error));
  };
  return (
    <form aria-label={props.name} onSubmit={(event) => void onSubmit(event)}>
      {props.children}
      <p class="wrong" role="alert" data-testid="wrong">
        {wrong}
      </p>
      <button class={`button ${props.danger ? "danger" : "primary"}`} disabled={busy} data-testid="submit">
        {busy ? props.doing : props.does}
      </button>
    </form>
  );
}
