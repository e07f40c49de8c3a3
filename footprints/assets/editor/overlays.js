/** The planner's own files: added here, drawn over the map or under it, taken away again. They never change the plan. */

import { button } from "./panel.js";
import { el, fill, put, svg } from "./dom.js";
import { drawGround, drawPictures, drawShapes, LINES, SIGNS } from "./own.js";

const KINDS = ".geojson,.json,.gpkg,.csv,.zip,.pmtiles";
const shown = new Set(); // what was switched on, for as long as the page is open

export class Overlays {
  constructor(L, editor, map, names) {
    Object.assign(this, { L, editor, map, names });
    this.rows = [];
    this.drawn = new Map(); // key -> what lies on the map
    this.panes();
    this.credit = el("div", { class: "fe-credit fe-over", hidden: true });
    this.list = el("div");
    this.said = el("p", { class: "fe-overlay-none", role: "status" });
    this.input = el("input", { type: "file", multiple: true, accept: KINDS, hidden: true, "aria-label": "Files to draw on the map", on: { change: () => this.add([...this.input.files]) } });
    this.adder = button("Add files…", () => this.input.click());
    this.element = el("fieldset", { class: "fe-overlays" }, el("legend", { text: "Your own files" }), this.list, this.said, this.input, this.adder);
    this._none();
    if (shown.size) queueMicrotask(() => this.fetch());
  }

  panes() {
    const { map } = this;
    const ground = map.createPane("ground", map.getPane("overlayPane"));
    ground.style.zIndex = -1; // under the fills, which lie in the same pane
    ground.style.pointerEvents = "none";
    map.createPane("own").style.zIndex = 450;
  }

  get server() {
    return this.editor.ledger.server;
  }

  /** Ask what there is: another tab may have added a file. */
  async fetch() {
    try {
      this._take(await this.server.overlays());
    } catch (error) {
      this.said.textContent = error.words || "The list of your files could not be fetched just now. Open the layers again.";
    }
  }

  /** Send files, one after the other; each is switched on when it is there, and lies on the map at once. */
  async add(files) {
    this.input.value = "";
    this.adder.disabled = true;
    for (const file of files) {
      this.said.textContent = `Reading ${file.name}…`;
      try {
        const answer = await this.server.addOverlay(file);
        answer.added.forEach((key) => shown.add(key));
        this._take(answer);
        const now = this.rows.filter((row) => answer.added.includes(row.key));
        this.editor.live.announce(now.map((row) => `${row.name} is on the map: ${row.words}.`).join(" "));
      } catch (error) {
        this.editor.live.tell(error.words || `${file.name} could not be sent just now.`, error.words ? "" : "Add it again.", true);
      }
    }
    this.adder.disabled = false;
    this._none();
  }

  async _remove(row) {
    try {
      const answer = await this.server.removeOverlay(row.file);
      this._take(answer);
      this.editor.live.announce(`${row.name} was taken off the map.`);
      this.adder.focus();
    } catch (error) {
      this.editor.live.tell(error.words || "It could not be removed just now.", "", true);
    }
  }

  _take(answer) {
    this.rows = answer.overlays;
    for (const key of shown) if (!this.rows.some((row) => row.key === key)) this._turn(key, false);
    let nth = 0;
    fill(this.list, ...this.rows.map((row) => this._row(row, row.role === "shapes" ? nth++ : 0)));
    this._none();
    for (const row of this.rows) if (shown.has(row.key) && !this.drawn.has(row.key)) this._turn(row.key, true);
  }

  _none() {
    this.said.textContent = this.rows.length ? "" : "Areas, points, barriers, or the roads and water of a base map. They are only drawn; the plan stays as it is.";
  }

  _row(row, nth) {
    row.nth = nth;
    const box = el("input", { type: "checkbox", checked: shown.has(row.key), disabled: row.role === "none", on: { change: () => this._turn(row.key, box.checked) } });
    const more = [...row.left, ...(row.notes || [])];
    const first = this.rows.find((own) => own.file === row.file) === row;
    return el("div", { class: "fe-overlay" },
      el("label", { class: "fe-check" }, box, sample(row), el("span", { text: row.name })),
      el("div", { class: "fe-overlay-about" }, el("span", { text: row.words }),
        first ? el("button", { type: "button", class: "fe-plain", text: "Remove", "aria-label": `Remove ${row.name}`, on: { click: () => this._remove(row) } }) : null),
      more.length ? el("details", {}, el("summary", { text: row.left.length ? row.summary : "How it was read" }), put(el("ul"), ...more.map((text) => el("li", { text })))) : null);
  }

  async _turn(key, on) {
    shown[on ? "add" : "delete"](key);
    const row = this.rows.find((own) => own.key === key);
    if (on && row && !this.drawn.has(key)) {
      const coming = {};
      this.drawn.set(key, coming);
      try {
        const { layer, named } = await this._layer(row);
        if (this.drawn.get(key) !== coming) return; // switched off, or off and on again, in between
        this.drawn.set(key, layer.addTo(this.map));
        this.names.own.set(key, named);
      } catch (error) {
        if (this.drawn.get(key) === coming) this.drawn.delete(key);
        this.editor.live.tell(error.words || `${row.name} could not be fetched just now.`, "Switch it on again.", true);
      }
    }
    if (!on) {
      this.drawn.get(key)?.remove?.();
      this.drawn.delete(key);
      this.names.own.delete(key);
    }
    const under = this.rows.filter((own) => this.drawn.get(own.key)?.remove && (own.role === "ground" || own.role === "pictures"));
    this.map.getContainer().classList.toggle("on-ground", under.length > 0);
    const credits = [...new Set(under.map((own) => own.attribution).filter(Boolean))];
    this.credit.hidden = !credits.length;
    this.credit.textContent = credits.length ? `Base map: ${credits.join("; ")}` : "";
    this.names.now();
  }

  async _layer(row) {
    if (row.role === "pictures") return { layer: drawPictures(this.L, row, this.server.prefix), named: [] };
    const told = await this.server.overlay(row.key);
    if (row.role === "ground") return { layer: drawGround(this.L, told), named: [] };
    const named = told.rows.filter((own) => own.middle && own.name).map((own) => ({ at: own.middle, name: own.name }));
    this.renderer ||= this.L.svg({ pane: "own", padding: 0.3 });
    return { layer: drawShapes(this.L, row, told, this.renderer), named };
  }
}

/** How a layer is drawn, beside its name: the list is the legend. */
function sample(row) {
  const own = svg("svg", { viewBox: "0 0 26 16", width: 26, height: 16, "aria-hidden": "true" });
  if (row.role === "barriers") put(own, svg("path", { d: "M1 13L25 3", stroke: LINES.barrier, "stroke-width": 6, fill: "none" }), svg("path", { d: "M1 13L25 3", stroke: "#fff", "stroke-width": 1.5, "stroke-dasharray": "5 4", fill: "none" }));
  if (row.role === "ground") put(own, svg("path", { d: "M1 12L25 7", stroke: LINES.road, "stroke-width": 2.5, fill: "none" }), svg("path", { d: "M1 4C9 10 14 1 25 13", stroke: LINES.water, "stroke-width": 2.5, fill: "none" }));
  if (row.role === "shapes") {
    const look = SIGNS[row.nth % SIGNS.length];
    if (row.forms.includes("area")) put(own, svg("path", { d: "M1 3H25", stroke: look.colour, "stroke-width": 2.5, "stroke-dasharray": look.dash || "none", fill: "none" }));
    if (row.forms.includes("point")) put(own, svg("path", { d: look.draw(13, 9, 5.5), fill: look.colour }));
  }
  return row.role === "pictures" || row.role === "none" ? null : own;
}
