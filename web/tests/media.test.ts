import { beforeEach, describe, expect, it } from "vitest";
import { type Devices, type Kind, Media, problemOf } from "../src/media";
import { settle } from "./fakes/clock";
import { memory } from "./fakes/wire";

class FakeTrack extends EventTarget {
  enabled = true;
  stopped = false;
  contentHint = "";
  constructor(readonly kind: Kind) {
    super();
  }
  stop(): void {
    this.stopped = true;
  }
  getSettings(): MediaTrackSettings {
    return { deviceId: `${this.kind}-1` };
  }
}

/** A browser with devices: `trouble` names the exception that a kind of device meets. */
class FakeDevices {
  readonly asked: MediaStreamConstraints[] = [];
  readonly tracks: FakeTrack[] = [];
  trouble: Partial<Record<Kind, string>> = {};

  async getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
    this.asked.push(constraints);
    const kinds = (["audio", "video"] as const).filter((kind) => constraints[kind]);
    for (const kind of kinds) {
      const name = this.trouble[kind];
      if (name) throw Object.assign(new Error(name), { name });
    }
    const tracks = kinds.map((kind) => new FakeTrack(kind));
    this.tracks.push(...tracks);
    return { getTracks: () => tracks } as unknown as MediaStream;
  }

  async enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return [{ kind: "videoinput", deviceId: "video-1", label: "Front" } as MediaDeviceInfo];
  }

  addEventListener(): void {}
}

let devices: FakeDevices;
let granted: Set<Kind>;
const mediaOn = (keep = memory()) => new Media(devices as unknown as Devices, keep, async (kind) => granted.has(kind));

beforeEach(() => {
  devices = new FakeDevices();
  granted = new Set();
});

describe("camera and microphone", () => {
  it("are asked for in one question", async () => {
    const media = mediaOn();
    await media.open();
    expect(devices.asked).toHaveLength(1);
    expect(media.problems.value).toEqual({ audio: null, video: null });
    expect(media.isOpen.value).toBe(true);
    await media.open();
    expect(devices.asked).toHaveLength(1);
  });

  it.each([
    ["NotFoundError", "absent"],
    ["NotReadableError", "busy"],
  ])("leave the microphone when the camera meets %s", async (name, problem) => {
    devices.trouble = { video: name };
    const media = mediaOn();
    await media.open();
    expect(media.problems.value).toEqual({ audio: null, video: problem });
    expect(media.audio.value).not.toBeNull();
    expect(media.video.value).toBeNull();
  });

  it("are not asked for again right after a no", async () => {
    devices.trouble = { audio: "NotAllowedError", video: "NotAllowedError" };
    const media = mediaOn();
    await media.open();
    expect(devices.asked).toHaveLength(1);
    expect(media.problems.value).toEqual({ audio: "refused", video: "refused" });
  });

  it("use what is already allowed when the other is refused", async () => {
    devices.trouble = { video: "NotAllowedError" };
    granted.add("audio");
    const media = mediaOn();
    await media.open();
    expect(media.problems.value).toEqual({ audio: null, video: "refused" });
    expect(media.audio.value).not.toBeNull();
  });

  it("can be tried again", async () => {
    devices.trouble = { video: "NotReadableError" };
    const media = mediaOn();
    await media.open();
    devices.trouble = {};
    await media.tryAgain();
    expect(media.problems.value.video).toBeNull();
    expect(media.video.value).not.toBeNull();
  });

  it("are named as out of reach on an insecure page", async () => {
    const media = new Media(undefined, memory(), async () => false);
    await media.open();
    expect(media.problems.value).toEqual({ audio: "insecure", video: "insecure" });
  });

  it("that come after they were let go are let go, too", async () => {
    const media = mediaOn();
    const opening = media.open();
    media.release();
    await opening;
    expect(media.isOpen.value).toBe(false);
    expect(devices.tracks.every((track) => track.stopped)).toBe(true);
    expect(media.asking.value).toBe(false);
  });
});

it("turns the camera off for good, so that its light goes out, and on again", async () => {
  const media = mediaOn();
  await media.open();
  await media.turnCamera(false);
  expect(devices.tracks.find((track) => track.kind === "video")?.stopped).toBe(true);
  await media.open();
  expect(media.video.value).toBeNull();
  await media.turnCamera(true);
  expect(media.video.value).not.toBeNull();
});

it("keeps silent across a change of microphone", async () => {
  const media = mediaOn();
  await media.open();
  media.mute(true);
  await media.choose("audio", "other");
  expect(media.audio.value?.enabled).toBe(false);
  expect(devices.asked.at(-1)?.audio).toMatchObject({ deviceId: "other" });
});

it("notices a camera that is pulled out", async () => {
  const media = mediaOn();
  await media.open();
  devices.tracks.find((track) => track.kind === "video")?.dispatchEvent(new Event("ended"));
  await settle();
  expect(media.video.value).toBeNull();
  expect(media.problems.value.video).toBe("absent");
});

it("has a name for every exception", () => {
  const named = (name: string) => problemOf(Object.assign(new Error(name), { name }));
  expect([named("NotAllowedError"), named("OverconstrainedError"), named("AbortError"), named("TypeError"), problemOf(7)]).toEqual([
    "refused",
    "absent",
    "busy",
    "unknown",
    "unknown",
  ]);
});
