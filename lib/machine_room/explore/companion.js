// What ipywidgets leaves out, set in the page: names and values for who hears the controls, one tab stop a control, the
// picture's text, and word of the theme. It stands unseen at the end of a panel. No library, nothing from the network.

const UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";
const SEEN = "font-size:13px;line-height:1.4;padding:2px 0;color:var(--jp-ui-font-color1,inherit)";

function set(node, name, value) {
  if (node && node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Whether what is behind the node is darker than what is written on it would be. */
function isDark(node) {
  const said = document.body.dataset.jpThemeLight;
  if (said) return said === "false";
  for (let at = node; at; at = at.parentElement) {
    const [red, green, blue, alpha = 1] = getComputedStyle(at).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [];
    if (red !== undefined && alpha > 0.5) return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  }
  return false;
}

/** Names every control by its label and its phrase; a slider says its value as its readout shows it. */
function name(panel, names) {
  const controls = panel.querySelectorAll(".widget-slider, .widget-dropdown, .widget-checkbox");
  controls.forEach((control, place) => {
    const handle = control.querySelector(".noUi-handle, select, input");
    if (names[place]) set(handle, "aria-label", names[place]);
    const readout = control.querySelector(".widget-readout");
    if (!readout) return;
    set(readout, "tabindex", "-1"); // to be clicked and typed into; the arrows are the slider's
    set(readout, "role", "textbox");
    if (names[place]) set(readout, "aria-label", `${names[place]}, as a number`);
    if (readout.textContent) set(handle, "aria-valuetext", readout.textContent);
  });
}

/** The picture says what it shows. Where it is wider than its place, the arrow keys reach what is out of sight, and its
 *  sentence, which is cut off in it, stands below. */
function describe(panel, spoken, question, alternative) {
  const image = panel.querySelector("img");
  set(image, "alt", alternative);
  const place = panel.querySelector(".machine-room-place");
  if (!place) return;
  const isCut = place.scrollWidth > place.clientWidth + 1;
  set(spoken, "style", isCut ? SEEN : UNSEEN);
  if (isCut) {
    set(place, "tabindex", "0");
    set(place, "role", "region");
    set(place, "aria-label", question);
  } else {
    ["tabindex", "role", "aria-label"].forEach((attribute) => place.removeAttribute(attribute));
  }
}

function render({ model, el }) {
  const spoken = document.createElement("div");
  set(spoken, "style", UNSEEN);
  set(spoken, "role", "status");
  set(spoken, "aria-live", "polite");
  el.append(spoken);
  let panel = null;

  const say = () => {
    spoken.textContent = model.get("sentence");
  };
  const tidy = () => {
    if (!panel) return;
    name(panel, model.get("names"));
    describe(panel, spoken, model.get("question"), model.get("alternative"));
  };
  const look = () => {
    const dark = isDark(el);
    if (dark === model.get("dark")) return;
    model.set("dark", dark);
    model.save_changes();
  };

  const inside = new MutationObserver(tidy);
  const themes = new MutationObserver(look);
  const sizes = new ResizeObserver(tidy);
  const start = () => {
    panel = el.closest(".machine-room-panel");
    if (!panel) {
      waiting = requestAnimationFrame(start); // not in the page yet
      return;
    }
    const attributeFilter = ["aria-valuetext"]; // the slider sets it too, to a number of its own
    inside.observe(panel, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter });
    sizes.observe(panel);
    for (const root of [document.documentElement, document.body]) themes.observe(root, { attributes: true });
    look();
    tidy();
  };
  let waiting = requestAnimationFrame(start);
  model.on("change:sentence", say);
  model.on("change:alternative", tidy);
  say();
  return () => {
    cancelAnimationFrame(waiting);
    for (const observer of [inside, themes, sizes]) observer.disconnect();
    model.off("change:sentence", say);
    model.off("change:alternative", tidy);
  };
}

export default { render };
