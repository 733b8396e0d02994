/** Interests as chips: typed, ended by Enter or a comma, taken back by a click or Backspace. */
import { useState } from "preact/hooks";
import { addInterests, MAX_INTERESTS } from "../lobby";

export function InterestsField(props: { interests: readonly string[]; change: (interests: string[]) => void }) {
  const { interests, change } = props;
  const [typed, setTyped] = useState("");
  const full = interests.length >= MAX_INTERESTS;

  const add = (text: string) => {
    change(addInterests(interests, text));
    setTyped("");
  };
  const remove = (interest: string) => change(interests.filter((other) => other !== interest));
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && typed.trim() !== "") {
      event.preventDefault();
      add(typed);
    } else if (event.key === "Backspace" && typed === "" && interests.length > 0) {
      change(interests.slice(0, -1));
    }
  };

  return (
    <div class="field interests">
      <label for="interests">
        Interests <em>optional</em>
      </label>
      <div class="chips">
        {interests.map((interest) => (
          <button
            key={interest}
            type="button"
            class="chip"
            aria-label={`Remove ${interest}`}
            onClick={() => remove(interest)}
          >
            {interest}
            <span aria-hidden="true">×</span>
          </button>
        ))}
        <input
          id="interests"
          data-testid="interests"
          value={typed}
          disabled={full}
          placeholder={full ? "Ten is plenty" : interests.length > 0 ? "Another…" : "music, chess, cooking…"}
          autocomplete="off"
          autocapitalize="none"
          enterkeyhint="done"
          onInput={(event) => {
            const text = event.currentTarget.value;
            if (text.includes(",")) add(text);
            else setTyped(text);
          }}
          onKeyDown={onKey}
          onBlur={() => typed.trim() !== "" && add(typed)}
        />
      </div>
    </div>
  );
}
