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

  /** The area across the line nearest to a place ([lat, lon]) in an area; -1 where none of another neighbourhood touches it. */
  across(unit, [lat, lon]) {
    const { plan, touching, catalogue } = this.editor;
    const own = plan.shown.labels[unit];
    const squeeze = Math.cos((lat * Math.PI) / 180);
    const far = (n) => (catalogue.units.at[n][0] - lat) ** 2 + ((catalogue.units.at[n][1] - lon) * squeeze) ** 2;
    const others = [...touching[unit]].filter((n) => plan.shown.labels[n] >= 0 && plan.shown.labels[n] !== own);
    return others.length ? others.reduce((a, b) => (far(b) < far(a) ? b : a)) : -1;
  }

  /** The neighbourhood beyond a barrier that cuts an area from it, and the name of the barrier; null where there is none. */
  cut(unit) {
    const { plan, catalogue } = this.editor;
    const { labels } = plan.shown;
    for (const [a, b, name] of catalogue.cut) {
      const other = a === unit ? b : b === unit ? a : -1;
      if (other >= 0 && labels[other] >= 0 && labels[other] !== labels[unit]) return { slot: labels[other], name: name || "a barrier" };
    }
    return null;
  }

  /** Ask about the line nearest to a place in an area. */
  async ask(unit, at = this.editor.catalogue.units.at[unit]) {
    const { plan, live, ledger } = this.editor;
    const own = plan.shown.labels[unit];
    if (own === -1) return live.tell("That area is in no neighbourhood, so there is no line to explain.", "Assign it first.");
    const across = this.across(unit, at);
    if (across === -1) {
      const cut = this.cut(unit);
      if (cut) return live.tell(`${this.editor.labelOf(unit)} meets ${plan.nameOf(cut.slot)} along ${cut.name}, which nobody crosses, so the two count as no neighbours.`, "Where people do cross, declare a bridge in links.csv.");
      return live.tell(`${this.editor.labelOf(unit)} lies within ${plan.nameOf(own)}.`, "Choose an area at a line.");
    }
    if (ledger.waiting) return live.tell("Your last edits are not confirmed yet.", "Try again in a moment.");
    const turn = ++this.asked;
    this.editor.set({ cursor: unit });
    this.shown();
    fill(this.element, el("p", { class: "fe-quiet", text: "Looking at the evidence…" }));
    if (!(await this._fetch(turn, unit, plan.shown.labels[across], across))) return;
    live.announce(this.told.line.join(" "));
    if (!this.told.pair?.waiting || !(await this.belonging.find()) || turn !== this.asked) return;
    if (!ledger.waiting && this.told?.version === ledger.version) await this._fetch(turn, unit, plan.shown.labels[across], across);
  }

  /** Ask and draw; false where something went wrong, or another question was asked meanwhile. */
  async _fetch(turn, unit, beyond, across) {
    const { ledger } = this.editor;
    try {
      const told = await ledger.server.evidence(ledger.option, unit, beyond, across);
      if (turn !== this.asked) return false;
      this.told = { version: ledger.version, ...told };
      this._draw();
      return true;
    } catch (error) {
      if (turn === this.asked) fill(this.element, el("p", { class: "bad", text: [error.words || "The evidence could not be fetched just now. Try again in a moment.", error.mend].filter(Boolean).join(" ") }));
      return false;
    }
  }

  _draw() {
    const { names, line, pair, offers, move, slots } = this.told;
    this.old = el("p", { class: "fe-quiet", hidden: true, text: "The plan was changed since; ask again for the evidence as it is now." });
    const [first, ...rest] = move.words;
    fill(this.element, this.old,
      el("h3", { text: `The line between ${names[0]} and ${names[1]}` }),
      el("ul", { class: "fe-sentences" }, ...line.map((words) => el("li", { text: words }))),
      el("div", { class: "fe-row" }, button("Say why it runs here…", () => this.actions.line(slots, this._said(slots)), "Kept with the plan")),
      ...(pair ? this._pair(pair) : []),
      el("h3", { text: `If ${move.named} moved` }),
      el("p", { class: move.sound ? "" : "bad", text: first }),
      el("ul", { class: "fe-sentences" }, ...rest.map((words) => el("li", { text: words }))),
      el("div", { class: "fe-row" }, this._mover(move.unit, move.to), button("Show it", () => this.actions.zoomTo([move.unit]))),
      offers.length ? el("h3", { text: "Others at this line" }) : null,
      offers.length ? el("ul", { class: "fe-list" }, ...offers.map((own) => el("li", {}, el("span", { text: own.words }),
        own.unit < 0 ? null : el("div", { class: "fe-row" }, button("Look at it", () => this.ask(own.unit, this._toward(own))), this._mover(own.unit, own.to))))) : null);
    this.element.scrollTop = 0;
  }

  /** The two areas on either side where the line was clicked. */
  _pair({ words, waiting, strength, across }) {
    const bar = strength === null ? null : el("div", { class: "fe-strength", role: "img", "aria-label": `${strength.toFixed(2)} of 1` }, el("i"));
    if (bar) bar.firstChild.style.width = `${100 * strength}%`;
    return [
      el("h3", { text: "Do the areas on either side belong together?" }), bar,
      el("ul", { class: "fe-sentences" }, ...words.map((text) => el("li", { text }))),
      waiting ? el("p", { class: "fe-quiet", role: "status", text: "Working: communities of care are being looked for; how strongly the two belong together stands here in a moment. You can go on drawing." }) : null,
      el("div", { class: "fe-row" }, button("Show both", () => this.actions.zoomTo([this.told.move.unit, across]))),
    ];
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
