/**
 * What the browser keeps for us: wishes and devices for this browser, the guest token for this tab.
 *
 * A browser may refuse storage (private windows, blocked cookies). Then nothing is remembered and
 * everything else works: a refusal is an answer here, not an error.
 */

export interface Keep {
  get(name: string): string | null;
  set(name: string, value: string | null): void;
}

/** `open` is called at each use, because reaching for `localStorage` may itself be refused. */
export function keepIn(open: () => Storage): Keep {
  return {
    get(name) {
      try {
        return open().getItem(`parley.${name}`);
      } catch {
        return null;
      }
    },
    set(name, value) {
      try {
        if (value === null) open().removeItem(`parley.${name}`);
        else open().setItem(`parley.${name}`, value);
      } catch {
        // Refused or full: forgetting is what this module promises then.
      }
    },
  };
}

/** Reads kept JSON; anything unreadable is as if nothing had been kept. */
export function getJson(keep: Keep, name: string): unknown {
  const text = keep.get(name);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
