/** One's picture: another one, or none but the initials. */
import { useRef, useState } from "preact/hooks";
import type { Account } from "../account";
import type { Account as User, ErrorEvent } from "../api/types";
import { errorWords } from "../words";
import { squared } from "./squared";

const UNREADABLE: ErrorEvent = { code: "unreadable", message: "This browser can’t read that as a picture. Try a PNG or a JPEG." };

export function PictureChoice({ account, user }: { account: Account; user: User }) {
  const chooser = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const run = async (task: () => Promise<ErrorEvent | null>) => {
    setBusy(true);
    const error = await task();
    setBusy(false);
    setWrong(error ? errorWords(error) : "");
  };
  const put = async (file: File) => {
    const picture = await squared(file);
    return picture ? account.mine.putPicture(picture) : UNREADABLE;
  };
  return (
    <div class="picture-choice">
      <input
        ref={chooser}
        type="file"
        accept="image/*"
        hidden
        data-testid="picture-file"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) void run(() => put(file));
        }}
      />
      <button type="button" class="button" data-testid="picture-put" disabled={busy} onClick={() => chooser.current?.click()}>
        {busy ? "One moment…" : "Choose a picture"}
      </button>
      {!user.avatar.endsWith(".svg") && (
        <button
          type="button"
          class="button"
          data-testid="picture-remove"
          disabled={busy}
          onClick={() => void run(() => account.mine.removePicture())}
        >
          Remove it
        </button>
      )}
      <p class="wrong" role="alert">
        {wrong}
      </p>
    </div>
  );
}
