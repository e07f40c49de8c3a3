/** Two to six plans on maps of one scale and extent that move together: side by side, as a swipe, or as a difference. */

import { Server } from "./server.js";
import { Pane } from "./pane.js";
import { button } from "./panel.js";
import { boundsOf, decode } from "./geometry.js";
import { el, fill, put, say } from "./dom.js";
import { link } from "./linked.js";
import { parseLabels, parseRanges } from "./ranges.js";
import { tabList } from "./tabs.js";

const OLD_LINE = { colour: "#801650", width: 3, dash: [9, 6], halo: true };
const BODY_LINE = { colour: "#212b32", width: 5, core: 2 };
const PALE = "#f3f5f6";
const OUTSIDE = "#c3cad0";
const VIEWS = [["side", "Side by side"], ["swipe", "Swipe"], ["difference", "Difference"]];

/**
 * Draw the maps into `root`.
 * @param {{root: HTMLElement, data: object}} what  data: {base, leaflet, token, plans: [{name, said, labels, rows}], moved, words, view, body, inside}
 * @returns {(() => void) & {update: (data: object) => void}} the clean-up function
 */
export function mount({ root, data }) {
  const life = { over: false, data, maps: null };
  const wrapper = el("div", { class: "fe-editor fc-compare" });
  const sheets = [`${data.leaflet}/leaflet.css`, ...["editor.css", "compare.css"].map((name) => new URL(`./${name}`, import.meta.url).href)];
  const styles = sheets.map((href) => el("link", { rel: "stylesheet", href }));
  const loaded = styles.map((own) => new Promise((resolve) => { own.onload = own.onerror = resolve; }));
  root.replaceChildren(...styles, wrapper);
  const begin = () => {
    const curtain = el("p", { class: "fe-wait", role: "status", text: "Opening the maps…" });
    fill(wrapper, curtain);
    open(life, wrapper, loaded).catch((error) => {
      if (life.over) return;
      console.error(error);
      fill(wrapper, curtain);
      fill(curtain, error.words || "The maps could not be opened.", button("Try again", begin));
    });
  };
  begin();
  const cleanUp = () => {
    life.over = true;
    life.maps?.remove();
  };
  cleanUp.update = (next) => {
    life.data = next;
    life.maps?.use(next);
  };
  return cleanUp;
}

async function open(life, wrapper, styles) {
  const { data } = life;
  const server = new Server(data.base, data.token);
  const [L, catalogue] = await Promise.all([import(`${data.leaflet}/leaflet-src.esm.js`), server.catalogue(), ...styles]);
  const geometry = decode(await server.geometry(catalogue.geometry.url));
  if (life.over) return;
  const touching = catalogue.units.code.map(() => []);
  for (const [a, b] of catalogue.near) {
    touching[a].push(b);
    touching[b].push(a);
  }
  life.maps = new Maps(wrapper, { L, catalogue, geometry, touching }, life.data);
  life.maps.use(life.data);
}

class Maps {
  constructor(wrapper, place, data) {
    Object.assign(this, { wrapper, place, panes: [], view: data.view || "side", from: 0, to: 1, swiped: 50, at: null, touched: false, pointed: -1, unlink: null });
    this.tabs = tabList("How the maps are shown", VIEWS, (key) => this.show(key));
    this.choices = el("div", { class: "fc-choices" });
    this.words = el("p", { class: "fc-words", role: "status" });
    this.stage = el("div", { class: "fc-stage" });
    this.under = el("p", { class: "fc-under" });
    this.legend = el("div", { class: "fc-legend" });
    for (const kind of ["pointerdown", "wheel", "keydown"]) this.stage.addEventListener(kind, (event) => {
      if (event.target.closest(".fe-map")) this.touched = true;
    }, { passive: true });
    fill(wrapper, el("div", { class: "fc-bar" }, this.tabs.element, this.choices), this.words, this.stage, this.under, this.legend);
    window.footprintsCompare = this;
  }

  /** Take plans from the page; the view, and where the maps look, stay. */
  use(data) {
    const n = this.place.catalogue.units.code.length;
    this.data = data;
    this.plans = data.plans.map((plan) => {
      const labels = new Int16Array(n).fill(-1);
      for (const [slot, units] of parseLabels(plan.labels)) for (const unit of units) labels[unit] = slot;
      const rows = new Map(plan.rows.map(([slot, number, name, colour, people]) => [slot, { name: `${number}. ${name}`, colour, people }]));
      return { ...plan, labels, rows };
    });
    const before = this.body;
    this.body = data.body || "";
    this.inside = data.body ? new Uint8Array(n) : null;
    this.focus = null;
    if (this.inside) {
      const units = parseRanges(data.inside);
      for (const unit of units) this.inside[unit] = 1;
      this.focus = boundsOf(this.place.geometry, units);
    }
    // Another body is looked at from the start.
    if (before !== undefined && before !== this.body) [this.touched, this.at] = [false, null];
    if (this.from >= this.plans.length || this.to >= this.plans.length) [this.from, this.to] = [0, 1];
    this.show(this.view);
  }

  show(view) {
    this.view = view;
    this.tabs.choose(view);
    this._clear();
    this._choose();
    this.wrapper.dataset.view = view;
    this.wrapper.dataset.ready = "false";
    this.stage.className = `fc-stage fc-${view}`;
    this.stage.dataset.count = view === "side" ? String(this.plans.length) : "1";
    if (view === "side") this._side();
    else if (view === "swipe") this._swipe();
    else this._difference();
    this._words();
    this._key();
    this.unlink = link(this.panes.map((pane) => pane.map), (at) => (this.at = at));
    this.wrapper.dataset.ready = "true";
  }

  remove() {
    this._clear();
    if (window.footprintsCompare === this) delete window.footprintsCompare;
  }

  _clear() {
    this.unlink?.();
    this.unlink = null;
    this.panes.splice(0).forEach((pane) => pane.remove());
    fill(this.stage);
  }

  _pane(box, plan, more = {}) {
    const { inside, focus } = this;
    const fillOf = (n) => (inside[n] ? (plan.labels[n] < 0 ? "#ffffff" : plan.rows.get(plan.labels[n])?.colour || "#b8c0c6") : OUTSIDE);
    const lines = [...(more.lines || []), ...(inside ? [{ has: (n, m) => (n < 0 ? 0 : inside[n]) !== (m < 0 ? 0 : inside[m]), ...BODY_LINE }] : [])];
    const pane = new Pane(this.place, box, plan, { focus, towns: this.view === "swipe" || (this.view === "side" && this.plans.length < 3), at: this.touched ? this.at : null, touched: () => this.touched, under: (n) => this._point(n), fillOf: inside ? fillOf : null, ...more, lines });
    this.panes.push(pane);
    return pane;
  }

  _side() {
    for (const plan of this.plans) {
      const box = el("div", { class: "fe-map", role: "application", "aria-label": `Map of ${plan.name}. Arrow keys move all maps, plus and minus zoom them.` });
      put(this.stage, el("figure", { class: "fc-figure" }, el("figcaption", {}, el("b", { text: plan.name }), el("span", { text: plan.said })), el("div", { class: "fc-box" }, box)));
      this._pane(box, plan);
    }
  }

  _swipe() {
    const [a, b] = [this.plans[this.from], this.plans[this.to]];
    const below = el("div", { class: "fe-map", role: "application", "aria-label": `Map of ${a.name} on the left and ${b.name} on the right. Arrow keys move it, plus and minus zoom it.` });
    const above = el("div", { class: "fe-map fc-above", "aria-hidden": "true" });
    const line = el("div", { class: "fc-line" });
    const slider = el("input", { type: "range", min: 0, max: 100, step: 1, value: this.swiped, "aria-label": `Where ${a.name} ends and ${b.name} begins` });
    const box = el("div", { class: "fc-box" }, below, above, line);
    put(this.stage, el("figure", { class: "fc-figure" },
      el("figcaption", { class: "fc-ends" }, el("b", { text: `◀ ${a.name}` }), el("b", { text: `${b.name} ▶` })), el("div", { class: "fc-swiper" }, slider), box));
    const move = () => {
      this.swiped = Number(slider.value);
      above.style.clipPath = `inset(0 ${100 - this.swiped}% 0 0)`;
      line.style.left = `${this.swiped}%`;
      slider.setAttribute("aria-valuetext", `${this.swiped} % ${a.name}, ${100 - this.swiped} % ${b.name}`);
    };
    const drag = (event) => {
      const rect = box.getBoundingClientRect();
      slider.value = String(Math.round((100 * (event.clientX - rect.left)) / rect.width));
      move();
    };
    line.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      line.setPointerCapture(event.pointerId);
      line.addEventListener("pointermove", drag);
    });
    line.addEventListener("pointerup", () => line.removeEventListener("pointermove", drag));
    slider.addEventListener("input", move);
    this._pane(below, b);
    this._pane(above, a, { quiet: true });
    move();
  }

  _difference() {
    const [a, b] = [this.plans[this.from], this.plans[this.to]];
    const moved = new Uint8Array(b.labels.length);
    for (const n of parseRanges(this.data.moved[this._pair()])) moved[n] = 1;
    const box = el("div", { class: "fe-map", role: "application", "aria-label": `Map of what moves from ${a.name} to ${b.name}. Arrow keys move it, plus and minus zoom it.` });
    put(this.stage, el("figure", { class: "fc-figure" }, el("figcaption", {}, el("b", { text: `From ${a.name} to ${b.name}` })), el("div", { class: "fc-box" }, box)));
    this._pane(box, b, { moved, fillOf: (n) => (this.inside && !this.inside[n] ? OUTSIDE : moved[n] ? b.rows.get(b.labels[n])?.colour || "#ffffff" : PALE), lines: [{ has: (n, m) => (!this.inside || this.inside[n] || this.inside[m]) && a.labels[n] !== a.labels[m] && b.labels[n] === b.labels[m], inner: true, ...OLD_LINE }] });
  }

  _pair() {
    return [this.from, this.to].sort((a, b) => a - b).join("-");
  }

  /** Which two plans are looked at, where two are looked at and there are more. */
  _choose() {
    if (this.view === "side" || this.plans.length === 2) return fill(this.choices, this.view === "side" ? null : button("Change places", () => this._look(this.to, this.from)));
    const choice = (text, own, other, set) => el("label", { class: "fe-inline" }, text, el("select", { on: { change: (event) => set(Number(event.target.value)) } },
      ...this.plans.map((plan, n) => el("option", { value: String(n), text: plan.name, selected: n === own, disabled: n === other }))));
    return fill(this.choices, choice("From ", this.from, this.to, (n) => this._look(n, this.to)), choice("to ", this.to, this.from, (n) => this._look(this.from, n)));
  }

  _look(from, to) {
    [this.from, this.to] = [from, to];
    this.show(this.view);
    this.choices.querySelector("button, select")?.focus();
  }

  _words() {
    say(this.words, this.view === "side" ? "One scale and extent; the maps move together. The same number and colour: the same neighbourhood, matched by people." : this.data.words[`${this.from}-${this.to}`] || "");
    say(this.under, "Point at an area to see where each plan puts it.");
  }

  _point(n) {
    if (n === this.pointed) return;
    this.pointed = n;
    say(this.under, this._place(n));
  }

  _place(n) {
    if (n < 0) return "Point at an area to see where each plan puts it.";
    const all = this.plans.map((plan) => `${plan.name}: ${plan.labels[n] < 0 ? "no neighbourhood" : plan.rows.get(plan.labels[n])?.name}`);
    return `${this.place.catalogue.units.label[n]} — ${all.join(" · ")}`;
  }

  _key() {
    const sign = (kind, text) => el("span", {}, el("i", { class: kind }), text);
    const lines = [sign("between", "Neighbourhood"), sign("district", "District line")];
    const body = this.body ? [sign("body", `${this.body}; grey: outside it`)] : [];
    if (this.view === "difference") {
      const [a, b] = [this.plans[this.from], this.plans[this.to]];
      fill(this.legend, sign("moved", "Area that moves, in the colour of where it goes"), sign("between", `Line in ${b.name}`), sign("old", `Line in ${a.name} alone`), lines[1], sign("loose", "Dotted: in no neighbourhood"), ...body);
    } else fill(this.legend, ...lines, sign("loose", "Dotted: in no neighbourhood"), ...body);
  }
}
