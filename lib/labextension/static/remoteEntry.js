// A prebuilt extension of JupyterLab 4 and Notebook 7, written by hand: a container as module federation asks for one.
// Two plugins are in it: saved pictures, below, and the panel *Hand in*, in a module of its own.
//
// An explorer's output has two forms, its widgets and a picture. In a trusted notebook that is opened again the front end
// chooses the widgets, which live no more, and says "model not found". Here the saved picture stands there whenever no
// widget does.
(() => {
  "use strict";
  const WIDGETS = "application/vnd.jupyter.widget-view+json";
  const PICTURE = "image/png";
  const TEXT = "text/html";
  const QUESTION = "machine-room-prediction"; // the class of what explore.predict shows
  const STYLE = `
    .machine-room-saved img { display: block; max-width: 100%; height: auto; }
    .machine-room-saved p { margin: 2px 0; color: var(--jp-ui-font-color1); animation: machine-room-late 1.5s step-end; }
    [data-jp-theme-light="false"] :is(.machine-room-saved, .machine-room-prediction) img[alt] { filter: invert(0.92) hue-rotate(180deg); }
    @keyframes machine-room-late { from { visibility: hidden; } to { visibility: visible; } }
  `;

  /** The picture and a line below it. The line comes late: a widget that is about to appear needs none. */
  function saved(model) {
    const about = model.metadata[PICTURE] ?? {};
    const node = document.createElement("div");
    node.className = "machine-room-saved";
    const image = document.createElement("img");
    image.src = `data:${PICTURE};base64,${model.data[PICTURE]}`;
    image.alt = about.alt ?? "A saved picture.";
    if (about.width) image.width = about.width;
    const line = document.createElement("p");
    line.textContent = "Saved picture. Run the cell to move the sliders.";
    node.append(image, line);
    return node;
  }

  /** A question as text, its answer folded away: JupyterLab's own rendering, cleaned where nobody trusts it. */
  function asked(model, create) {
    const text = create(TEXT);
    text.renderModel(model);
    const node = document.createElement("div");
    const line = document.createElement("p");
    line.textContent = "Run the cell to predict.";
    node.className = "machine-room-saved";
    node.append(text.node, line);
    return node;
  }

  /** What stands for the widget while none lives; undefined for one that is not ours. */
  function standIn(model, create) {
    if (model.data[PICTURE]) return saved(model);
    return String(model.data[TEXT] ?? "").includes(QUESTION) ? asked(model, create) : undefined;
  }

  /** Has the renderer show the picture while no widget's view is in it, whatever it says instead. */
  function watch(renderer, picture) {
    const choose = () => {
      const alive = [...renderer.node.children].some((child) => child !== picture);
      if (alive) picture.remove();
      else if (picture.parentNode !== renderer.node || renderer.node.childNodes.length > 1) {
        renderer.node.replaceChildren(picture); // in place of the text that no widget is there
      }
    };
    // A widget that is closed hides its place.
    renderer.hide = () => choose();
    renderer.show();
    new MutationObserver(choose).observe(renderer.node, { childList: true });
    choose();
  }

  /** A picture alone, as in a notebook that is not trusted: JupyterLab leaves its text out. */
  async function describe(renderer, model, done) {
    await done;
    const said = model.metadata[PICTURE]?.alt;
    if (said) renderer.node.querySelector("img")?.setAttribute("alt", said);
  }

  function wrap(rendermime) {
    const create = rendermime.createRenderer.bind(rendermime);
    rendermime.createRenderer = (mimeType) => {
      const renderer = create(mimeType);
      if (mimeType !== WIDGETS && mimeType !== PICTURE) return renderer;
      const render = renderer.renderModel.bind(renderer);
      renderer.renderModel = (model) => {
        const done = render(model);
        if (mimeType === PICTURE) return describe(renderer, model, done);
        const picture = standIn(model, create);
        if (picture) watch(renderer, picture);
        return done;
      };
      return renderer;
    };
  }

  const plugin = {
    id: "machine-room:saved-pictures",
    description: "Shows an explorer's saved picture where its widgets live no more.",
    autoStart: true,
    activate: (app) => {
      const style = document.createElement("style");
      style.textContent = STYLE;
      document.head.append(style);
      app.docRegistry.addWidgetExtension("Notebook", {
        createNew: (panel) => {
          wrap(panel.content.rendermime);
          return undefined;
        },
      });
    },
  };

  const here = document.currentScript?.src;
  let scope = {};

  /** A module that JupyterLab shares with its extensions. */
  async function shared(name) {
    const [version] = Object.values(scope[name]);
    return (await version.get())();
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB["machine-room"] = {
    init: (given) => {
      scope = given;
    },
    get: async () => {
      const plugins = [plugin];
      const page = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
      if (page.machineRoomHandIn === "true") { // said by machine_room.exchange.panel, on a hub
        const { handIn } = await import(new URL("hand-in.js", here));
        plugins.push(handIn(shared));
      }
      return () => ({ __esModule: true, default: plugins });
    },
  };
})();
