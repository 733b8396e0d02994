/** Two people talking, or having talked: the stranger, oneself, the words, and what one can do. */
import { useEffect, useState } from "preact/hooks";
import type { Client } from "../client";
import { Chat } from "./Chat";
import { MediaControls, WayControls } from "./Controls";
import { Stage } from "./Stage";
import { useNextByEscape } from "./escape";

export function Talk({ client }: { client: Client }) {
  const call = client.call.value;
  const video = call.type === "video";
  const staged = video && !client.textOnly.value;
  const [unfolded, setChatOpen] = useState(true);
  // At the end the way onward is in the chat, so that is shown then.
  const chatOpen = unfolded || call.phase === "over";
  useNextByEscape(client);
  // What comes in while the chat is folded away counts as unread; unfolding reads it.
  const [readUpTo, setReadUpTo] = useState(0);
  const incoming = call.lines.filter((line) => line.from === "stranger").length;
  useEffect(() => {
    if (chatOpen) setReadUpTo(incoming);
  }, [chatOpen, incoming]);

  const ways = <WayControls client={client} />;
  if (!staged) {
    return (
      <div class="talk words">
        <h1 class="visually-hidden">Conversation with a stranger</h1>
        <Chat client={client} beside={video ? [<MediaControls client={client} />, ways] : [ways]} />
      </div>
    );
  }
  return (
    <div class={`talk staged ${chatOpen ? "" : "folded"}`}>
      <h1 class="visually-hidden">Conversation with a stranger</h1>
      <Stage client={client} />
      <div class="controls" role="group" aria-label="Conversation">
        <MediaControls
          client={client}
          chat={
            call.phase === "over"
              ? undefined
              : { open: chatOpen, unread: incoming - readUpTo, toggle: () => setChatOpen(!chatOpen) }
          }
        />
        {ways}
      </div>
      <Chat client={client} beside={[]} />
    </div>
  );
}
