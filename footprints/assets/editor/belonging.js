/** What belongs together: borders by how little joins the areas on either side, and communities of care. */

import { anchors } from "./names.js";
import { el, fill, svg } from "./dom.js";
import { count, listed, number } from "./words.js";

const EVERY = 700;
const KEY = "communities";
const FAIR = 40; // per cent
const STRONG = 75;
// Told apart by form and width, so that they are legible in grey: a double line divides, a thin one does less so.
const FAIRLY = { colour: "#39424a", width: 2.2, dash: [6, 4], halo: true, inner: true };
const WEAKLY = { colour: "#16191c", width: 6, core: 2.6, inner: true };
const OUTLINE = { colour: "#000000", width: 2.6, dash: [2, 5], halo: true, inner: true };

export class Belonging {
  /** `changed()`: draw the lines of the sheet anew */
  constructor(L, editor, map, names, changed) {
    Object.assign(this, { L, editor, map, names, changed, known: null, lines: [], ties: [] });
    this.waiting = null;
    this.edges = el("input", { type: "checkbox", on: { change: () => this._edges() } });
    this.choice = el("select", { "aria-label": "Communities of care", on: { change: () => this._outline() } },
      el("option", { value: "", text: "none" }), el("option", { value: "usual", text: "find them…" }));
    this.said = el("p", { class: "fe-overlay-none", role: "status" });
    this.legend = el("div", { class: "fe-legend", hidden: true });
    this.element = el("fieldset", {}, el("legend", { text: "What belongs together" }),
      el("label", { class: "fe-check" }, this.edges, "How strongly areas belong together"),
      el("label", { class: "fe-under" }, "Communities of care (people on the same lists)", this.choice), this.said);
  }

  /** What is known of the place, worked out in the background when it is first wanted; null where it cannot be. */
  find() {
    this.waiting ||= this._find().finally(() => (this.waiting = null));
    return this.waiting;
  }

  async _find() {
    const { ledger } = this.editor;
    while (!this.known && !ledger.stopped) {
      try {
        const now = await ledger.server.belonging();
        if (now.edges) this._take(now);
        else if (now.done) {
          this.said.textContent = `${now.words} ${now.mend}`.trim();
          this.editor.live.tell(now.words, now.mend);
          return null;
        } else {
          this.said.textContent = `Working: ${now.words || "looking for communities"} · ${now.seconds} s. You can go on drawing.`;
          await new Promise((done) => setTimeout(done, EVERY));
        }
      } catch (error) {
        if (error.status !== 0) {
          this.said.textContent = error.words || "Communities could not be fetched just now. Switch the layer on again.";
          return null;
        }
        await new Promise((done) => setTimeout(done, EVERY));
      }
    }
    return this.known;
  }

  _take(told) {
    this.known = told;
    this.said.textContent = "";
    fill(this.choice, el("option", { value: "", text: "none" }), ...told.divisions.map((own, i) => {
      const middle = [...own.patients].sort((a, b) => a - b)[Math.floor(own.patients.length / 2)];
      return el("option", { value: String(i), text: `${own.names.length} of about ${number(Math.round(middle / 1000) * 1000)} patients` });
    }));
  }

  async _edges() {
    if (this.edges.checked && !this.known && !(await this.find())) this.edges.checked = false;
    this.ties = [];
    if (this.edges.checked) {
      const of = new Map(this.known.edges.map(([a, b, strength]) => [key(a, b), strength]));
      const among = (least, most) => (a, b) => {
        const strength = of.get(key(a, b));
        return strength >= least && strength < most;
      };
      this.ties = [{ ...FAIRLY, has: among(FAIR, STRONG) }, { ...WEAKLY, has: among(0, FAIR) }];
    }
    this._key();
    this.changed();
  }

  async _outline() {
    const wanted = this.choice.value;
    if (wanted && !this.known) {
      if (!(await this.find())) {
        this.choice.value = "";
        return;
      }
      this.choice.value = String(this.known.usual);
    }
    const own = this.choice.value === "" ? null : this.known.divisions[Number(this.choice.value)];
    this.lines = own ? [{ of: own.of, ...OUTLINE }] : [];
    if (own) {
      const { units } = this.editor.catalogue;
      const found = anchors(Int32Array.from(own.of), this.editor.touching, units.at, units.residents);
      this.names.own.set(KEY, [...found].map(([c, { unit }]) => ({ at: units.at[unit], name: own.names[c] })));
      this.editor.live.announce(`${count(own.names.length, "community", "communities")} of care on the map`);
    } else this.names.own.delete(KEY);
    this._key();
    this.changed();
  }

  _key() {
    const rows = [];
    if (this.ties.length) {
      rows.push(el("b", { text: "Areas on either side belong together" }),
        el("span", {}, sample(WEAKLY), "weakly (under 0.4 of 1)"), el("span", {}, sample(FAIRLY), "to some degree (0.4 to 0.75)"),
        el("small", { text: "No such line: strongly. By shared practices and communities in common." }));
    }
    if (this.lines.length) {
      rows.push(el("span", {}, sample(OUTLINE), "Edge of a community of care"));
      const { alike } = this.known.divisions[Number(this.choice.value)];
      if (alike.length) rows.push(el("small", { text: `As alike to the ${listed(alike.map(([level, own]) => `${level} lines as ${own.toFixed(2)}`))}, where 1 is the same and 0 no more than chance (adjusted Rand index).` }));
    }
    fill(this.legend, ...rows);
    this.legend.hidden = !rows.length;
  }
}

function key(a, b) {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function sample({ colour, width, dash, core }) {
  const line = (stroke, wide) => svg("path", { d: "M1 5H25", stroke, "stroke-width": wide, "stroke-dasharray": dash?.join(" ") || "none", fill: "none" });
  return svg("svg", { viewBox: "0 0 26 10", width: 26, height: 10, "aria-hidden": "true" }, line(colour, width), core ? line("#ffffff", core) : null);
}
