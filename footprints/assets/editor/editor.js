/** What the reader is doing: tool, target, stroke, selection; and every edit on its way into the ledger. */

import { formatRanges } from "./ranges.js";
import { count, heads } from "./words.js";

export class Editor {
  constructor({ catalogue, plan, view, live }) {
    Object.assign(this, { catalogue, plan, view, live });
    this.tool = "brush";
    this.effect = "paint";
    this.target = -1;
    this.radius = 18;
    this.level = "";
    this.over = "all";
    this.cursor = -1; // the unit that the keys are at
    this.spot = -1; // the unit that was last pressed: where the keys start from
    this.stroke = null;
    this.timings = { paint: [], confirmed: [] };
    this.listeners = [];
    this.touching = catalogue.units.code.map(() => []);
    for (const [a, b] of catalogue.near) {
      this.touching[a].push(b);
      this.touching[b].push(a);
    }
    this.levels = new Map(catalogue.levels.map((level) => [level.key, level]));
    this.members = new Map(catalogue.levels.map((level) => [level.key, membersOf(level.of)]));
    const { units } = catalogue;
    // A list counts whole where its practice is sited, so of a single area it says nothing: residents do.
    this.people = () => (plan.facts.count !== "lists" && units[plan.facts.count]) || units.residents;
    // Of some areas, in words: "1,204 people", "1,204 registered patients", "1,204 residents" beside lists.
    this.heads = (n) => (this.people() !== units.residents ? heads(n, plan.facts.count) : plan.facts.count === "lists" ? count(n, "resident") : heads(n, "residents"));
  }

  /** `listener(kind)`: "plan" (confirmed or shown plan changed), "stroke" (shown plan, mid-stroke) or "state". */
  on(listener) {
    this.listeners.push(listener);
  }

  changed(kind) {
    for (const listener of this.listeners) listener(kind);
  }

  /** Set what the reader chose, such as {tool: "lasso"}. */
  set(values) {
    if (Object.entries(values).every(([key, value]) => this[key] === value)) return;
    const before = this.target;
    Object.assign(this, values);
    if (this.target !== before) {
      this.view.target = this.target;
      this.sheet?.touch([...this.plan.unitsOf(before), ...this.plan.unitsOf(this.target)]);
    }
    this.changed("state");
  }

  /** Make a neighbourhood the one that is painted. */
  choose(slot) {
    this.set({ target: slot, effect: this.effect === "erase" ? "paint" : this.effect });
    this.live.announce(slot === -1 ? "No neighbourhood chosen" : `${this.plan.nameOf(slot)} is the active neighbourhood`);
  }

  /** The units that a hit on `units` means when painting by a larger level. */
  expand(units) {
    const level = this.levels.get(this.level);
    if (!level) return units;
    const members = this.members.get(this.level);
    const all = new Set();
    for (const n of units) {
      if (level.of[n] === -1) all.add(n);
      else for (const m of members.get(level.of[n])) all.add(m);
    }
    return [...all];
  }

  /** Begin a stroke; false (and words) where nothing could come of it. */
  begin(effect = this.effect) {
    if (effect === "paint" && this.target === -1) {
      this.live.tell("Choose a neighbourhood first.", "Click its row in the table, or press 1 to 9.");
      return false;
    }
    if (!this.plan.opened) return false;
    this.stroke = {
      effect,
      to: effect === "erase" ? -1 : this.target,
      units: new Set(),
      passed: new Set(),
      labels: this.plan.shown.labels.slice(),
      locked: this.plan.shown.locked.slice(),
    };
    return true;
  }

  /** Take more units into the stroke. Painted at once on the screen; sent when the stroke ends. */
  extend(hits, started = performance.now()) {
    const own = this.stroke;
    if (!own) return;
    const fresh = [];
    for (const n of this.expand(hits)) {
      if (own.units.has(n) || own.passed.has(n) || !this._meant(n)) continue;
      if (own.effect === "paint" || own.effect === "erase") {
        if (own.labels[n] === own.to) continue;
        if (own.locked[n]) own.passed.add(n);
        else {
          this.plan.shown.labels[n] = own.to;
          own.units.add(n);
          fresh.push(n);
        }
      } else if (own.effect === "select") {
        if (this.view.selected[n]) continue;
        this.view.selected[n] = 1;
        own.units.add(n);
        fresh.push(n);
      } else if (own.effect === "lock" && own.labels[n] === -1) own.passed.add(n);
      else if (own.locked[n] !== (own.effect === "lock" ? 1 : 0)) {
        this.plan.shown.locked[n] = own.effect === "lock" ? 1 : 0;
        own.units.add(n);
        fresh.push(n);
      }
    }
    if (!fresh.length) return;
    this.sheet.touch(fresh);
    this.changed("stroke");
    requestAnimationFrame(() => {
      this.timings.paint.push(performance.now() - started);
      if (this.timings.paint.length > 2000) this.timings.paint.shift();
    });
  }

  _meant(n) {
    return this.over === "all" || this.stroke.labels[n] === (this.over === "unassigned" ? -1 : Number(this.over));
  }

  /** The stroke is done: one operation. */
  commit() {
    const own = this.stroke;
    this.stroke = null;
    if (!own) return;
    const units = [...own.units];
    if (own.passed.size) {
      const what = count(own.passed.size, own.effect === "lock" ? "area in no neighbourhood" : "locked area", own.effect === "lock" ? "areas in no neighbourhood" : "locked areas");
      this.live.tell(`${what} ${own.passed.size === 1 ? "was" : "were"} left out.`, own.effect === "lock" ? "" : "Unlock them first to move them.");
    }
    if (!units.length) return;
    if (own.effect === "select") {
      this.live.announce(this.selectionWords());
      this.changed("state");
    } else if (own.effect === "lock" || own.effect === "unlock") this.submit({ op: own.effect, units: formatRanges(units) });
    else this.submit({ op: "paint", units: formatRanges(units), to: own.to });
  }

  /** Give the stroke up: everything as before. */
  cancel() {
    const own = this.stroke;
    if (!own) return;
    this.stroke = null;
    if (own.effect === "select") for (const n of own.units) this.view.selected[n] = 0;
    this.refresh();
    this.sheet.touch([...own.units]);
  }

  /** One whole stroke over `hits` at once. */
  apply(hits, effect = this.effect) {
    const started = performance.now();
    if (!this.begin(effect)) return;
    this.extend(hits, started);
    this.commit();
  }

  /** Hand an operation to the ledger and show what can be foreseen of it. */
  submit(operation) {
    this.ledger.add(operation);
    this.refresh();
  }

  /** Assign or free `units` whatever tool is on (the table, repairs); locked ones are left out and said. */
  assign(units, to) {
    const { labels, locked } = this.plan.shown;
    const moving = units.filter((n) => labels[n] !== to && !locked[n]);
    const held = units.filter((n) => labels[n] !== to && locked[n]).length;
    if (held) this.live.tell(`${count(held, "locked area")} ${held === 1 ? "was" : "were"} left out.`, "Unlock them first to move them.");
    if (moving.length) this.submit({ op: "paint", units: formatRanges(moving), to });
    else if (!held) this.live.tell(`Nothing to do: ${units.length === 1 ? "it is" : "they are"} in ${this.plan.nameOf(to)} already.`);
  }

  /** Show the confirmed plan with what waits on top (and the stroke under way on top of that). */
  refresh(more = []) {
    const touched = this.plan.show(this.ledger.pending());
    const own = this.stroke;
    if (own && own.effect !== "select") {
      for (const n of own.units) {
        if (own.effect === "lock" || own.effect === "unlock") this.plan.shown.locked[n] = own.effect === "lock" ? 1 : 0;
        else this.plan.shown.labels[n] = own.to;
      }
    }
    this.sheet.touch([...touched, ...more], true);
    this.changed("plan");
  }

  /** Selected units in order. */
  selected() {
    const units = [];
    this.view.selected.forEach((on, n) => on && units.push(n));
    return units;
  }

  clearSelection() {
    const units = this.selected();
    this.view.selected.fill(0);
    this.sheet.touch(units);
    this.changed("state");
  }

  selectionWords() {
    const units = this.selected();
    const people = this.people();
    return `${count(units.length, "area")} selected, ${this.heads(units.reduce((sum, n) => sum + people[n], 0))}`;
  }

  /** What a unit is called, without the people that some labels end in: they are said apart, as this plan counts them. */
  labelOf(n) {
    const { label, name } = this.catalogue.units;
    return (label[n] || name[n]).replace(/, [\d,]+ people$/, "");
  }

  /** "Cambridge 003B, 1,742 people, in North City, locked" */
  words(n) {
    const { labels, locked } = this.plan.shown;
    const slot = labels[n];
    const parts = [this.labelOf(n), this.heads(this.people()[n])];
    const ward = this.levels.get("ward");
    if (ward && ward.of[n] >= 0) parts.splice(1, 0, `${ward.names[ward.of[n]]} ward`);
    parts.push(slot === -1 ? "in no neighbourhood" : `in ${this.plan.nameOf(slot)}`);
    if (locked[n]) parts.push("locked");
    const note = this.plan.notes.get(n);
    return note ? `${parts.join(", ")}. Note: ${note}` : parts.join(", ");
  }

  /** Connected groups of units that are in no neighbourhood, most people first. */
  loosePieces() {
    return pieces(this.plan.shown.labels, -1, this.touching, this.people());
  }

  /** "Painting into North City, only over unassigned areas" */
  doing() {
    const over = this.over === "all" ? "" : this.over === "unassigned" ? ", only over unassigned areas" : `, only over ${this.plan.nameOf(Number(this.over))}`;
    const level = this.level ? ` by ${this.levels.get(this.level).label}` : "";
    const what = {
      paint: this.target === -1 ? "Choose a neighbourhood to paint" : `Painting into ${this.plan.nameOf(this.target)}`,
      erase: "Erasing: areas go to no neighbourhood", lock: "Locking areas", unlock: "Unlocking areas", select: "Selecting areas",
    }[this.effect];
    return what + level + over;
  }
}

function membersOf(of) {
  const members = new Map();
  of.forEach((index, n) => members.has(index) ? members.get(index).push(n) : members.set(index, [n]));
  return members;
}

/** The connected pieces of what carries `slot`, heaviest first: [{units, people}]. */
export function pieces(labels, slot, touching, people) {
  const seen = new Uint8Array(labels.length);
  const all = [];
  for (let start = 0; start < labels.length; start++) {
    if (seen[start] || labels[start] !== slot) continue;
    const units = [start];
    seen[start] = 1;
    for (let i = 0; i < units.length; i++) {
      for (const other of touching[units[i]]) {
        if (!seen[other] && labels[other] === slot) {
          seen[other] = 1;
          units.push(other);
        }
      }
    }
    all.push({ units, people: units.reduce((sum, n) => sum + people[n], 0) });
  }
  return all.sort((a, b) => b.people - a.people);
}
