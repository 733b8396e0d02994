// Looks at the screen as somebody would who checks it by hand, and returns what is wrong, in words.
() => {
  const wrong = [];
  const shown = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  const name = (one) => {
    const labelled = one.getAttribute("aria-label") ?? [...(one.labels ?? [])].map((label) => label.textContent).join(" ");
    if (labelled.trim()) return labelled.trim();
    const copy = one.cloneNode(true);
    for (const hidden of copy.querySelectorAll("[aria-hidden=true]")) hidden.remove();
    return copy.textContent.trim();
  };
  const what = (one) => `${one.tagName.toLowerCase()}${one.className ? `.${String(one.className.baseVal ?? one.className).trim().replace(/\s+/g, ".")}` : ""} “${(one.textContent ?? "").trim().slice(0, 30)}”`;

  // Names, and what a screen reader finds its way by.
  for (const one of all("button, input, select, textarea, video, section, [role=log], dialog[open]")) {
    if (!name(one)) wrong.push(`has no name: ${what(one)}`);
  }
  for (const one of all("img:not([alt])")) wrong.push(`has no alt: ${what(one)}`);
  for (const one of all("svg")) if (one.getAttribute("aria-hidden") !== "true" && !name(one)) wrong.push(`is neither named nor hidden: ${what(one)}`);
  for (const [what, many] of [["main", 1], ["h1", 1], ["header", 1]]) {
    const found = document.querySelectorAll(what).length;
    if (found !== many) wrong.push(`${found} × ${what}`);
  }
  if (!document.documentElement.lang) wrong.push("the page does not name its language");
  if (!document.title) wrong.push("the page has no title");
  const screen = document.querySelector(".app").dataset.screen;
  if (screen !== "landing" && !document.querySelector("[data-testid=state][role=status]")) wrong.push("changes of state are not announced");
  if (screen === "talking" && !document.querySelector("[role=log][aria-live=polite]")) wrong.push("messages are not announced");
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  if (new Set(ids).size !== ids.length) wrong.push(`an id is used twice: ${ids}`);

  // Everything within reach: nothing wider than the window, and fingers find the buttons.
  const root = document.scrollingElement;
  if (root.scrollWidth > innerWidth) wrong.push(`the page is ${root.scrollWidth} wide in a window of ${innerWidth}`);
  for (const one of all("button, input, select, textarea, a")) {
    const box = one.getBoundingClientRect();
    if (box.left < -0.5 || box.right > innerWidth + 0.5) wrong.push(`sticks out of the window: ${what(one)}`);
    // In a conversation the page itself does not scroll, so everything has to be in view.
    if (screen === "talking" && (box.top < -0.5 || box.bottom > innerHeight + 0.5) && !one.closest("[role=log], dialog")) wrong.push(`is out of view: ${what(one)}`);
    const line = one.matches(".link, input[type=checkbox]");
    if (!line && (box.width < 32 || box.height < 31.5)) wrong.push(`is too small, ${box.width} × ${box.height}: ${what(one)}`);
    if (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflow === "visible") wrong.push(`is too narrow for its text: ${what(one)}`);
  }

  // Contrast of text with what is behind it: WCAG 2.2, 1.4.3.
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = brush.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (front, back) => [0, 1, 2].map((at) => front[at] * front[3] + back[at] * (1 - front[3])).concat(1);
  const behind = (one) => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) layers.push(channels(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255, 1]);
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  for (const one of all("body *")) {
    const text = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const field = one.matches("input:not([type=radio], [type=checkbox]), textarea");
    if ((!text && !field) || one.matches("option, script, style, video") || one.closest(".visually-hidden, :disabled, .strangers-picture")) continue;
    const style = getComputedStyle(one);
    const opacity = (() => {
      let product = 1;
      for (let at = one; at; at = at.parentElement) product *= Number(getComputedStyle(at).opacity);
      return product;
    })();
    const back = behind(one);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    for (const colour of field ? [style.color, getComputedStyle(one, "::placeholder").color] : [style.color]) {
      const ink = channels(colour);
      const [light, dark] = [luminance(over([ink[0], ink[1], ink[2], ink[3] * opacity], back)), luminance(back)].sort((a, b) => b - a);
      const contrast = (light + 0.05) / (dark + 0.05);
      if (contrast < (large ? 3 : 4.5)) wrong.push(`contrast ${contrast.toFixed(2)}: ${what(one)}`);
    }
  }
  return wrong;
}
