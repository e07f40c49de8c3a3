/** Why a line is where it is, and what moving an area across it would do: to people, patients, practices and PCNs. */

import { el, fill } from "./dom.js";
import { button } from "./panel.js";
import { formatRanges } from "./ranges.js";

export class Evidence {
  /** `actions`: {zoomTo(units), line(slots, before)}; `shown()`: bring it to the front */
  constructor(editor, actions, shown) {
    Object.assign(this, { editor, actions, shown, asked: 0, told: null });
    this.element = el("div", { class: "fe-evidence fe-scroll", tabIndex: 0, role: "region", "aria-label": "Why here" });
    this._invite();
  }

  _invite() {
    fill(this.element, el("p", { class: "fe-quiet", text: "Choose “Why here?” above the map and click an area at a line (or press Y on it): what speaks for the line, and what moving the area across it would do to people, patients, practices and PCNs." }));
  }

  /** What was told is of an earlier plan. */
  update() {
    if (this.told && this.told.version !== this.editor.ledger.version) this.old?.removeAttribute("hidden");
  }

  /** The neighbourhood across the line nearest to a place ([lat, lon]) in an area; -1 where none touches it. */
  beyond(unit, [lat, lon]) {
    const { plan, touching, catalogue } = this.editor;
    const own = plan.shown.labels[unit];
    const squeeze = Math.cos((lat * Math.PI) / 180);
    const far = (n) => (catalogue.units.at[n][0] - lat) ** 2 + ((catalogue.units.at[n][1] - lon) * squeeze) ** 2;
    const others = [...touching[unit]].filter((n) => plan.shown.labels[n] >= 0 && plan.shown.labels[n] !== own);
    return others.length ? plan.shown.labels[others.reduce((a, b) => (far(b) < far(a) ? b : a))] : -1;
  }

  /** Ask about the line nearest to a place in an area. */
  async ask(unit, at = this.editor.catalogue.units.at[unit]) {
    const { plan, live, ledger } = this.editor;
    const own = plan.shown.labels[unit];
    if (own === -1) return live.tell("That area is in no neighbourhood, so there is no line to explain.", "Assign it first.");
    const beyond = this.beyond(unit, at);
    if (beyond === -1) return live.tell(`${this.editor.labelOf(unit)} lies within ${plan.nameOf(own)}.`, "Choose an area at a line.");
    if (ledger.waiting) return live.tell("Your last edits are not confirmed yet.", "Try again in a moment.");
    const turn = ++this.asked;
    this.editor.set({ cursor: unit });
    this.shown();
    fill(this.element, el("p", { class: "fe-quiet", text: "Looking at the evidence…" }));
    try {
      const told = await ledger.server.evidence(ledger.option, unit, beyond);
      if (turn !== this.asked) return;
      this.told = { version: ledger.version, ...told };
      this._draw();
      live.announce(told.line.join(" "));
    } catch (error) {
      if (turn === this.asked) fill(this.element, el("p", { class: "bad", text: [error.words || "The evidence could not be fetched just now. Try again in a moment.", error.mend].filter(Boolean).join(" ") }));
    }
  }

  _draw() {
    const { names, line, offers, move, slots } = this.told;
    this.old = el("p", { class: "fe-quiet", hidden: true, text: "The plan was changed since; ask again for the evidence as it is now." });
    const [first, ...rest] = move.words;
    fill(this.element, this.old,
      el("h3", { text: `The line between ${names[0]} and ${names[1]}` }),
      el("ul", { class: "fe-sentences" }, ...line.map((words) => el("li", { text: words }))),
      el("div", { class: "fe-row" }, button("Say why it runs here…", () => this.actions.line(slots, this._said(slots)), "Kept with the plan")),
      el("h3", { text: `If ${move.named} moved` }),
      el("p", { class: move.sound ? "" : "bad", text: first }),
      el("ul", { class: "fe-sentences" }, ...rest.map((words) => el("li", { text: words }))),
      el("div", { class: "fe-row" }, this._mover(move.unit, move.to), button("Show it", () => this.actions.zoomTo([move.unit]))),
      offers.length ? el("h3", { text: "Others at this line" }) : null,
      offers.length ? el("ul", { class: "fe-list" }, ...offers.map((own) => el("li", {}, el("span", { text: own.words }),
        own.unit < 0 ? null : el("div", { class: "fe-row" }, button("Look at it", () => this.ask(own.unit, this._toward(own))), this._mover(own.unit, own.to))))) : null);
    this.element.scrollTop = 0;
  }

  _mover(unit, to) {
    const locked = this.editor.plan.shown.locked[unit];
    const words = `Move it to ${this.editor.plan.nameOf(to)}`;
    const own = button(locked ? "Locked" : words, () => {
      this.editor.submit({ op: "paint", units: formatRanges([unit]), to });
      this._invite();
      this.told = null;
    });
    own.disabled = Boolean(locked);
    return own;
  }

  /** A place in the neighbourhood that an offered area would go to. */
  _toward({ unit, to }) {
    const { plan, touching, catalogue } = this.editor;
    const other = [...touching[unit]].find((n) => plan.shown.labels[n] === to);
    return catalogue.units.at[other ?? unit];
  }

  _said(slots) {
    const known = (this.editor.plan.facts.lines || []).find(([a, b]) => slots.includes(a) && slots.includes(b));
    return known ? known[4] : "";
  }
}
