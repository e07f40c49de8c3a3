/** What is wrong with the plan, where, and how it could be mended: one click each. */

import { el, fill } from "./dom.js";
import { unitsOf, wordsOf } from "./faults.js";
import { button } from "./panel.js";
import { count, listed } from "./words.js";

const MENDABLE = ["unassigned", "pieces", "range", "crossing", "locked"];

export class Problems {
  /** `actions`: {zoomTo(problem, units), apply(operations)} */
  constructor(editor, server, actions) {
    Object.assign(this, { editor, server, actions, repairs: new Map(), key: "" });
    this.element = el("div", { class: "fe-problems fe-scroll", tabIndex: 0, role: "region", "aria-label": "Problems" });
  }

  get number() {
    return this.editor.plan.facts.problems?.length || 0;
  }

  update() {
    const { facts } = this.editor.plan;
    const problems = facts.problems || [];
    const key = `${facts.option}|${facts.version}|${facts.hash}`;
    if (this.key === key) return;
    this.key = key;
    this.repairs.forEach((own) => (own.old = own.version !== facts.version));
    const open = new Set([...this.repairs].filter(([, own]) => !own.old).map(([name]) => name));
    fill(this.element, problems.length
      ? el("ol", { class: "fe-list" }, ...problems.map((own) => this._item(own, open.has(own.key))))
      : el("p", { class: "fe-good", text: this._fine() }));
  }

  _fine() {
    const declared = this.editor.plan.ordered().filter((row) => row.declared).map((row) => row.name);
    const but = declared.length ? `, but for what is declared as an exception (${listed(declared)})` : "";
    return `No problems found: every area is in a neighbourhood, and each is in one piece and within the range${but}.`;
  }

  _item(problem, open) {
    const place = el("div", { class: "fe-repairs" });
    const item = el("li", { class: "fe-problem" },
      el("p", { text: wordsOf(problem, this.editor) }),
      el("div", { class: "fe-row" },
        problem.kind === "empty" ? null : button("Show on the map", () => this.actions.zoomTo(problem, unitsOf(problem, this.editor.plan))),
        MENDABLE.includes(problem.kind) ? button("Show repairs", () => this._ask(problem, place)) : null),
      place);
    if (open) this._draw(problem, place);
    return item;
  }

  async _ask(problem, place) {
    fill(place, el("p", { class: "fe-quiet", text: "Looking for repairs…" }));
    const { facts } = this.editor.plan;
    try {
      const { repairs } = await this.server.repairs(this.editor.ledger.option, problem.key);
      this.repairs.set(problem.key, { version: facts.version, repairs });
      this._draw(problem, place);
      this.editor.live.announce(repairs.length ? `${count(repairs.length, "repair")} shown` : "No repair was found");
    } catch (error) {
      fill(place, el("p", { class: "bad", text: error.words || "The repairs could not be fetched just now. Try again in a moment." }));
    }
  }

  _draw(problem, place) {
    const { repairs } = this.repairs.get(problem.key);
    fill(place, repairs.length
      ? el("ul", { class: "fe-list" }, ...repairs.map((own) => el("li", {},
          el("span", { text: own.words }),
          button("Apply", () => {
            this.repairs.delete(problem.key);
            fill(place, el("p", { class: "fe-quiet", text: "Being applied…" }));
            this.actions.apply(own.operations);
          }))))
      : el("p", { class: "fe-quiet", text: "No repair was found that keeps all the rules. Mend it by hand: show it on the map and repaint." }));
  }
}
