/** A video element that shows tracks. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { SoundSign } from "./icons";

/** One's own picture, as in a mirror. */
export function OwnPicture({ track }: { track: MediaStreamTrack | null }) {
  const element = useRef<HTMLVideoElement>(null);
  // Before the screen is drawn, so that a picture moving from one screen to another is never unwatched.
  useLayoutEffect(() => {
    const video = element.current;
    if (!video) return undefined;
    video.srcObject = track ? new MediaStream([track]) : null;
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  return (
    <video ref={element} class="own-picture" data-testid="local-video" aria-label="You" autoplay muted playsInline />
  );
}

/** The stranger. Where the browser wants a touch before it makes a sound, there is a button for it. */
export function StrangersPicture({ tracks }: { tracks: readonly MediaStreamTrack[] }) {
  const element = useRef<HTMLVideoElement>(null);
  const [silenced, setSilenced] = useState(false);
  useEffect(() => {
    const video = element.current;
    if (!video || tracks.length === 0) return undefined;
    video.srcObject = new MediaStream([...tracks]);
    void plays(video).then((played) => {
      if (!played) setSilenced(true);
    });
    return () => {
      video.srcObject = null;
    };
  }, [tracks]);
  useEffect(() => {
    const video = element.current;
    if (!video || !silenced) return;
    video.muted = true;
    void plays(video);
  }, [silenced]);
  const whole = useShape(element);
  const unmute = () => {
    if (element.current) element.current.muted = false;
    setSilenced(false);
  };
  return (
    <>
      <video
        ref={element}
        class={`strangers-picture ${whole ? "whole" : ""}`}
        data-testid="remote-video"
        aria-label="Stranger"
        playsInline
      />
      {silenced && (
        <button type="button" class="button sound" onClick={unmute}>
          <SoundSign /> Turn on sound
        </button>
      )}
    </>
  );
}

/** False when the browser wants a touch first. */
async function plays(video: HTMLVideoElement): Promise<boolean> {
  try {
    await video.play();
    return true;
  } catch (reason) {
    // Any other reason: a newer stream took the place of this one while it was loading, and plays.
    return !(reason instanceof DOMException && reason.name === "NotAllowedError");
  }
}

/** Cutting away more than this share of a picture cuts away the person. */
const MOST_CUT = 0.45;

/** Whether the picture's shape is so different from its place that it must be shown whole. */
function useShape(element: { current: HTMLVideoElement | null }): boolean {
  const [whole, setWhole] = useState(false);
  useEffect(() => {
    const video = element.current;
    if (!video) return undefined;
    const look = () => {
      const picture = video.videoWidth / video.videoHeight;
      const place = video.clientWidth / video.clientHeight;
      if (picture > 0 && place > 0) setWhole(Math.min(picture, place) / Math.max(picture, place) < 1 - MOST_CUT);
    };
    const placed = new ResizeObserver(look);
    placed.observe(video);
    video.addEventListener("resize", look);
    return () => {
      placed.disconnect();
      video.removeEventListener("resize", look);
    };
  }, []);
  return whole;
}
