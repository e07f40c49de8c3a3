/** Reference layers over the plan, each with a switch; all off but names, towns and the lines of councils. */

import { el, fill, put } from "./dom.js";
import { Belonging } from "./belonging.js";
import { Overlays } from "./overlays.js";
import { lineStyle } from "./sheet.js";
import { parseLabels } from "./ranges.js";
import { count } from "./words.js";

const BLUES = ["#eff3ff", "#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c"];
const NONE = "#d8dde0";
const CHOROPLETHS = ["imd", "age65", "sure"];
const SURE = ["#ffffff", "#c3cad0", "#87929b", "#3f4951"]; // a scale of grey, so that it stays one in print
const FLOW = [5, 20, 40, 60]; // per cent
const OTHER = { colour: "#801650", width: 3, dash: [9, 6], halo: true };
const PCN = ["#12436d", "#28a197", "#801650", "#f46a25", "#3d3d3d", "#a285d1"];

/** The reference layers of one map and the shelf with their switches. */
export class Layers {
  constructor(L, editor, map, sheet, names, view) {
    Object.assign(this, { L, editor, map, sheet, names, view });
    this.on = new Set(["names", "towns", "district", "upper_tier"]);
    this.practices = null;
    this.links = null;
    this.other = null; // slots of another option's plan, by unit
    this.sure = null; // {kept: per unit, the share of good plans that keep it, version}
    this.flow = null; // {name, share: per unit, of its registered patients}
    this.legend = el("div", { class: "fe-legend", hidden: true });
    this.shelf = el("div", { class: "fe-shelf fe-over", role: "group", "aria-label": "Map layers", hidden: true });
    this._build();
    this._apply();
  }

  _build() {
    const { levels, practices, links, units, towns } = this.editor.catalogue;
    const lines = levels.map((level) => [level.key, `${level.label} lines`]);
    const msoa = levels.find((level) => level.key === "msoa");
    const groups = [
      ["Names and lines", [
        ["names", "Neighbourhood names"], towns?.places.length && ["towns", `Town names (from ${towns.source})`], ...lines, msoa && ["msoa_names", "MSOA names"],
      ]],
      ["Places and connections", [
        practices?.length && ["practices", "GP practices (larger dot: longer list)"], practices?.some((p) => p.pcn) && ["pcn", "Practices coloured by PCN"],
        links?.length && ["links", "Ferries, bridges and other links"],
      ]],
      ["Shading", [["hatch", "Hatching beside colour"], units.imd && ["imd", "Deprivation decile"], units.age65 && ["age65", "Aged 65 and over"], ["sure", "How sure each area is"]]],
    ];
    for (const [title, switches] of groups) {
      const own = switches.filter(Boolean);
      if (!own.length) continue;
      put(this.shelf, el("fieldset", {}, el("legend", { text: title }), ...own.map(([key, text]) => {
        const box = el("input", { type: "checkbox", checked: this.on.has(key), on: { change: () => this.turn(key, box.checked) } });
        (this.boxes ||= new Map()).set(key, box);
        return el("label", { class: "fe-check" }, box, text);
      })));
    }
    this.belonging = new Belonging(this.L, this.editor, this.map, this.names, () => this._apply());
    if (this.editor.catalogue.area.flows) put(this.shelf, this.belonging.element);
    this._lists(practices);
    this.legends = el("div", { class: "fe-legends fe-over" }, this.belonging.legend, this.legend);
    this.overlays = new Overlays(this.L, this.editor, this.map, this.names);
    put(this.shelf, this.overlays.element);
  }

  /** What is chosen from a list: the outline of another option, and where the patients of a practice live. */
  _lists(practices) {
    this.options = choice("Outline of another option", () => this._outline(this.options.input.value));
    put(this.shelf, this.options.element);
    if (!this.editor.catalogue.area.registered || !practices?.length) return;
    this.patients = choice("Where patients live", () => this._patients(this.patients.input.value));
    const own = practices.filter((row) => !row.closed).sort((a, b) => a.name.localeCompare(b.name));
    fill(this.patients.input, el("option", { value: "", text: "of no practice" }), ...own.map((row) => el("option", { value: row.code, text: `${row.name} (${row.code})` })));
    put(this.shelf, this.patients.element);
  }

  /** What was told of an option is no longer true of it once areas have moved. */
  update() {
    if (!this.sure || this.sure.hash === this.editor.plan.hash) return;
    this.sure = null;
    this.turn("sure", false);
    this.editor.live.announce("How sure each area is was worked out for the option as it was, and is not shown any more.");
  }

  /** The options to choose from may have changed. */
  open() {
    this.overlays.fetch();
    const { facts } = this.editor.plan;
    const others = (facts.options || []).filter((own) => own.key !== this.editor.ledger.option);
    const { input } = this.options;
    const before = input.value;
    fill(input, el("option", { value: "", text: others.length ? "none" : "none on the shelf" }), ...others.map((own) => el("option", { value: own.key, text: own.name })));
    input.value = others.some((own) => own.key === before) ? before : "";
    if (input.value !== before) this._outline("");
  }

  async _outline(key) {
    this.other = null;
    if (key) {
      try {
        const snapshot = await this.editor.ledger.server.open(key);
        const of = new Array(this.editor.catalogue.units.code.length).fill(-1);
        for (const [slot, units] of parseLabels(snapshot.labels)) for (const n of units) of[n] = slot;
        if (this.options.input.value === key) this.other = { of, ...OTHER };
      } catch (error) {
        this.editor.live.tell(error.words || "The other option could not be fetched just now.", "Choose it again.", true);
      }
    }
    this._apply();
  }

  async _patients(code) {
    this.flow = null;
    if (code) {
      try {
        const { name, share } = await this.editor.ledger.server.patients(code);
        if (this.patients.input.value !== code) return;
        this.flow = { name, share };
        CHOROPLETHS.forEach((key) => this.on.delete(key));
        this.boxes.forEach((box, own) => (box.checked = this.on.has(own)));
      } catch (error) {
        this.editor.live.tell(error.words || "Its patients could not be fetched just now.", "Choose it again.", true);
      }
    }
    this._apply();
  }

  /** Switch a layer on or off. The choropleths give way to one another. */
  turn(key, on) {
    this.on[on ? "add" : "delete"](key);
    if (on && key === "sure") this._certain();
    if (on && CHOROPLETHS.includes(key)) CHOROPLETHS.filter((own) => own !== key).forEach((own) => this.on.delete(own));
    if (on && CHOROPLETHS.includes(key) && this.flow) {
      this.flow = null;
      this.patients.input.value = "";
    }
    if (on && key === "pcn") this.on.add("practices");
    if (!on && key === "practices") this.on.delete("pcn");
    this.boxes.forEach((box, own) => (box.checked = this.on.has(own)));
    this._apply();
    this.editor.changed("state");
  }

  /** Fetch how sure the areas of the option are; the switch goes back where that is not known. */
  async _certain() {
    const { ledger, live } = this.editor;
    try {
      this.sure = { ...(await ledger.server.certainty(ledger.option)), hash: this.editor.plan.hash };
      live.announce(this.sure.words);
      this._apply();
    } catch (error) {
      this.sure = null;
      live.tell(error.words || "It could not be fetched just now.", "", true);
      this.turn("sure", false);
    }
  }

  _apply() {
    const { catalogue } = this.editor;
    this.view.lines = catalogue.levels.filter((level) => this.on.has(level.key))
      .sort((a, b) => lineStyle(a.key).width - lineStyle(b.key).width).map((level) => ({ of: level.of, ...lineStyle(level.key) }));
    this.view.lines.push(...this.belonging.ties, ...this.belonging.lines);
    if (this.other) this.view.lines.push(this.other);
    this.view.hatchOf = this.on.has("hatch") ? this.view.hatch : null;
    this.view.fillOf = this._shade();
    this.names.shown = this.on.has("names");
    this.names.towns = this.on.has("towns");
    this.names.level = this.on.has("msoa_names") ? catalogue.levels.find((level) => level.key === "msoa") : null;
    this.names.now();
    this._dots();
    this._links();
    this.sheet.all();
  }

  _shade() {
    const { imd, age65 } = this.editor.catalogue.units;
    this.legend.hidden = true;
    if (this.flow) {
      const { name, share } = this.flow;
      this._key(`Registered with ${name}, of those who live there`, ["none", "under 5 %", "5–20 %", "20–40 %", "40–60 %", "60 % or more"], [NONE, ...BLUES.slice(1)]);
      return (n) => (share[n] > 0 ? BLUES[1 + FLOW.filter((least) => share[n] >= least).length] : NONE);
    }
    if (this.on.has("sure") && this.sure) {
      this._key(`Kept in its neighbourhood by so many of ${count(this.sure.plans, "good plan")}`, ["80 % or more: core", "60–79 %", "40–59 %", "under 40 %: most contested"], SURE);
      return (n) => SURE[[80, 60, 40].filter((least) => this.sure.kept[n] < least).length];
    }
    if (this.on.has("imd") && imd) {
      this._key("Deprivation decile", ["9–10 (least deprived)", "7–8", "5–6", "3–4", "1–2 (most deprived)"], BLUES.slice(1));
      return (n) => (imd[n] ? BLUES[5 - Math.floor((imd[n] - 1) / 2)] : NONE);
    }
    if (this.on.has("age65") && age65) {
      this._key("Aged 65 and over", ["under 10 %", "10–15 %", "15–20 %", "20–25 %", "25–30 %", "30 % or more"], BLUES);
      return (n) => (age65[n] === null ? NONE : BLUES[Math.min(5, Math.max(0, Math.floor((age65[n] - 5) / 5)))]);
    }
    return null;
  }

  _key(title, texts, colours) {
    fill(this.legend, el("b", { text: title }), ...texts.map((text, i) => {
      const patch = el("i");
      patch.style.background = colours[i];
      return el("span", {}, patch, text);
    }), el("small", { text: "Outlines still show the neighbourhoods." }));
    this.legend.hidden = false;
  }

  _dots() {
    this.practices?.remove();
    this.practices = null;
    if (!this.on.has("practices")) return;
    const { L } = this;
    const groups = [...new Set(this.editor.catalogue.practices.map((row) => row.pcn).filter(Boolean))].sort();
    const colour = (row) => (this.on.has("pcn") && row.pcn ? PCN[groups.indexOf(row.pcn) % PCN.length] : row.outside ? "#768692" : "#212b32");
    this.renderer ||= L.svg({ padding: 0.3 });
    this.practices = L.featureGroup(this.editor.catalogue.practices.map((row) => {
      const dot = L.circleMarker([row.lat, row.lon], {
        renderer: this.renderer, radius: row.list ? Math.min(11, Math.max(3.5, Math.sqrt(row.list) / 14)) : 4, weight: row.closed ? 2.5 : 1.5,
        color: row.closed ? colour(row) : "#ffffff", fillColor: row.closed ? "#ffffff" : colour(row), fillOpacity: 1, bubblingMouseEvents: true,
      });
      const lines = [...(row.lines?.length ? row.lines : [row.name]), row.pcn && this.on.has("pcn") ? row.pcn : ""].filter(Boolean);
      return dot.bindTooltip(() => el("div", { class: "fe-tip" }, ...lines.map((text) => el("div", { text }))), { opacity: 1 });
    })).addTo(this.map);
  }

  _links() {
    this.links?.remove();
    this.links = null;
    if (!this.on.has("links")) return;
    const { at } = this.editor.catalogue.units;
    this.renderer ||= this.L.svg({ padding: 0.3 });
    this.links = this.L.featureGroup(this.editor.catalogue.links.map(([a, b, kind]) => this.L.polyline([at[a], at[b]], {
      renderer: this.renderer, color: "#212b32", weight: 2.5, dashArray: "6 5", bubblingMouseEvents: true,
    }).bindTooltip(() => el("div", { class: "fe-tip" }, el("div", { text: `Link: ${kind}` })), { sticky: true, opacity: 1 }))).addTo(this.map);
  }

  /** How many switches are on beyond the usual ones: for the button's title. */
  words() {
    return `Map layers: ${count(this.on.size, "layer")} on`;
  }
}

function choice(text, changed) {
  const input = el("select", { "aria-label": text, on: { change: changed } });
  return { input, element: el("fieldset", {}, el("legend", { text }), input) };
}
