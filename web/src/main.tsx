/** Puts the client together with the browser it runs in. The only module that reaches for globals. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { io, XHR } from "socket.io-client";
import { Account } from "./account";
import { takeArrival } from "./arrival";
import type { IceServers } from "./api/types";
import { Client } from "./client";
import { wallClock } from "./clock";
import { iceServersFrom } from "./ice";
import { keepIn } from "./keep";
import { Media } from "./media";
import { Peer } from "./peer";
import { present } from "./presence";
import { sendOver } from "./rest";
import { type Dial, Link } from "./socket";
import { wear, wornBefore } from "./theme";
import { LastingWebSocket } from "./transport";
import { App } from "./views/App";
import { fitViewport } from "./viewport";
import "./styles/theme.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/landing.css";
import "./styles/looking.css";
import "./styles/talk.css";
import "./styles/chat.css";
import "./styles/account.css";

const dial: Dial = (auth) =>
  io({
    autoConnect: false,
    auth,
    transports: [LastingWebSocket, XHR],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 4000,
  });

const report = (what: string, reason: unknown) => console.warn(`${what}:`, reason);

const browser = keepIn(() => localStorage);
const tab = keepIn(() => sessionStorage);

/** The cookie that comes with those which no script can read. */
const csrf = () => /(?:^|; )csrf_token=([^;]*)/.exec(document.cookie)?.[1] || null;
const account = new Account({
  send: sendOver((...request) => fetch(...request), csrf),
  tab,
  browser,
  clock: wallClock,
  proof: csrf,
  // Browsers have locks in secure contexts alone.
  alone: (task) => ("locks" in navigator ? navigator.locks.request("parley.account", task) : task()),
});
const link = new Link({ dial, tab, clock: wallClock, jitter: Math.random, who: account });
present(link, account, wallClock);

const media = new Media(navigator.mediaDevices, browser, async (kind) => {
  const name = kind === "audio" ? "microphone" : "camera";
  try {
    const permission = await navigator.permissions.query({ name: name as PermissionName });
    return permission.state === "granted";
  } catch {
    // A browser that does not know the question: then nothing is known to be granted.
    return false;
  }
});

const iceServers = iceServersFrom(async () => {
  const response = await fetch("/api/ice-servers");
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as IceServers;
}, wallClock, report);

const client = new Client({
  link,
  media,
  browser,
  tab,
  clock: wallClock,
  attending: () => !document.hidden,
  openPeer:
    "RTCPeerConnection" in window
      ? (pair, resumed, signals) =>
          new Peer({
            initiator: pair.initiator,
            resumed,
            iceServers: iceServers(),
            connection: (configuration) => new RTCPeerConnection(configuration),
            stream: new MediaStream(),
            signals,
            clock: wallClock,
            report,
          })
      : null,
});

effect(() => {
  // Who is signed in and not yet known comes back to the same colours; a guest has the device's.
  const unknown = account.signedIn() ? wornBefore(browser) : "system";
  wear(account.user.value?.settings.theme ?? unknown, document.documentElement, browser);
});

const root = document.getElementById("app");
if (!root) throw new Error("The page has no place for the client.");
fitViewport(window);
render(<App client={client} account={account} />, root);
link.connect();

const arrive = () => {
  const arrival = takeArrival(window);
  if (arrival?.kind === "signed-in") client.tell("You’re signed in. Go on where you were, in the other tab.");
  else if (arrival) account.arrival.value = arrival;
};
arrive();
window.addEventListener("hashchange", arrive);
// One may have signed in in another tab meanwhile.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void account.look();
});
