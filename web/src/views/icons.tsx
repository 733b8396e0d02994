/** Parley's own drawings: the mark and the signs on the buttons. All are decoration; buttons have names. */
import type { ComponentChildren } from "preact";

function Sign({ children }: { children: ComponentChildren }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
      {children}
    </svg>
  );
}

export const NextSign = () => (
  <Sign>
    <path d="M5 12h13M12.5 6l6 6-6 6" />
  </Sign>
);

export const StopSign = () => (
  <Sign>
    <rect x="6.5" y="6.5" width="11" height="11" rx="2" />
  </Sign>
);

export const BackSign = () => (
  <Sign>
    <path d="M19 12H6m5.5-6l-6 6 6 6" />
  </Sign>
);

export const MicrophoneSign = ({ off }: { off: boolean }) => (
  <Sign>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
    {off && <path d="M4 4l16 16" />}
  </Sign>
);

export const CameraSign = ({ off }: { off: boolean }) => (
  <Sign>
    <rect x="3" y="6.5" width="12" height="11" rx="2.5" />
    <path d="M15 10.8l6-3.3v9l-6-3.3" />
    {off && <path d="M3 3l18 18" />}
  </Sign>
);

export const WordsSign = () => (
  <Sign>
    <path d="M4.5 6.5h15M4.5 12h15M4.5 17.5h9" />
  </Sign>
);

export const ChatSign = () => (
  <Sign>
    <path d="M4 5.5h16v11H10.5L6 20v-3.5H4z" />
  </Sign>
);

export const SendSign = () => (
  <Sign>
    <path d="M12 19V5.5M6 11l6-6 6 6" />
  </Sign>
);

export const DevicesSign = () => (
  <Sign>
    <path d="M4 8h9m5 0h2M4 16h2m5 0h9" />
    <circle cx="15.5" cy="8" r="2.5" />
    <circle cx="8.5" cy="16" r="2.5" />
  </Sign>
);

export const SoundSign = () => (
  <Sign>
    <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11" />
  </Sign>
);

export const BlockSign = () => (
  <Sign>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M6 6l12 12" />
  </Sign>
);

export const EyeSign = ({ off }: { off: boolean }) => (
  <Sign>
    <path d="M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12Z" />
    <circle cx="12" cy="12" r="2.75" />
    {off && <path d="M4 4l16 16" />}
  </Sign>
);

export const PersonSign = () => (
  <Sign>
    <circle cx="12" cy="8.5" r="4" />
    <path d="M4.5 20c.8-4 3.8-6 7.5-6s6.7 2 7.5 6" />
  </Sign>
);

/** Two who lean towards each other. */
export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
    <path class="mark-one" d="M12 4a10 10 0 1 1-4.2 19.1L2 25l1.9-5.8A10 10 0 0 1 12 4Z" />
    <path class="mark-other" d="M21 9a9 9 0 0 1 7.3 14.3L30 29l-5.3-1.8A9 9 0 1 1 21 9Z" />
  </svg>
);
