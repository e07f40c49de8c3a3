/** What was moved by hand, by whom, when and why: one entry for what one edit moved, with its areas below. */

import { el, fill } from "./dom.js";
import { button } from "./panel.js";
import { count, number } from "./words.js";

const LISTED = 60; // areas of one entry that are written out
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

export class Changes {
  /** `actions`: {zoomTo(units), why(units, words, before), line(slots, before)}; `who()`: the name that edits go under */
  constructor(editor, actions, who) {
    Object.assign(this, { editor, actions, who, key: "", open: new Set() });
    this.element = el("div", { class: "fe-changes fe-scroll", tabIndex: 0, role: "region", "aria-label": "Changes" });
  }

  get number() {
    return this.editor.plan.changes.size;
  }

  update() {
    const { plan } = this.editor;
    const key = `${plan.facts.option}|${plan.facts.version}|${plan.facts.hash}|${this.who()}`;
    if (this.element.hidden || this.key === key) return;
    this.key = key;
    const entries = this._entries();
    const lines = plan.facts.lines || [];
    fill(this.element,
      el("p", { class: "fe-quiet fe-by", text: this.who() ? `Edits are written down under “${this.who()}”.` : "Edits are written down without a name. Give yours beside the page, under “Your name”." }),
      entries.length
        ? el("ol", { class: "fe-list" }, ...entries.map((own) => this._entry(own)))
        : el("p", { class: "fe-good", text: "No area of this plan was moved by hand." }),
      el("h3", { text: "Lines between neighbourhoods" }),
      lines.length ? el("ul", { class: "fe-list" }, ...lines.map((own) => this._line(own))) : el("p", { class: "fe-quiet", text: "Say why a line runs where it does; it stays with the plan." }),
      el("div", { class: "fe-row" }, button("Explain a line…", () => this.actions.line(null, ""))));
  }

  /** What one edit moved from one place to another, latest first. */
  _entries() {
    const { plan } = this.editor;
    const entries = new Map();
    for (const [n, own] of [...plan.changes].sort((a, b) => a[0] - b[0])) {
      const key = JSON.stringify([own.was, plan.confirmed.labels[n], own.who, own.when, own.why]);
      if (!entries.has(key)) entries.set(key, { key, ...own, to: plan.confirmed.labels[n], units: [] });
      entries.get(key).units.push(n);
    }
    return [...entries.values()].sort((a, b) => (a.when < b.when ? 1 : a.when > b.when ? -1 : a.units[0] - b.units[0]));
  }

  _entry(own) {
    const people = this.editor.people();
    const one = own.units.length === 1;
    const what = one ? this.editor.labelOf(own.units[0]) : `${count(own.units.length, "area")}, ${this.editor.heads(own.units.reduce((sum, n) => sum + people[n], 0))}`;
    const words = `${what}: ${this._from(own.was)} → ${this.editor.plan.nameOf(own.to)}`;
    const list = one ? null : el("details", { open: this.open.has(own.key), on: { toggle: (event) => this.open[event.target.open ? "add" : "delete"](own.key) } },
      el("summary", { text: "Its areas" }),
      el("ul", { class: "fe-list" }, ...own.units.slice(0, LISTED).map((n) => el("li", { class: "fe-row" },
        el("span", { text: this.editor.labelOf(n) }), this._buttons([n], this.editor.labelOf(n), own.why)))),
      own.units.length > LISTED ? el("p", { class: "fe-quiet", text: `and ${number(own.units.length - LISTED)} more: the table of areas has them all.` }) : null);
    return el("li", { class: "fe-entry" },
      el("p", { text: words }),
      own.why ? el("p", { class: "fe-reason", text: `Why: ${own.why}` }) : null,
      el("p", { class: "fe-small-line", text: signature(own) }),
      this._buttons(own.units, words, own.why), list);
  }

  _buttons(units, words, before) {
    const why = button(before ? "Change why…" : "Why…", () => this.actions.why(units, words, before));
    const show = button("Show", () => this.actions.zoomTo(units), "Show on the map");
    for (const own of [why, show]) own.setAttribute("aria-label", `${own.textContent} ${words}`);
    return el("div", { class: "fe-row" }, why, show);
  }

  _line([a, b, who, when, why]) {
    const { plan } = this.editor;
    return el("li", { class: "fe-entry" },
      el("p", { text: `${plan.nameOf(a)} – ${plan.nameOf(b)}` }),
      el("p", { class: "fe-reason", text: `Why: ${why}` }),
      el("p", { class: "fe-small-line", text: signature({ who, when }) }),
      el("div", { class: "fe-row" }, button("Change why…", () => this.actions.line([a, b], why))));
  }

  /** The neighbourhood that an area was in at first: by name where it is still there, else by its code. */
  _from(code) {
    if (!code) return "no neighbourhood";
    return this.editor.plan.ordered().find((row) => row.code === code)?.name ?? code;
  }
}

/** "Jane Smith, 26 Nov 2026, 22:05" */
function signature({ who, when }) {
  const time = new Date(when);
  const said = when && !Number.isNaN(time.getTime()) ? DAY.format(time) : when;
  return [who || "No name", said || "time not known"].join(", ");
}
