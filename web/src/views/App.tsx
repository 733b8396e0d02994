/** The frame of every screen: header, banner, the screen itself, passing notices. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Account } from "../account";
import type { Client } from "../client";
import { countWords } from "../lobby";
import { bannerWords, stateOf, titleOf } from "../words";
import { AccountCorner } from "./AccountCorner";
import { BlockButton } from "./BlockButton";
import { Landing } from "./Landing";
import { Looking } from "./Looking";
import { Mark } from "./icons";
import { Talk } from "./Talk";

export function App({ client, account }: { client: Client; account: Account }) {
  const call = client.call.value;
  const screen = call.phase === "idle" ? "landing" : call.phase === "looking" ? "looking" : "talking";
  const main = useRef<HTMLElement>(null);
  useFocusOnChange(main, screen === "talking" ? `${call.pair?.roomId} ${call.phase}` : screen);
  useTitle(client);

  return (
    <div class="app" data-screen={screen}>
      <header class="top">
        <span class="brand">
          <Mark />
          Parley
        </span>
        {screen === "landing" ? null : <StatePill client={client} />}
        <Count client={client} />
        {screen === "talking" && <BlockButton key={call.pair?.roomId} client={client} />}
        <AccountCorner account={account} phase={call.phase} tell={(words) => client.tell(words)} />
      </header>
      <Banner client={client} />
      <main ref={main} tabIndex={-1}>
        {screen === "landing" && <Landing client={client} />}
        {screen === "looking" && <Looking client={client} account={account} />}
        {screen === "talking" && <Talk key={call.pair?.roomId} client={client} />}
      </main>
      <div class="toast-place" role="status">
        {client.toast.value && (
          <p class="toast" data-testid="toast">
            {client.toast.value}
          </p>
        )}
      </div>
    </div>
  );
}

function StatePill({ client }: { client: Client }) {
  const peer = client.peer.value;
  const video = peer && !client.textOnly.value ? { status: peer.status.value, reading: peer.reading.value } : null;
  const state = stateOf(client.call.value, client.link.state.value, video);
  return (
    <p class="state" role="status" data-testid="state" data-state={state.key}>
      {state.text}
    </p>
  );
}

function Count({ client }: { client: Client }) {
  const count = client.count.value;
  if (count === null) return <span class="count" data-testid="count" />;
  return (
    <p class="count" data-testid="count" data-count={count}>
      <span class="count-long">{countWords(count)}</span>
      <span class="count-short" aria-hidden="true">
        {count.toLocaleString("en")} here
      </span>
    </p>
  );
}

/** Said only when it lasts: a blink of the network is nobody's business. */
const BANNER_AFTER_MS = 1200;

function Banner({ client }: { client: Client }) {
  const link = client.link.state.value;
  const [late, setLate] = useState(false);
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const changed = () => setOnline(navigator.onLine);
    window.addEventListener("online", changed);
    window.addEventListener("offline", changed);
    return () => {
      window.removeEventListener("online", changed);
      window.removeEventListener("offline", changed);
    };
  }, []);
  useEffect(() => {
    setLate(false);
    if (link === "up") return undefined;
    const timer = setTimeout(() => setLate(true), BANNER_AFTER_MS);
    return () => clearTimeout(timer);
  }, [link]);
  const draining = client.link.draining.value;
  const ready = link === "up" ? client.call.value.phase === "talking" : late || draining;
  const words = ready ? bannerWords(link, { draining, online, everUp: client.everUp.value }) : "";
  return (
    <div role="status" class="banner-place">
      {words && (
        <p class="banner" data-testid="banner">
          {words}
        </p>
      )}
    </div>
  );
}

/** A screen reader and the keyboard begin where the new screen begins; not on the first page. */
function useFocusOnChange(main: { current: HTMLElement | null }, place: string): void {
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    // Whoever is writing already is where they want to be.
    if (document.activeElement instanceof HTMLTextAreaElement) return;
    const target = main.current?.querySelector<HTMLElement>("[data-focus]") ?? main.current;
    target?.focus({ preventScroll: true });
  }, [place]);
}

function useTitle(client: Client): void {
  const title = titleOf(client.call.value, client.unread.value);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    const seen = () => {
      if (!document.hidden) client.read();
    };
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, []);
}
