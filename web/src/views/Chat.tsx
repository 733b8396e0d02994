/** What is said, and where one says it. What strangers write is text and nothing else: no link, no markup. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Line } from "../call";
import type { Client } from "../client";
import { sharedWords } from "../lobby";
import { partnerWords } from "../words";
import { NextSign, SendSign } from "./icons";

const MAX_TEXT = 2000;

export function Chat({ client, beside }: { client: Client; beside: ComponentChildren[] }) {
  const call = client.call.value;
  const over = call.phase === "over";
  const late = over || call.away;
  const partner = (
    <p
      class={`remark ${late ? "late" : ""}`}
      data-testid="partner-state"
      data-state={call.away ? "away" : (call.ended ?? "here")}
      tabIndex={over ? -1 : undefined}
      data-focus={over || undefined}
    >
      {partnerWords(call)}
    </p>
  );
  const shared = sharedWords(call.pair?.shared ?? []);
  const log = useRef<HTMLDivElement>(null);
  const mine = call.lines.filter((line) => line.from === "me").length;
  useFollow(log, `${call.lines.length} ${call.typing} ${call.phase} ${call.away}`, mine);
  return (
    <section class="chat" id="chat" aria-label="Chat">
      <div class="log" ref={log} role="log" aria-live="polite" data-testid="chat-log" tabIndex={0} aria-label="Messages">
        <div class="log-lines">
          {!late && partner}
          {shared && (
            <p class="shared" data-testid="shared">
              {shared}
            </p>
          )}
          {call.lines.map((line, index) => (
            <Bubble key={line.key} line={line} after={call.lines[index - 1]} before={call.lines[index + 1]} client={client} />
          ))}
          {late && partner}
        </div>
        {call.typing && (
          <p class="typing" data-testid="typing">
            <span class="dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            Stranger is typing
          </p>
        )}
      </div>
      <div class="foot">
        {beside.length > 0 && <div class="beside">{beside}</div>}
        {over ? (
          <button
            type="button"
            class="button primary big find-new"
            data-testid="find-new"
            aria-keyshortcuts="Escape"
            onClick={() => void client.next()}
          >
            Find someone new <kbd>Esc</kbd>
            <NextSign />
          </button>
        ) : (
          <Composer client={client} />
        )}
      </div>
    </section>
  );
}

function Bubble(props: { line: Line; after: Line | undefined; before: Line | undefined; client: Client }) {
  const { line, after, before, client } = props;
  const first = after?.from !== line.from;
  const last = before?.from !== line.from || line.delivery !== "sent";
  const time = new Date(line.at);
  return (
    <div class={`line ${line.from} ${line.delivery} ${first ? "first" : ""}`} data-from={line.from} data-delivery={line.delivery}>
      <span class="visually-hidden">{line.from === "me" ? "You: " : "Stranger: "}</span>
      <p class="bubble" dir="auto">
        {line.text}
      </p>
      {line.delivery === "failed" ? (
        <p class="meta">
          Not sent.{" "}
          {client.call.value.phase === "talking" && (
            <button type="button" class="link" onClick={() => void client.say(line.text, line.key)}>
              Try again
            </button>
          )}
        </p>
      ) : (
        last && (
          <p class="meta">
            {line.delivery === "sending" ? (
              "Sending…"
            ) : (
              <time dateTime={time.toISOString()}>
                {time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}
              </time>
            )}
          </p>
        )
      )}
    </div>
  );
}

function Composer({ client }: { client: Client }) {
  const [text, setText] = useState("");
  const area = useRef<HTMLTextAreaElement>(null);
  const left = MAX_TEXT - Array.from(text).length;
  useEffect(() => {
    // On a phone the focus would raise the keyboard over the person just met.
    if (window.matchMedia("(hover: hover)").matches) area.current?.focus({ preventScroll: true });
  }, []);
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const send = () => {
    if (text.trim() === "" || left < 0) return;
    void client.say(text);
    setText("");
    area.current?.focus({ preventScroll: true });
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={area}
        rows={1}
        value={text}
        aria-label="Message to the stranger"
        placeholder="Write something…"
        data-testid="chat-input"
        enterkeyhint="send"
        autocomplete="off"
        dir="auto"
        onInput={(event) => {
          setText(event.currentTarget.value);
          client.typed(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {left < 200 && (
        <span class={`left ${left < 0 ? "too-long" : ""}`} role="status">
          {left}
        </span>
      )}
      <button
        class="button round send"
        data-testid="chat-send"
        aria-label="Send"
        title="Send"
        disabled={text.trim() === "" || left < 0}
      >
        <SendSign />
      </button>
    </form>
  );
}

/** Keeps the newest line in sight, unless the person has scrolled up to read; what one says oneself is seen in any case. */
function useFollow(log: { current: HTMLDivElement | null }, change: string, mine: number): void {
  const following = useRef(true);
  useEffect(() => {
    const element = log.current;
    if (!element) return undefined;
    let height = element.clientHeight;
    const onScroll = () => {
      // What is being written has just grown: nobody scrolled, and the observer is next.
      if (element.clientHeight !== height) return;
      following.current = element.scrollHeight - element.scrollTop - element.clientHeight < 48;
    };
    const resized = new ResizeObserver(() => {
      height = element.clientHeight;
      if (following.current) element.scrollTop = element.scrollHeight;
    });
    element.addEventListener("scroll", onScroll, { passive: true });
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", onScroll);
      resized.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    following.current = true;
  }, [mine]);
  useLayoutEffect(() => {
    if (following.current && log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [change]);
}
