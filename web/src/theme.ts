/** Light or dark, as one's account wants it on every device; else as the device does. */
import type { UserSettings } from "./api/types";
import type { Keep } from "./keep";

export type Theme = UserSettings["theme"];

/** The page's root element, as far as the styles need it. */
interface Root {
  dataset: DOMStringMap;
}

/** Shows it, and remembers it for the next visit, which shall not begin in other colours. */
export function wear(theme: Theme, root: Root, browser: Keep): void {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  browser.set("theme", theme === "system" ? null : theme);
}

/** What was worn on the last visit. */
export function wornBefore(browser: Keep): Theme {
  const kept = browser.get("theme");
  return kept === "light" || kept === "dark" ? kept : "system";
}
