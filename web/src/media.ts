/**
 * One's own camera and microphone, and what is in the way of them.
 *
 * Refused, busy, absent are states with a name, not errors: whatever can be had is used, and the rest
 * can be tried again. A camera turned off is let go, so that its light goes out.
 */
import { computed, signal } from "@preact/signals";
import { type Keep } from "./keep";

export type Problem = "refused" | "absent" | "busy" | "insecure" | "unknown";
export type Kind = "audio" | "video";

export interface Problems {
  audio: Problem | null;
  video: Problem | null;
}

/** What is used of `navigator.mediaDevices`. */
export type Devices = Pick<MediaDevices, "getUserMedia" | "enumerateDevices" | "addEventListener">;

/** Whether the person has already said yes to this kind, so that using it asks nothing. */
export type Granted = (kind: Kind) => Promise<boolean>;

/** Names of the exceptions: W3C Media Capture and Streams, section 10.2. */
export function problemOf(error: unknown): Problem {
  const name = error instanceof Error ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "absent";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "unknown";
  }
}

export class Media {
  readonly audio = signal<MediaStreamTrack | null>(null);
  readonly video = signal<MediaStreamTrack | null>(null);
  readonly problems = signal<Problems>({ audio: null, video: null });
  readonly asking = signal(false);
  readonly muted = signal(false);
  readonly cameraOff = signal(false);
  readonly available = signal<readonly MediaDeviceInfo[]>([]);
  readonly isOpen = computed(() => this.audio.value !== null || this.video.value !== null);

  readonly #devices: Devices | undefined;
  readonly #keep: Keep;
  readonly #granted: Granted;
  /** Counts openings and releases: what arrives for an older one is let go at once. */
  #turn = 0;

  /** `devices` is undefined on a page that is not served securely. */
  constructor(devices: Devices | undefined, keep: Keep, granted: Granted) {
    this.#devices = devices;
    this.#keep = keep;
    this.#granted = granted;
    devices?.addEventListener("devicechange", () => void this.#list());
  }

  /** Asks for what is missing. Resolves when everything is there or known not to be had. */
  async open(): Promise<void> {
    const wanted: Kind[] = [];
    if (!this.audio.value) wanted.push("audio");
    if (!this.video.value && !this.cameraOff.value) wanted.push("video");
    if (wanted.length === 0) return;
    if (!this.#devices) {
      this.problems.value = { audio: "insecure", video: "insecure" };
      return;
    }
    const turn = ++this.#turn;
    this.asking.value = true;
    try {
      const outcome = await this.#get(this.#devices, wanted);
      if (turn !== this.#turn) {
        for (const track of outcome.tracks) track.stop();
        return;
      }
      for (const track of outcome.tracks) this.#take(track);
      this.problems.value = { ...this.problems.value, ...outcome.problems };
      await this.#list();
    } finally {
      if (turn === this.#turn) this.asking.value = false;
    }
  }

  /** Lets go of everything. */
  release(): void {
    this.#turn += 1;
    this.asking.value = false;
    this.#put("audio", null);
    this.#put("video", null);
  }

  mute(on: boolean): void {
    this.muted.value = on;
    if (this.audio.value) this.audio.value.enabled = !on;
  }

  async turnCamera(on: boolean): Promise<void> {
    this.cameraOff.value = !on;
    if (on) await this.open();
    else this.#put("video", null);
  }

  /** Uses that device from now on, and on the next visit. */
  async choose(kind: Kind, deviceId: string): Promise<void> {
    this.#keep.set(kind, deviceId || null);
    this.#put(kind, null);
    if (kind === "video") this.cameraOff.value = false;
    await this.open();
  }

  async tryAgain(): Promise<void> {
    this.cameraOff.value = false;
    await this.open();
  }

  /** The device in use, for showing it as chosen. */
  chosen(kind: Kind): string {
    const track = kind === "audio" ? this.audio.value : this.video.value;
    return track?.getSettings().deviceId ?? this.#keep.get(kind) ?? "";
  }

  /** All at once, for one question to the person; then one by one, so that one absence costs one. */
  async #get(devices: Devices, kinds: Kind[]) {
    const tracks: MediaStreamTrack[] = [];
    const problems: Partial<Problems> = {};
    const ask = async (some: Kind[]) => {
      const stream = await devices.getUserMedia(this.#constraints(some));
      tracks.push(...stream.getTracks());
      for (const kind of some) problems[kind] = null;
    };
    try {
      await ask(kinds);
    } catch (error) {
      for (const kind of kinds) problems[kind] = problemOf(error);
      const refused = problemOf(error) === "refused";
      for (const kind of kinds.length > 1 ? kinds : []) {
        // Asking once more after a "no" would be rude; using what is allowed asks nothing.
        if (refused && !(await this.#granted(kind))) continue;
        try {
          await ask([kind]);
        } catch (alone) {
          problems[kind] = problemOf(alone);
        }
      }
    }
    return { tracks, problems };
  }

  #constraints(kinds: Kind[]): MediaStreamConstraints {
    const device = (kind: Kind) => {
      const deviceId = this.#keep.get(kind);
      return deviceId ? { deviceId } : {};
    };
    const constraints: MediaStreamConstraints = {};
    if (kinds.includes("audio")) constraints.audio = { ...device("audio"), echoCancellation: true };
    if (kinds.includes("video")) {
      const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
      constraints.video = { ...device("video"), ...size, facingMode: "user" };
    }
    return constraints;
  }

  #take(track: MediaStreamTrack): void {
    const kind = track.kind === "audio" ? "audio" : "video";
    if (kind === "audio") track.enabled = !this.muted.value;
    else track.contentHint = "motion";
    track.addEventListener("ended", () => {
      // Unplugged, or taken away in the browser's own settings.
      if (this[kind].value !== track) return;
      this.#put(kind, null);
      this.problems.value = { ...this.problems.value, [kind]: "absent" };
    });
    this.#put(kind, track);
  }

  #put(kind: Kind, track: MediaStreamTrack | null): void {
    this[kind].value?.stop();
    this[kind].value = track;
  }

  async #list(): Promise<void> {
    if (this.#devices) this.available.value = await this.#devices.enumerateDevices();
  }
}
