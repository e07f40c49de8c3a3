/** The parts of one editor, tied together: plan, ledger, drawing, tools, panel. */

import { Changes } from "./changes.js";
import { Editor } from "./editor.js";
import { Evidence } from "./evidence.js";
import { Improve } from "./improve.js";
import { Layers } from "./layers.js";
import { Ledger } from "./ledger.js";
import { Live } from "./live.js";
import { Names } from "./names.js";
import { Panel } from "./panel.js";
import { Plan } from "./plan.js";
import { Problems } from "./problems.js";
import { Server } from "./server.js";
import { Toolbar } from "./toolbar.js";
import { Tools } from "./tools.js";
import { Twin } from "./twin.js";
import { attachKeys, showKeys } from "./keys.js";
import { button } from "./panel.js";
import { decode } from "./geometry.js";
import { el, fill, put, say } from "./dom.js";
import { findBox } from "./find.js";
import { hatchOf } from "./patterns.js";
import { makeActions } from "./actions.js";
import { makeSheet } from "./sheet.js";
import { tabList } from "./tabs.js";
import { count, number } from "./words.js";

const DETAIL_FROM = 13;
const MAKERS = ["new", "merge", "split"];
const TELL_AFTER = 1000;
const EDGE = 12; // pixels kept free round the place at first

/** Build the editor in `wrapper`; `life` holds its data, and takes its parts and what is to be undone in the end. */
export async function start(life, wrapper, styles) {
  const { data } = life;
  const server = new Server(data.base, data.token);
  const [L, catalogue] = await Promise.all([
    import(`${data.leaflet}/leaflet-src.esm.js`), server.catalogue(), ...styles,
  ]);
  const geometry = decode(await server.geometry(catalogue.geometry.url));
  if (life.over) return;

  const live = new Live();
  const plan = new Plan(catalogue);
  const view = {
    labels: plan.shown.labels, locked: plan.shown.locked, selected: new Uint8Array(plan.n), target: -1, lines: [], fillOf: null, hatchOf: null,
    colourOf: (slot) => plan.rows.get(slot)?.colour || "#b8c0c6",
    hatch: (slot) => hatchOf(view.colourOf(slot), palette),
  };
  const palette = [];
  const editor = new Editor({ catalogue, plan, view, live });

  const mapBox = el("div", { class: "fe-map", role: "application", "aria-label": `Map of ${catalogue.area.name}. Arrow keys go from area to area, Enter paints. Press question mark for all keys. The tab Table of areas does the same without a map.` });
  const corner = el("div", { class: "fe-corner fe-over" });
  const readout = el("div", { class: "fe-readout" });
  const doing = el("span", { class: "fe-doing" });
  const under = el("span", { class: "fe-under" });
  readout.append(doing, under);
  const picked = el("div", { class: "fe-picked fe-over", hidden: true });
  const stage = el("div", { class: "fe-stage" }, mapBox);
  wrapper.append(stage); // Leaflet asks the styles of its element, so it must stand in the page
  const map = L.map(mapBox, { zoomControl: false, attributionControl: false, keyboard: false, boxZoom: false, zoomSnap: 0.25, zoomDelta: 1, wheelPxPerZoomLevel: 90, fadeAnimation: false, zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches });
  mapBox.tabIndex = 0;
  // The wheel scrolls the page until the map has been clicked.
  map.scrollWheelZoom.disable();
  mapBox.addEventListener("focus", () => map.scrollWheelZoom.enable());
  mapBox.addEventListener("blur", () => map.scrollWheelZoom.disable());

  const tabs = {};
  const left = el("div", { class: "fe-left" });
  const right = el("aside", { class: "fe-right", "aria-label": "Tally, problems and changes" });
  const main = el("div", { class: "fe-main-area" }, left, right);

  const [[south, west], [north, east]] = catalogue.bounds;
  const sheet = makeSheet(L, view, [north, west]);
  editor.sheet = sheet;
  const actions = makeActions({ editor, map, sheet, host: wrapper });
  const parts = { server, editor, live, map, sheet, actions, ledger: null };
  life.parts = parts;

  const toolbar = new Toolbar(editor, {
    undo: actions.undo, redo: actions.redo, keys: () => showKeys(wrapper), present: () => present(!wrapper.classList.contains("present")),
    layers: () => {
      layers.shelf.hidden = !layers.shelf.hidden;
      if (!layers.shelf.hidden) layers.open();
      toolbar.layers.setAttribute("aria-expanded", String(!layers.shelf.hidden));
      if (!layers.shelf.hidden) layers.shelf.querySelector("input").focus();
    },
  });
  toolbar.layers.setAttribute("aria-expanded", "false");
  const improve = new Improve(editor, wrapper);
  const panel = new Panel(editor, view, { ...actions, improve: (slot) => improve.begin(slot) });
  const changes = new Changes(editor, actions, () => life.data.who || "");
  life.renewed = () => changes.update();
  const evidence = new Evidence(editor, actions, () => showRight("why"));
  const problems = new Problems(editor, server, { zoomTo: actions.showProblem, apply: actions.apply });
  const twin = new Twin(editor, { go: (n) => {
    showTab("map");
    actions.zoomTo([n]);
    editor.set({ cursor: n });
    mapBox.focus();
  } });

  // Left: map or table. Right: tally or problems.
  tabs.left = tabList("Map or table", [["map", "Map and tally"], ["table", "Table of areas"]], (key) => showTab(key));
  tabs.right = tabList("Tally, problems or changes", [["tally", "Neighbourhoods"], ["problems", "Problems"], ["changes", "Changes"], ["why", "Why here"]], (key) => showRight(key));
  const showTab = (key) => {
    tabs.left.choose(key);
    stage.hidden = readout.hidden = key !== "map";
    twin.turn(key === "table");
    if (key === "map") map.invalidateSize(false);
  };
  const showRight = (key) => {
    tabs.right.choose(key);
    panel.tally.hidden = key !== "tally";
    problems.element.hidden = key !== "problems";
    changes.element.hidden = key !== "changes";
    evidence.element.hidden = key !== "why";
    changes.update();
  };
  put(left, tabs.left.element, stage, readout, twin.element, live.note);
  put(right, panel.element, improve.element, tabs.right.element, panel.tally, problems.element, changes.element, evidence.element);
  fill(wrapper, live.banner, toolbar.element, main, live.region);

  await roomFor(mapBox);
  if (life.over) return;
  map.fitBounds(catalogue.bounds, { padding: [EDGE, EDGE] });
  map.setMinZoom(Math.floor(map.getBoundsZoom(catalogue.bounds)) - 1);
  map.setMaxZoom(18);
  map.setMaxBounds(L.latLngBounds(catalogue.bounds).pad(0.7));
  map.addLayer(sheet);
  sheet.use(geometry);
  L.control.zoom({ position: "bottomright" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  const names = new Names(L, map, catalogue, editor.touching, sheet);
  const layers = new Layers(L, editor, map, sheet, names, view);
  evidence.belonging = layers.belonging;
  const tools = new Tools(L, editor, map, sheet, {
    hover: (n) => say(under, n < 0 ? "" : editor.words(n)),
    ask: (n, at) => evidence.ask(n, at),
  });
  const find = findBox((text) => server.find(text, parts.ledger.option), live, (units, unit, label) => {
    const all = unit >= 0 ? [unit] : units;
    actions.zoomTo(all);
    editor.set({ cursor: all[0] ?? -1 });
    live.announce(`Going to ${label}`);
    mapBox.focus();
  });
  put(stage, find, layers.shelf, layers.legends, layers.overlays.credit, corner, picked);

  const present = (on) => {
    wrapper.classList.toggle("present", on);
    names.scale = on ? 1.25 : 1;
    names.now();
    toolbar.present.setAttribute("aria-pressed", String(on));
    if (on) {
      showTab("map");
      showRight("tally");
    }
    requestAnimationFrame(() => map.invalidateSize(false));
  };
  life.undo.push(attachKeys(wrapper, editor, tools, map, { ...actions, ask: (n) => evidence.ask(n), leave: () => {
    if (wrapper.classList.contains("present")) present(false);
    else if (!layers.shelf.hidden) toolbar.layers.click();
    else if (editor.selected().length) editor.clearSelection();
  } }));

  // Full detail, the first time someone looks closely.
  const corners = (words) => say(corner, `Dotted: unassigned · fine lines: locked · ${words}`);
  corners(catalogue.geometry.full && catalogue.geometry.tolerance_m ? `Lines drawn to within ${catalogue.geometry.tolerance_m} m` : "Full detail");
  let asked = !catalogue.geometry.full;
  map.on("zoomend", async () => {
    if (asked || map.getZoom() < DETAIL_FROM) return;
    asked = true;
    try {
      const full = decode(await server.geometry(catalogue.geometry.full));
      if (life.over) return;
      sheet.use(full);
      corners("Full detail");
    } catch {
      asked = false;
    }
  });

  // The look of everything, after anything.
  const tallies = () => plan.tallies();
  const selection = () => {
    const units = editor.selected();
    picked.hidden = !units.length;
    if (!units.length) return;
    fill(picked, el("b", { text: editor.selectionWords() }),
      el("div", { class: "fe-row" },
        editor.target >= 0 ? button(`Paint into ${plan.nameOf(editor.target)}`, () => {
          editor.assign(editor.selected(), editor.target);
          editor.clearSelection();
        }) : null,
        button("Make it a neighbourhood", actions.splitSelection),
        button("Lock", () => editor.apply(editor.selected(), "lock")),
        button("Unlock", () => editor.apply(editor.selected(), "unlock")),
        button("Note…", () => actions.note(-1)),
        button("Clear", () => editor.clearSelection())));
  };
  const status = () => {
    const waiting = parts.ledger.waiting;
    wrapper.dataset.pending = String(waiting);
    wrapper.dataset.version = String(parts.ledger.version);
    wrapper.dataset.hash = plan.hash || "";
    say(panel.saved, waiting ? `Saving ${count(waiting, "edit")}…` : plan.opened ? `All edits saved.${plan.facts.others ? ` Open in ${count(plan.facts.others, "other tab")}.` : ""}` : "");
    panel.saved.classList.toggle("busy", waiting > 0);
    if (parts.ledger.gone) {
      live.trouble(`${parts.ledger.gone === 401 ? parts.ledger.words : "The app was restarted, or this page was left alone for long."} ${waiting ? `Your last ${count(waiting, "edit")} ${waiting === 1 ? "is" : "are"} kept in this tab; reload the page to send ${waiting === 1 ? "it" : "them"}.` : "Reload the page to go on."}`,
        button("Reload", () => location.reload()));
    } else if (parts.ledger.failures > 0) {
      const why = parts.ledger.words ? `${parts.ledger.words} ` : "";
      live.trouble(waiting ? `Not saved: ${count(waiting, "edit")} ${waiting === 1 ? "waits" : "wait"} here. ${why}Trying again…` : `${why || "The server cannot be reached. "}Trying again…`);
    } else live.trouble("");
  };
  editor.on((kind) => {
    if (kind !== "state") {
      panel.update();
      names.soon(plan, tallies);
    }
    if (kind === "plan") {
      twin.update();
      problems.update();
      changes.update();
      evidence.update();
      layers.update();
      toolbar.update();
      tabs.right.label("problems", problems.number ? `Problems (${problems.number})` : "Problems: none");
      tabs.right.label("changes", changes.number ? `Changes (${number(changes.number)})` : "Changes");
      tabs.right.label("tally", `Neighbourhoods (${plan.rows.size})`);
    }
    if (kind === "state") {
      toolbar.update();
      panel.update();
      selection();
    }
    say(doing, editor.doing());
    if (kind !== "stroke") status();
  });

  let telling = 0;
  const tellSoon = (version) => {
    clearTimeout(telling);
    telling = setTimeout(() => life.over || life.tell?.("version", version), TELL_AFTER);
  };
  const learn = (found) => {
    for (const row of plan.rows.values()) if (!palette.includes(row.colour)) palette.push(row.colour);
    if (editor.target !== -1 && !plan.rows.has(editor.target)) editor.set({ target: found.fresh[0] ?? -1 });
    return found.recoloured.flatMap((slot) => plan.unitsOf(slot));
  };
  const opened = (snapshot) => {
    const first = !plan.opened || plan.facts.option !== snapshot.option;
    const found = plan.load(snapshot);
    if (first) editor.set({ target: -1, over: "all" });
    const more = learn(found);
    editor.refresh(more);
    names.now();
    if (first) toolbar.update();
    wrapper.dataset.ready = "true";
    parts.opens = (parts.opens || 0) + 1;
    return found.agrees;
  };
  parts.ledger = editor.ledger = new Ledger(server, data.desk, data.option, {
    opened,
    answered: (answer, done) => {
      const found = plan.merge(answer);
      const more = learn(found);
      const now = performance.now();
      for (const own of done) if (own.at) editor.timings.confirmed.push(now - own.at);
      editor.timings.confirmed.splice(0, editor.timings.confirmed.length - 2000);
      const made = (answer.outcomes || []).filter((own) => own.slot !== undefined && done.some((op) => op.seq === own.seq && MAKERS.includes(op.op))).at(-1);
      if (made && plan.rows.has(made.slot)) editor.set({ target: made.slot, effect: "paint", over: "all" });
      editor.refresh(more);
      if (done.length) tellSoon(answer.version);
      return found.agrees;
    },
    outcome: (outcome) => (outcome.refused ? live.tell(outcome.words, outcome.mend, true) : live.announce(outcome.words)),
    dropped: () => editor.refresh(),
    state: () => {
      if (parts.ledger) {
        status();
        toolbar.update();
      }
    },
  });
  if (life.data.option !== data.option) parts.ledger.switchTo(life.data.option);
  editor.changed("state");
  showTab("map");
  showRight("tally");

  const watch = new ResizeObserver(() => stage.hidden || map.invalidateSize(false));
  watch.observe(mapBox);
  life.undo.push(() => {
    watch.disconnect();
    parts.ledger.stop();
    clearTimeout(telling);
    clearTimeout(names.timer);
    map.remove();
    map.off(); // Leaflet tells of a new size 200 ms later, even of a map that is gone by then
    if (window.footprintsEditor?.editor === editor) delete window.footprintsEditor;
  });
  window.footprintsEditor = {
    editor, plan, map, sheet, ledger: parts.ledger,
    get state() {
      return {
        labels: Array.from(plan.shown.labels), locked: Array.from(plan.shown.locked), confirmed: Array.from(plan.confirmed.labels), hash: plan.hash, client: parts.ledger.client,
        pending: parts.ledger.waiting, version: parts.ledger.version, opens: parts.opens, target: editor.target, tool: editor.tool, timings: editor.timings, option: parts.ledger.option,
      };
    },
    pixelOf(unit) {
      const at = map.latLngToContainerPoint(catalogue.units.at[unit]);
      const rect = mapBox.getBoundingClientRect();
      return { x: rect.left + at.x, y: rect.top + at.y };
    },
  };
}

/** A place without room has no scale, so a map in a page that is not shown yet waits until it is. */
function roomFor(box) {
  return new Promise((resolve) => {
    const watch = new ResizeObserver(() => {
      if (box.clientWidth <= 2 * EDGE || box.clientHeight <= 2 * EDGE) return;
      watch.disconnect();
      resolve();
    });
    watch.observe(box);
  });
}
