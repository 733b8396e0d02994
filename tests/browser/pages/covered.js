// Which controls cannot be pressed where they are: covered, cut off, or across the edge of what they are in.
async () => {
  // A window that has just changed its size tells the page so with its next frames.
  for (let frames = 0; frames < 3; frames += 1) await new Promise(requestAnimationFrame);
  const scrolls = document.querySelector(".app").dataset.screen === "landing";
  const wrong = [];
  for (const one of document.querySelectorAll("button, input, select, textarea, summary")) {
    if (!one.checkVisibility({ visibilityProperty: true }) || one.closest("[role=log]")) continue;
    if (scrolls) one.scrollIntoView({ block: "center" });
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const what = one.dataset.testid ?? one.className;
    if (!there || !(one.contains(there) || there.closest("label")?.contains(one))) wrong.push(`${what} is covered by ${there?.outerHTML.slice(0, 60)}`);
    for (let around = one.parentElement; around; around = around.parentElement) {
      const room = around.getBoundingClientRect();
      const out = left < room.left - 0.5 || right > room.right + 0.5 || (!scrolls && (top < room.top - 0.5 || bottom > room.bottom + 0.5));
      if (out && getComputedStyle(around).display !== "contents") wrong.push(`${what} crosses the edge of ${around.className || around.tagName}`);
    }
  }
  scrollTo(0, 0);
  return wrong;
}
