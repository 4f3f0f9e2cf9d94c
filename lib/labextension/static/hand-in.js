// The panel *Hand in*: what goes along as it was saved, a button that saves and hands in, points and hints as they come.
//
// It is loaded where a hub's server has `machine_room.exchange.panel`, which speaks to the exchange, and nowhere else.

const NEWS_SECONDS = 20; // that the server may take to answer where there is no news
const ADDRESS = "machine-room/hand-in";
const STYLE = `
  .machine-room-hand-in { overflow: auto; padding: 12px; min-width: 180px; color: var(--jp-ui-font-color1);
    background: var(--jp-layout-color1); font-size: var(--jp-ui-font-size1); overflow-wrap: anywhere; }
  .machine-room-hand-in h2 { font-size: 1.2em; margin: 0 0 8px; }
  .machine-room-hand-in h3 { font-size: 1em; margin: 14px 0 4px; }
  .machine-room-hand-in button { font: inherit; padding: 6px 12px; color: var(--jp-ui-inverse-font-color1);
    background: var(--jp-brand-color1); border: 1px solid transparent; border-radius: 2px; cursor: pointer; }
  .machine-room-hand-in button:disabled { opacity: 0.6; cursor: default; }
  .machine-room-hand-in button:focus-visible { outline: 3px solid var(--jp-ui-font-color1); outline-offset: 2px; }
  .machine-room-hand-in ul { margin: 0; padding-left: 1.2em; }
  .machine-room-hand-in table { border-collapse: collapse; width: 100%; color: inherit; }
  .machine-room-hand-in th, .machine-room-hand-in td { text-align: left; vertical-align: top; padding: 2px 8px 2px 0; }
  .machine-room-hand-in td.number { white-space: nowrap; }
  .machine-room-hand-in [role="status"] { font-weight: 600; min-height: 2.6em; margin: 10px 0 0; }
  .machine-room-hand-in pre { white-space: pre-wrap; color: inherit; }
`;

/** An element with text in it, and nothing that could be more than text. */
function made(tag, text, properties = {}) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  return Object.assign(node, properties);
}

const clock = (moment) => moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const of = (points, most) => `${points === null ? "-" : points} of ${most}`;

/** What the panel shows of one notebook, and what its button does. */
class HandIn {
  constructor(context, ask) {
    this.context = context;
    this.ask = ask;
    this.busy = false;
    this.node = made("section", undefined, { className: "machine-room-hand-in" });
    this.node.setAttribute("aria-label", "Hand in");
    this.button = made("button", "Save and hand in", { type: "button", onclick: () => this.handIn() });
    this.takes = made("p");
    this.files = made("ul");
    this.unsaved = made("p");
    this.status = made("p");
    this.status.setAttribute("role", "status"); // read out as it changes
    this.results = made("div");
    this.before = made("ul");
    this.beforeHead = made("h3", "Before");
    this.node.append(
      made("h2", "Hand in"), this.button, this.takes, this.status, this.results,
      made("h3", "What goes along"), this.files, this.unsaved, this.beforeHead, this.before,
    );
    context.model.stateChanged.connect(this.showUnsaved, this);
    context.fileChanged.connect(() => this.refresh());
  }

  /** Ask what there is; whether this is a notebook that can be handed in. */
  async refresh() {
    try {
      this.show(await this.ask("GET", this.context.path));
      return this.told.is_out;
    } catch (refused) {
      this.status.textContent = refused.message;
      return false;
    }
  }

  async handIn() {
    if (this.busy) return;
    this.busy = this.button.disabled = true;
    try {
      this.status.textContent = "Saving.";
      await this.context.save();
      if (this.context.model.dirty) throw new Error("The notebook could not be saved, so nothing was handed in.");
      this.status.textContent = "Handing in.";
      await this.ask("POST", this.context.path);
      await this.watch();
    } catch (refused) {
      this.status.textContent = refused.message;
    } finally {
      this.busy = this.button.disabled = false;
    }
  }

  /** Show what becomes of the last hand-in until it has an answer, or waits for nobody. */
  async watch() {
    let place = "";
    do {
      this.show(await this.ask("GET", this.context.path, { place, seconds: place ? NEWS_SECONDS : 0 }));
      place = String(this.told.last.place);
    } while (this.told.last.answer === null && place !== "0");
  }

  show(told) {
    this.told = told;
    this.files.replaceChildren(
      ...told.files.map((file) =>
        made("li", `${file.path}, saved at ${clock(new Date(file.saved))}, digest ${file.digest}`)),
    );
    this.takes.textContent = told.takes;
    this.takes.hidden = told.takes === "";
    this.showUnsaved();
    const last = told.last;
    this.status.textContent = last === null ? "Nothing is handed in yet." : `Number ${last.number}. ${last.said}`;
    this.results.replaceChildren(...(last?.answer?.lines.length ? [this.table(last.answer.lines)] : []));
    this.before.replaceChildren(
      ...told.before.map((one) => made("li", `Number ${one.number}: ${of(one.points, one.most)} points`)),
    );
    this.beforeHead.hidden = told.before.length === 0;
  }

  showUnsaved() {
    this.unsaved.textContent = this.context.model.dirty ? "What you changed since is saved when you hand in." : "";
  }

  table(lines) {
    const table = made("table");
    const head = made("tr");
    for (const name of ["Exercise", "Points"]) head.append(made("th", name, { scope: "col" }));
    table.append(made("caption", "Points of your last hand-in", { hidden: false }), head);
    for (const line of lines) {
      const row = made("tr");
      const name = made("th", line.name, { scope: "row" });
      row.append(name, made("td", of(line.points, line.most), { className: "number" }));
      table.append(row);
      const said = [line.outcome, line.hint].filter((text) => text && text !== "correct").join(": ");
      if (!said && !line.text) continue;
      const cell = made("td", said, { colSpan: 2 });
      if (line.text) cell.append(made("pre", line.text));
      const below = made("tr");
      below.append(cell);
      table.append(below);
    }
    return table;
  }
}

/** The plugin, given how to get at the modules that JupyterLab shares. */
export function handIn(shared) {
  return {
    id: "machine-room:hand-in",
    description: "Hands in the notebook that is open, and shows its points.",
    autoStart: true,
    activate: async (app) => {
      const { Widget } = await shared("@lumino/widgets");
      const { ServerConnection } = await shared("@jupyterlab/services");
      const settings = app.serviceManager.serverSettings;
      document.head.append(made("style", STYLE));

      const ask = async (method, path, query = {}) => {
        const address = new URL(ADDRESS, new URL(settings.baseUrl, document.baseURI));
        address.search = new URLSearchParams({ path, ...query });
        const answer = await ServerConnection.makeRequest(String(address), { method }, settings);
        const said = await answer.json().catch(() => ({}));
        if (!answer.ok) throw new Error(said.message ?? `The server does not answer (${answer.status}). Try again.`);
        return said;
      };

      const open = (panel, one) => {
        if (!one.widget) {
          one.widget = new Widget({ node: one.node });
          one.widget.id = `machine-room-hand-in-${panel.id}`;
          one.widget.title.label = "Hand in";
          one.widget.title.caption = "Hand in";
          panel.disposed.connect(() => one.widget.dispose());
        }
        if (!one.widget.isAttached) app.shell.add(one.widget, "right");
        app.shell.activateById(one.widget.id);
        one.refresh();
        one.button.focus();
      };

      app.docRegistry.addWidgetExtension("Notebook", {
        createNew: (panel, context) => {
          const place = made("div", undefined, { className: "jp-ToolbarButton" });
          const button = made("button", "Hand in", { type: "button", className: "machine-room-hand-in-open" });
          button.style.cssText = "font:inherit;color:var(--jp-ui-font-color1);background:none;border:none;padding:0 6px";
          place.append(button);
          context.ready.then(async () => {
            const one = new HandIn(context, ask);
            if (!(await one.refresh()) || panel.isDisposed) return;
            button.onclick = () => open(panel, one);
            panel.toolbar.addItem("machine-room-hand-in", new Widget({ node: place }));
          });
          return undefined;
        },
      });
    },
  };
}
