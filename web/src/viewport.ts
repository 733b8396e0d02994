/** Keeps `--height` at what is visible, so that a phone's keyboard never hides the line being written. */
export function fitViewport(window: Window): void {
  const { visualViewport, document } = window;
  if (!visualViewport) return;
  const fit = () => {
    // Zooming with two fingers is no reason to squeeze the page.
    if (visualViewport.scale !== 1) return;
    document.documentElement.style.setProperty("--height", `${visualViewport.height}px`);
    window.scrollTo(0, 0);
  };
  visualViewport.addEventListener("resize", fit);
  fit();
}
