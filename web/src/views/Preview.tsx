/** One's own picture before and while looking, and what to do when there is none. */
import { useState } from "preact/hooks";
import type { Client } from "../client";
import { problemWords } from "../words";
import { CameraSign } from "./icons";
import { OwnPicture } from "./Picture";

export function Preview({ client, setUp }: { client: Client; setUp: boolean }) {
  const { media } = client;
  return (
    <div class="preview">
      <div class="preview-frame">
        {media.video.value ? (
          <OwnPicture track={media.video.value} />
        ) : (
          <div class="preview-none">
            <CameraSign off />
            {media.asking.value ? (
              <p>Your browser is asking whether Parley may use your camera.</p>
            ) : (
              <>
                <button type="button" class="button" data-testid="camera-on" onClick={() => void media.tryAgain()}>
                  Turn on camera
                </button>
                {setUp && <p class="preview-hint">Or just start: you can see, hear and write without one, too.</p>}
              </>
            )}
          </div>
        )}
      </div>
      <MediaProblem client={client} />
      {setUp && media.isOpen.value && <DevicePicker client={client} />}
    </div>
  );
}

/** A plain sentence about what is in the way, and a way to try again. */
export function MediaProblem({ client }: { client: Client }) {
  const { media } = client;
  const words = problemWords(media.problems.value);
  if (!words || media.asking.value) return null;
  return (
    <p class="media-problem" role="status" data-testid="media-problem">
      {words}{" "}
      <button type="button" class="link" onClick={() => void media.tryAgain()}>
        Try again
      </button>
    </p>
  );
}

export function DevicePicker({ client }: { client: Client }) {
  return (
    <div class="devices">
      <DeviceSelect client={client} kind="video" label="Camera" />
      <DeviceSelect client={client} kind="audio" label="Microphone" />
    </div>
  );
}

function DeviceSelect(props: { client: Client; kind: "audio" | "video"; label: string }) {
  const { kind, label } = props;
  const { media } = props.client;
  const [busy, setBusy] = useState(false);
  const devices = media.available.value.filter((device) => device.kind === `${kind}input` && device.deviceId);
  const track = media[kind].value;
  if (devices.length === 0) return null;
  const choose = async (deviceId: string) => {
    setBusy(true);
    await media.choose(kind, deviceId);
    setBusy(false);
  };
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={track ? media.chosen(kind) : ""}
        disabled={busy}
        onChange={(event) => void choose(event.currentTarget.value)}
      >
        {!track && <option value="">None</option>}
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </label>
  );
}
