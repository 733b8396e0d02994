/** The buttons of a conversation. */
import { useRef } from "preact/hooks";
import type { Client } from "../client";
import { BackSign, CameraSign, ChatSign, DevicesSign, MicrophoneSign, NextSign, StopSign, WordsSign } from "./icons";
import { DevicePicker } from "./Preview";

/** Onward and out. */
export function WayControls({ client }: { client: Client }) {
  const over = client.call.value.phase === "over";
  if (over) {
    return (
      <div class="ways">
        <button type="button" class="button" data-testid="stop" onClick={() => client.stop()}>
          <BackSign /> <span>Back to start</span>
        </button>
      </div>
    );
  }
  return (
    <div class="ways">
      <button type="button" class="button" data-testid="stop" onClick={() => client.stop()}>
        <StopSign /> <span class="label">Stop</span>
      </button>
      <button
        type="button"
        class="button primary"
        data-testid="next"
        disabled={client.link.state.value !== "up"}
        aria-keyshortcuts="Escape"
        onClick={() => void client.next()}
      >
        Next <kbd>Esc</kbd>
        <NextSign />
      </button>
    </div>
  );
}

export interface ChatFold {
  open: boolean;
  unread: number;
  toggle: () => void;
}

export function MediaControls({ client, chat }: { client: Client; chat?: ChatFold | undefined }) {
  const { media } = client;
  const textOnly = client.textOnly.value;
  const camera = media.video.value !== null;
  const muted = media.muted.value || media.audio.value === null;
  const turnMicrophone = () => {
    if (media.audio.value) media.mute(!media.muted.value);
    else void media.open();
  };
  return (
    <div class="media-controls">
      {!textOnly && (
        <>
          <Toggle testid="mute" on={!muted} name={muted ? "Unmute" : "Mute"} press={turnMicrophone}>
            <MicrophoneSign off={muted} />
          </Toggle>
          <Toggle
            testid="camera"
            on={camera}
            name={camera ? "Turn camera off" : "Turn camera on"}
            press={() => void media.turnCamera(!camera)}
          >
            <CameraSign off={!camera} />
          </Toggle>
        </>
      )}
      {textOnly ? (
        <button
          type="button"
          class="button"
          data-testid="text-only"
          data-on={false}
          onClick={() => void client.writeOnly(false)}
        >
          <CameraSign off={false} /> Back to video
        </button>
      ) : (
        <Toggle testid="text-only" on name="Text only" press={() => void client.writeOnly(true)}>
          <WordsSign />
        </Toggle>
      )}
      {!textOnly && <DevicesButton client={client} />}
      {chat && (
        <button
          type="button"
          class="button round fold"
          data-testid="chat-toggle"
          aria-expanded={chat.open}
          aria-controls="chat"
          title={chat.open ? "Hide chat" : "Show chat"}
          onClick={chat.toggle}
        >
          <ChatSign />
          <span class="visually-hidden">{chat.open ? "Hide chat" : "Show chat"}</span>
          {chat.unread > 0 && <span class="badge">{chat.unread}</span>}
        </button>
      )}
    </div>
  );
}

function Toggle(props: {
  testid: string;
  on: boolean;
  name: string;
  press: () => void;
  children: preact.ComponentChildren;
}) {
  return (
    <button
      type="button"
      class={`button round ${props.on ? "" : "off"}`}
      data-testid={props.testid}
      data-on={props.on}
      title={props.name}
      aria-label={props.name}
      onClick={props.press}
    >
      {props.children}
    </button>
  );
}

function DevicesButton({ client }: { client: Client }) {
  const dialog = useRef<HTMLDialogElement>(null);
  if (!client.media.isOpen.value) return null;
  return (
    <>
      <button
        type="button"
        class="button round settings"
        data-testid="devices"
        title="Camera and microphone"
        aria-label="Camera and microphone"
        onClick={() => dialog.current?.showModal()}
      >
        <DevicesSign />
      </button>
      <dialog ref={dialog} class="dialog" aria-label="Camera and microphone">
        <form method="dialog">
          <h2>Camera and microphone</h2>
          <DevicePicker client={client} />
          <button class="button primary">Done</button>
        </form>
      </dialog>
    </>
  );
}
