/** A labelled choice among countries or languages, or none of them. */
import type { Choice } from "../countries";

export function CodeSelect(props: {
  label: string;
  none: string;
  choices: readonly Choice[];
  value: string;
  change: (code: string) => void;
}) {
  return (
    <label class="field">
      <span>{props.label}</span>
      <select value={props.value} onChange={(event) => props.change(event.currentTarget.value)}>
        <option value="">{props.none}</option>
        {props.choices.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
