// A question before a picture: a number, one of several phrases, or a point on a picture; by mouse, keys and ear alike.
// What is true is folded below it. When the answer is kept, the kernel puts the text in place of this widget. No library,
// nothing from the network.

const STYLE = `
  .machine-room-ask { color: var(--jp-ui-font-color1, inherit); max-width: 46em; line-height: 1.5; overflow-wrap: anywhere;
    font-family: var(--jp-ui-font-family, inherit); }
  .machine-room-ask fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
  .machine-room-ask legend { font-weight: bold; padding: 0; margin-bottom: 6px; }
  .machine-room-ask label { display: inline-block; margin: 2px 16px 2px 0; }
  .machine-room-ask .option { display: block; }
  .machine-room-ask input[type="number"] { font: inherit; width: 9em; max-width: 100%; padding: 3px 6px; color: inherit;
    background: var(--jp-layout-color1, Field); border: 1px solid currentColor; border-radius: 2px; }
  .machine-room-ask button { font: inherit; padding: 4px 12px; margin: 8px 0 2px; color: inherit; cursor: pointer;
    background: var(--jp-layout-color2, ButtonFace); border: 1px solid currentColor; border-radius: 2px; }
  .machine-room-ask :is(input, button, summary):focus-visible { outline: 3px solid var(--jp-brand-color1, Highlight);
    outline-offset: 1px; }
  .machine-room-ask .place { position: relative; max-width: 100%; cursor: crosshair; margin: 4px 0; }
  .machine-room-ask img { display: block; width: 100%; height: auto; }
  .machine-room-ask .mark { position: absolute; width: 14px; height: 14px; margin: -7px 0 0 -7px; border-radius: 50%;
    background: #cc79a7; border: 1px solid #20262e; pointer-events: none; box-sizing: border-box; }
  [data-jp-theme-light="false"] .machine-room-ask img { filter: invert(0.92) hue-rotate(180deg); }
`;

function made(tag, text, properties = {}) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  return Object.assign(node, properties);
}

/** A number's field with its name before it. */
function field(name, { low, high, step, unit = "" }) {
  const input = made("input", undefined, { type: "number", min: low, max: high, step, required: true });
  const label = made("label", `${name} `);
  label.append(input, unit ? ` ${unit}` : "");
  return { input, label };
}

/** Each kind: what stands in the form, and how its answer is read. */
const KINDS = {
  number(form, { low, high, whole, unit }, texts) {
    const { input, label } = field(texts.answer, { low, high, unit, step: whole ? 1 : "any" });
    form.append(label);
    return () => input.valueAsNumber;
  },

  choice(form, { options }) {
    const group = `machine-room-${Math.random().toString(36).slice(2)}`;
    for (const { value, shown } of options) {
      const label = made("label", undefined, { className: "option" });
      label.append(made("input", undefined, { type: "radio", name: group, value, required: true }), ` ${shown}`);
      form.append(label);
    }
    return () => form.querySelector("input:checked").value;
  },

  point(form, { axes, step, size, box, image, about }, texts) {
    const [width, height] = size;
    const [left, bottom, across, up] = box;
    const place = made("div", undefined, { className: "place" });
    place.style.width = `${width}px`;
    const mark = made("span", undefined, { className: "mark", hidden: true });
    place.append(made("img", undefined, { src: image, alt: about, draggable: false }), mark);
    const fields = axes.map(({ name, low, high }) => field(name, { low, high, step: "any" }));
    const values = () => fields.map(({ input }) => input.valueAsNumber);

    const show = () => {
      const shares = values().map((value, axis) => (value - axes[axis].low) / (axes[axis].high - axes[axis].low));
      mark.hidden = !shares.every((share) => share >= 0 && share <= 1);
      mark.style.left = `${(100 * (left + across * shares[0])) / width}%`;
      mark.style.top = `${100 * (1 - (bottom + up * shares[1]) / height)}%`;
    };
    const put = (axis, value) => {
      const { low, high } = axes[axis];
      fields[axis].input.value = Number(Math.min(Math.max(value, low), high).toFixed(2));
    };
    place.onclick = (event) => {
      const seen = place.getBoundingClientRect();
      const x = ((event.clientX - seen.left) / seen.width) * width;
      const y = (1 - (event.clientY - seen.top) / seen.height) * height;
      put(0, axes[0].low + ((x - left) / across) * (axes[0].high - axes[0].low));
      put(1, axes[1].low + ((y - bottom) / up) * (axes[1].high - axes[1].low));
      show();
    };
    fields.forEach(({ input }, axis) => {
      input.oninput = show;
      input.onkeydown = (event) => { // by our step, also where the value stands between two
        const turn = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (!turn) return;
        event.preventDefault();
        const { low, high } = axes[axis];
        put(axis, Number.isNaN(input.valueAsNumber) ? (low + high) / 2 : input.valueAsNumber + turn * step);
        show();
      };
    });
    form.append(made("div", texts.point), place, ...fields.map(({ label }) => label));
    return values;
  },
};

/** Focus what takes the widget's place, when it is there, so that it is read out and the place is not lost. */
function follow(area, tries = 60) {
  const result = area?.querySelector(".machine-room-prediction");
  if (result) {
    result.tabIndex = -1;
    result.focus();
  } else if (area && tries) requestAnimationFrame(() => follow(area, tries - 1));
}

function render({ model, el }) {
  const texts = model.get("texts"); // in the course's language
  const form = made("form", undefined, { className: "machine-room-ask", noValidate: false });
  const fields = made("fieldset");
  fields.append(made("legend", model.get("question")));
  const read = KINDS[model.get("asked").kind](fields, model.get("asked"), texts);
  fields.append(made("div"), made("button", texts.keep, { type: "submit" }));
  const status = made("div");
  status.setAttribute("role", "status"); // read out as it changes
  const fold = made("details");
  fold.append(made("summary", texts.unfold), made("p", model.get("told")));
  const note = made("p");
  note.append(made("small", texts.note));
  form.append(made("style", STYLE), fields, status, fold, note);
  form.querySelectorAll("input, button, summary").forEach((node) => {
    node.dataset.lmSuppressShortcuts = "true"; // JupyterLab's: arrows choose an option here, not another cell
  });
  el.append(form);

  let area = null;
  form.onsubmit = (event) => {
    event.preventDefault();
    area = form.contains(document.activeElement) ? el.closest(".jp-OutputArea, .output") : null;
    model.set("answer", read());
    model.save_changes();
  };
  form.onkeydown = (event) => { // JupyterLab keeps the browser from sending a form by Enter
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    form.requestSubmit();
  };
  const say = () => {
    const result = model.get("result");
    fields.hidden = fold.hidden = result.length > 0;
    status.replaceChildren(...(result.length ? result : [model.get("complaint")]).map((line) => made("p", line)));
  };
  model.on("change:result", say);
  model.on("change:complaint", say);
  say();
  return () => {
    model.off("change:result", say);
    model.off("change:complaint", say);
    if (area) requestAnimationFrame(() => follow(area));
  };
}

export default { render };
