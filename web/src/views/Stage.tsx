/** The stranger large, oneself small, and what is to be said over the picture. */
import type { Client } from "../client";
import { CameraSign } from "./icons";
import { OwnPicture, StrangersPicture } from "./Picture";
import { MediaProblem } from "./Preview";

export function Stage({ client }: { client: Client }) {
  const { media } = client;
  const peer = client.peer.value;
  const words = veilOver(client);
  return (
    <section class="stage" aria-label="Video">
      <StrangersPicture tracks={peer?.remote.value ?? []} />
      {words && (
        <div class={`veil ${words.thin ? "thin" : ""}`}>
          <p>{words.text}</p>
        </div>
      )}
      <div class="own">
        {media.video.value ? (
          <OwnPicture track={media.video.value} />
        ) : (
          <div class="own-none">
            <CameraSign off />
            <span>{media.asking.value ? "Asking…" : "Camera off"}</span>
          </div>
        )}
      </div>
      {client.call.value.phase === "talking" && <MediaProblem client={client} />}
    </section>
  );
}

/** What stands before the picture; nothing while the stranger can be seen. `thin` lets it shine through. */
function veilOver(client: Client): { text: string; thin: boolean } | null {
  const call = client.call.value;
  const thick = (text: string) => ({ text, thin: false });
  const thin = (text: string) => ({ text, thin: true });
  if (call.phase === "over") return thick("Conversation over");
  if (call.away) return thin("Stranger’s connection dropped. Waiting for them…");
  const peer = client.peer.value;
  if (!peer) return thick("This browser has no video calls. You can write.");
  switch (peer.status.value) {
    case "connecting":
      return thick("Found someone. Connecting video…");
    case "reconnecting":
      return thin("Video dropped. Reconnecting…");
    case "failed":
      return thick("No video connection could be made between you two. You can still write.");
    case "connected":
      switch (peer.reading.value.picture) {
        case "awaited":
          return thick("Found someone. Connecting video…");
        case "moving":
          return null;
        case "still":
          return thick("Stranger’s camera is off");
      }
  }
}
