/** The stranger large, oneself small, and what is to be said over the picture. */
import type { Client } from "../client";
import { CameraSign } from "./icons";
import { OwnPicture, StrangersPicture } from "./Picture";
import { MediaProblem } from "./Preview";

export function Stage({ client }: { client: Client }) {
  const { media } = client;
  const peer = client.peer.value;
  const words = overlay(client);
  return (
    <section class="stage" aria-label="Video">
      <StrangersPicture tracks={peer?.remote.value ?? []} />
      {words && (
        <div class="veil">
          <p>{words}</p>
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

/** Nothing while the stranger can be seen. */
function overlay(client: Client): string {
  const call = client.call.value;
  if (call.phase === "over") return "Conversation over";
  if (call.away) return "Stranger’s connection dropped. Waiting for them…";
  const peer = client.peer.value;
  if (!peer) return "This browser has no video calls. You can write.";
  switch (peer.status.value) {
    case "connecting":
      return "Found someone. Connecting video…";
    case "reconnecting":
      return "Video dropped. Reconnecting…";
    case "failed":
      return "No video connection could be made between you two. You can still write.";
    case "connected":
      return peer.reading.value.still && peer.reading.value.path ? "Stranger’s camera is off" : "";
  }
}
