/**
 * The client without a screen: what a person can do, what the server says, and what follows.
 *
 * Holds the state as signals; decides nothing itself that `call.ts` and `lobby.ts` can decide purely.
 */
import { effect, signal } from "@preact/signals";
import type { FromServer } from "./api/events";
import type { ErrorEvent, PartnerFound, RoomType, Session } from "./api/types";
import { type Call, currentRoom, type Happening, idle, returning, step } from "./call";
import type { Clock } from "./clock";
import { getJson, type Keep } from "./keep";
import type { Link } from "./socket";
import { joinOf, readWishes, type Wishes } from "./lobby";
import type { Media } from "./media";
import type { Peer, Signals } from "./peer";
import { Typist } from "./typist";
import { errorWords } from "./words";

export interface ClientParts {
  link: Link;
  media: Media;
  /** Null where the browser has no WebRTC. */
  openPeer: ((pair: PartnerFound, resumed: boolean, signals: Signals) => Peer) | null;
  browser: Keep;
  tab: Keep;
  clock: Clock;
  /** Whether the person has the conversation before their eyes. */
  attending: () => boolean;
}

const TYPING_FADES_MS = 6000;
const TOAST_MS = 5000;
/** Who is told to be alone is alone for so long: the server counts once a second at most. */
const ALONE_AFTER_MS = 1500;
/** Events whose failure is nothing that a person could do anything about. */
const QUIET = new Set(["offer", "answer", "ice_candidate", "ice_candidates", "typing", "leave_room", "leave_queue"]);

export class Client {
  readonly call = signal<Call>(idle);
  readonly wishes = signal<Wishes>(readWishes(null));
  readonly count = signal<number | null>(null);
  readonly toast = signal("");
  readonly peer = signal<Peer | null>(null);
  readonly textOnly = signal(false);
  /** Start was pressed, and the browser is asking about the camera. */
  readonly starting = signal(false);
  readonly everUp = signal(false);
  readonly unread = signal(0);
  readonly link: Link;
  readonly media: Media;

  readonly #parts: ClientParts;
  readonly #typist: Typist;
  /** The server has said who we are on the connection that stands now. */
  #introduced = false;
  #firstOfPage = true;
  #queued = false;
  #search = 0;
  #start = 0;
  #lastKey = 0;
  #cancelToast: (() => void) | null = null;
  #cancelTyping: (() => void) | null = null;
  #cancelCount: (() => void) | null = null;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.link = parts.link;
    this.media = parts.media;
    this.wishes.value = readWishes(getJson(parts.browser, "wishes"));
    this.#typist = new Typist(parts.clock, (isTyping) => {
      const roomId = currentRoom(this.call.value);
      if (roomId) parts.link.mention("typing", { roomId, isTyping });
    });
    this.#listen();
    effect(() => {
      if (this.link.state.value === "up") this.everUp.value = true;
      else {
        this.#introduced = false;
        this.#counted(null);
      }
    });
    effect(() => {
      // Two who are talking may stay to the end; everybody else makes way.
      if (this.link.draining.value && this.call.value.phase !== "talking") this.link.renew();
    });
    effect(() => {
      const audio = this.media.audio.value;
      const video = this.media.video.value;
      const silent = this.textOnly.value;
      this.peer.value?.carry({ audio: silent ? null : audio, video: silent ? null : video });
    });
  }

  // What a person does -------------------------------------------------------------------------

  wish(change: Partial<Wishes>): void {
    this.wishes.value = { ...this.wishes.value, ...change };
    this.#parts.browser.set("wishes", JSON.stringify(this.wishes.value));
  }

  /** Text or video from now on. Choosing video is asking for the camera; choosing text lets go of it. */
  async chooseType(type: RoomType): Promise<void> {
    this.wish({ type });
    this.#start += 1;
    this.starting.value = false;
    if (type === "video") await this.media.open();
    else this.media.release();
  }

  /** Looks for someone; for video the camera is asked for first, and whatever comes of it is fine. */
  async start(): Promise<void> {
    if (this.starting.value) return;
    if (this.wishes.value.type === "video" && !this.textOnly.value) {
      this.#start += 1;
      const start = this.#start;
      this.starting.value = true;
      await this.media.open();
      // Meanwhile one may have gone on without, or thought better of it.
      if (start !== this.#start) return;
      this.starting.value = false;
    }
    await this.#look();
  }

  /** Starts while the browser still asks about the camera, which comes along when it is allowed. */
  async startWithoutWaiting(): Promise<void> {
    if (!this.starting.value) return;
    this.#start += 1;
    this.starting.value = false;
    await this.#look();
  }

  /** Leaves this stranger for another, whom the server looks for at once and without being asked. */
  async next(): Promise<void> {
    const before = this.call.value;
    if (before.phase === "over") return this.start();
    if (!currentRoom(before)) return;
    const answer = await this.link.request("skip", {});
    if (!answer.ok) {
      if (this.link.state.value === "up") this.#complain(answer.error);
      return;
    }
    const { phase, ended } = this.call.value;
    if (phase === "idle" || ended === "stopped") this.link.tell("leave_queue", {});
    // The stranger had gone before us, so that there was nobody to skip.
    else if (phase === "over") await this.#look();
  }

  /** Stops looking, or leaves the stranger; after a conversation, back to the beginning. */
  stop(): void {
    const roomId = currentRoom(this.call.value);
    if (roomId) {
      if (this.#introduced) this.link.tell("leave_room", { roomId });
      this.#happen({ kind: "ended", roomId, reason: "stopped" });
      return;
    }
    if (this.call.value.phase === "looking" && this.#introduced) this.link.tell("leave_queue", {});
    this.#happen({ kind: "closed" });
  }

  /** Leaves the stranger of this conversation, or the one just left, for good. Nobody learns who the other is. */
  async block(): Promise<void> {
    const roomId = this.call.value.pair?.roomId;
    if (!roomId) return;
    const answer = await this.link.request("block_partner", {});
    if (answer.ok) this.#happen({ kind: "blocked", roomId });
    else this.#complain(answer.error);
  }

  /** `again` is the key of a line that failed before. */
  async say(text: string, again?: string): Promise<void> {
    const roomId = currentRoom(this.call.value);
    if (!roomId || text.trim() === "") return;
    this.#lastKey += 1;
    const key = again ?? `mine-${this.#lastKey}`;
    this.#typist.forget();
    this.#happen({ kind: "saying", key, text, at: this.#parts.clock.now() });
    const answer = await this.link.request("send_message", { roomId, message: text });
    if (answer.ok) return;
    this.#happen({ kind: "unsaid", key });
    if (this.link.state.value === "up") this.#complain(answer.error);
  }

  typed(text: string): void {
    this.#typist.typed(text === "");
  }

  /** Only words from now on: nothing is sent of camera and microphone, and both are let go. */
  async writeOnly(on: boolean): Promise<void> {
    this.textOnly.value = on;
    if (on) this.media.release();
    else await this.media.open();
  }

  read(): void {
    this.unread.value = 0;
  }

  /** A passing word to the person. */
  tell(words: string): void {
    this.#cancelToast?.();
    this.toast.value = words;
    this.#cancelToast = this.#parts.clock.after(TOAST_MS, () => (this.toast.value = ""));
  }

  // What the server says -----------------------------------------------------------------------

  #listen(): void {
    const { link } = this.#parts;
    link.on("session", (session) => this.#return(session));
    link.on("user_count_update", ({ count }) => this.#counted(count));
    link.on("waiting_for_partner", (waiting) => {
      this.#queued = true;
      this.#happen({ kind: "waiting", waiting });
    });
    link.on("partner_found", (pair) => this.#matched(pair));
    link.on("partner_disconnected", ({ roomId, reason }) =>
      this.#happen({ kind: "ended", roomId, reason }),
    );
    link.on("partner_reconnecting", ({ roomId }) => this.#partner(roomId, true));
    link.on("partner_reconnected", ({ roomId }) => this.#partner(roomId, false));
    link.on("new_message", (message) => this.#heard(message));
    link.on("user_typing", ({ roomId, isTyping }) => this.#typing(roomId, isTyping));
    for (const event of ["offer", "answer", "ice_candidate"] as const) {
      link.on(event, (payload) => {
        if (payload.roomId === currentRoom(this.call.value)) void this.peer.value?.receive(event, payload);
      });
    }
    link.on("error", (error) => {
      if (!QUIET.has(error.event ?? "")) this.#complain(error);
    });
  }

  #return(session: Session): void {
    const verdict = returning(this.call.value, session, {
      firstOfPage: this.#firstOfPage,
      queued: this.#queued,
    });
    const reloaded = this.#firstOfPage;
    const wasLooking = reloaded ? this.#parts.tab.get("looking") : null;
    this.#firstOfPage = false;
    this.#introduced = true;
    switch (verdict) {
      case "adopt":
        if (session.room) this.#found(session.room, reloaded);
        return;
      case "rejoin":
        void this.#join();
        return;
      case "lost": {
        const roomId = currentRoom(this.call.value);
        if (roomId) this.#happen({ kind: "ended", roomId, reason: "dropped" });
        return;
      }
      case "leave":
        if (session.room) this.link.tell("leave_room", { roomId: session.room.roomId });
        else if (!wasLooking) this.link.tell("leave_queue", {});
        break;
      case "keep":
        this.peer.value?.linkBack();
    }
    if (wasLooking && this.call.value.phase === "idle" && !session.room) {
      // Reloaded while looking: go on looking.
      this.wish({ type: wasLooking === "video" ? "video" : "chat" });
      void this.start();
    }
  }

  /** A match that crossed with our Stop is left again, before anybody is seen. */
  #matched(pair: PartnerFound): void {
    const { phase, pair: shown } = this.call.value;
    const wanted = phase === "looking" || phase === "talking" || this.starting.value;
    if (wanted) this.#found(pair, false);
    else if (shown?.roomId !== pair.roomId) this.link.tell("leave_room", { roomId: pair.roomId });
  }

  #found(pair: PartnerFound, resumed: boolean): void {
    if (this.call.value.pair?.roomId === pair.roomId) return;
    this.#happen({ kind: "found", pair });
    if (pair.type !== "video") return;
    if (resumed && !this.textOnly.value) void this.media.open();
    const { link, openPeer } = this.#parts;
    const { roomId } = pair;
    this.peer.value =
      openPeer?.(pair, resumed, {
        offer: (offer) => link.tell("offer", { roomId, offer }),
        answer: (answer) => link.tell("answer", { roomId, answer }),
        candidates: (candidates) => link.tell("ice_candidates", { roomId, candidates }),
      }) ?? null;
  }

  #counted(count: number | null): void {
    this.#cancelCount?.();
    this.#cancelCount = null;
    if (count === null || count > 1) this.count.value = count;
    else this.#cancelCount = this.#parts.clock.after(ALONE_AFTER_MS, () => (this.count.value = count));
  }

  #partner(roomId: string, away: boolean): void {
    if (roomId !== currentRoom(this.call.value)) return;
    this.#happen({ kind: away ? "away" : "back", roomId });
    this.peer.value?.partnerAway(away);
  }

  #heard(message: FromServer["new_message"]): void {
    const before = this.call.value;
    const at = Date.parse(message.timestamp);
    this.#happen({ kind: "said", message, at: Number.isNaN(at) ? this.#parts.clock.now() : at });
    const foreign = before !== this.call.value && message.sender === before.pair?.partnerId;
    if (foreign && !this.#parts.attending()) this.unread.value += 1;
  }

  #typing(roomId: string, on: boolean): void {
    this.#cancelTyping?.();
    this.#cancelTyping = null;
    this.#happen({ kind: "typing", roomId, on });
    if (!on) return;
    this.#cancelTyping = this.#parts.clock.after(TYPING_FADES_MS, () =>
      this.#happen({ kind: "typing", roomId, on: false }),
    );
  }

  // What follows -------------------------------------------------------------------------------

  #happen(happening: Happening): void {
    const before = this.call.value;
    const after = step(before, happening);
    if (after === before) return;
    this.call.value = after;
    if (currentRoom(before) !== currentRoom(after)) {
      this.#typist.forget();
      this.peer.value?.close();
      this.peer.value = null;
    }
    if (before.phase !== after.phase) {
      this.#parts.tab.set("looking", after.phase === "looking" ? after.type : null);
      if (after.phase !== "over") this.unread.value = 0;
    }
  }

  async #look(): Promise<void> {
    this.#queued = false;
    this.#happen({ kind: "looking", type: this.wishes.value.type satisfies RoomType });
    // Without a connection the session that comes with the next one sends the wish.
    if (this.#introduced) await this.#join();
  }

  async #join(): Promise<void> {
    this.#search += 1;
    const search = this.#search;
    const answer = await this.link.request("join", joinOf(this.wishes.value));
    if (search !== this.#search || this.call.value.phase !== "looking") return;
    if (answer.ok) {
      this.#queued = true;
      return;
    }
    // No answer: either the connection is gone, and its return asks again, or the server is busy.
    if (answer.error.code === "unanswered" && !this.#introduced) return;
    this.#complain(answer.error);
    if (answer.error.code !== "unanswered" && answer.error.retryAfterMs === undefined) {
      this.#happen({ kind: "closed" });
      return;
    }
    this.#parts.clock.after(answer.error.retryAfterMs ?? 1000, () => {
      const stillLooking = search === this.#search && this.call.value.phase === "looking";
      if (stillLooking && this.#introduced && !this.#queued) void this.#join();
    });
  }

  #complain(error: ErrorEvent): void {
    this.tell(errorWords(error));
  }
}
