/** The plan as confirmed by the server, and as shown: confirmed, plus the edits that are still on their way. */

import { hashOf, parseLabels, parseRanges } from "./ranges.js";

const KEPT = ["lock", "unlock", "note", "why"]; // undo leaves these as they are

/**
 * Carry `operations` out on `labels` and `locked` in place. Only painting and locking can be foreseen here; an undo
 * takes back the last such operation of the list, if there is one, and otherwise waits for the server.
 */
export function replay(labels, locked, operations) {
  let done = [];
  let undone = [];
  for (const own of operations) {
    if (own.op === "undo") {
      const last = done.findLastIndex((one) => !KEPT.includes(one.op));
      if (last >= 0) undone.push(done.splice(last, 1)[0]);
    } else if (own.op === "redo") {
      if (undone.length) done.push(undone.pop());
    } else {
      done.push(own);
      if (!KEPT.includes(own.op)) undone = [];
    }
  }
  for (const own of done) {
    if (!["paint", "lock", "unlock"].includes(own.op)) continue;
    const units = (own.positions ||= parseRanges(own.units));
    for (const n of units) {
      if (own.op === "paint" && !locked[n]) labels[n] = own.to;
      else if (own.op === "lock" && labels[n] !== -1) locked[n] = 1;
      else if (own.op === "unlock") locked[n] = 0;
    }
  }
}

export class Plan {
  constructor(catalogue) {
    this.catalogue = catalogue;
    this.n = catalogue.units.code.length;
    this.confirmed = { labels: new Int32Array(this.n).fill(-1), locked: new Uint8Array(this.n) };
    this.shown = { labels: new Int32Array(this.n).fill(-1), locked: new Uint8Array(this.n) };
    this.rows = new Map();
    this.notes = new Map();
    this.changes = new Map(); // unit -> {was, who, when, why}, of those moved by hand
    this.facts = {};
    this.opened = false;
  }

  /** Take a whole snapshot (from /open, or an answer that carries one). */
  load(snapshot) {
    const { labels, locked } = this.confirmed;
    labels.fill(-1);
    locked.fill(0);
    for (const [slot, units] of parseLabels(snapshot.labels)) for (const n of units) labels[n] = slot;
    for (const n of parseRanges(snapshot.locked)) locked[n] = 1;
    const before = this.opened ? [...this.rows.keys()] : null;
    this.rows = new Map(snapshot.neighbourhoods.map((row) => [row.slot, row]));
    this.notes = new Map(Object.entries(snapshot.notes || {}).map(([n, text]) => [Number(n), text]));
    this.changes = new Map();
    this._changed(snapshot.changes);
    this.facts = { ...snapshot, labels: undefined, locked: undefined, neighbourhoods: undefined, changes: undefined };
    this.opened = true;
    return { agrees: this._agrees(), recoloured: [...this.rows.keys()], fresh: before ? [...this.rows.keys()].filter((slot) => !before.includes(slot)) : [] };
  }

  /** Take the difference that an answer to /edit brings. */
  merge(answer) {
    if (answer.base === -1) return this.load(answer.plan);
    const { labels, locked } = this.confirmed;
    for (const [slot, units] of parseLabels(answer.labels)) for (const n of units) labels[n] = slot;
    for (const n of parseRanges(answer.locked?.on)) locked[n] = 1;
    for (const n of parseRanges(answer.locked?.off)) locked[n] = 0;
    const recoloured = [];
    const fresh = [];
    for (const slot of answer.gone || []) this.rows.delete(slot);
    for (const row of answer.neighbourhoods || []) {
      const old = this.rows.get(row.slot);
      if (!old) fresh.push(row.slot);
      if (!old || (row.colour && old.colour !== row.colour)) recoloured.push(row.slot);
      this.rows.set(row.slot, { ...old, ...row }); // of a known one only what changed is told
    }
    for (const [n, text] of Object.entries(answer.notes || {})) this.notes[text ? "set" : "delete"](Number(n), text);
    for (const n of parseRanges(answer.unchanged)) this.changes.delete(n);
    this._changed(answer.changes);
    // Problems come as a difference too: new and changed ones, and the keys of those that are solved.
    const problems = new Map((this.facts.problems || []).map((own) => [own.key, own]));
    for (const key of answer.solved || []) problems.delete(key);
    for (const own of answer.problems || []) problems.set(own.key, own);
    this.facts.problems = [...problems.values()];
    for (const key of ["version", "hash", "unassigned", "undo", "redo", "change", "others", "name", "last", "lines"]) {
      if (answer[key] !== undefined) this.facts[key] = answer[key];
    }
    return { agrees: this._agrees(), recoloured, fresh };
  }

  _changed(groups = []) {
    for (const [units, was, who, when, why] of groups) for (const n of parseRanges(units)) this.changes.set(n, { was, who, when, why });
  }

  _agrees() {
    this.hash = hashOf(this.confirmed.labels, this.confirmed.locked);
    return this.hash === this.facts.hash;
  }

  /** Show the confirmed plan with `operations` on top; returns the units that look different now. */
  show(operations) {
    const { labels, locked } = this.shown;
    const wasLabels = labels.slice();
    const wasLocked = locked.slice();
    labels.set(this.confirmed.labels);
    locked.set(this.confirmed.locked);
    replay(labels, locked, operations);
    const changed = [];
    for (let n = 0; n < this.n; n++) if (labels[n] !== wasLabels[n] || locked[n] !== wasLocked[n]) changed.push(n);
    return changed;
  }

  /** What is shown of one neighbourhood: confirmed numbers, moved along by edits that are not confirmed yet. */
  tallies() {
    const { residents, registered } = this.catalogue.units;
    const all = new Map();
    for (const [slot, row] of this.rows) {
      all.set(slot, { units: row.units, residents: row.residents, registered: row.registered, people: row.people, locked: row.locked, sure: true });
    }
    const counted = this.catalogue.units[this.facts.count] ?? residents;
    // Of single areas lists say nothing: what is in no neighbourhood is told in residents, as `Editor.people` has it.
    const alone = this.facts.count === "lists" ? residents : counted;
    const loose = { ...(this.facts.unassigned || { units: 0, people: 0 }), sure: true };
    const now = this.shown;
    const was = this.confirmed;
    const shift = (slot, n, by) => {
      const own = slot === -1 ? loose : all.get(slot);
      if (!own) return;
      own.sure = false;
      own.units += by;
      own.people += by * (slot === -1 ? alone : counted)[n];
      if (slot === -1) return;
      own.residents += by * residents[n];
      if (registered && own.registered !== null) own.registered += by * registered[n];
      own.locked += by * now.locked[n];
    };
    for (let n = 0; n < this.n; n++) {
      if (now.labels[n] === was.labels[n]) {
        if (now.locked[n] !== was.locked[n] && all.has(now.labels[n])) {
          all.get(now.labels[n]).locked += now.locked[n] - was.locked[n];
          all.get(now.labels[n]).sure = false;
        }
        continue;
      }
      shift(was.labels[n], n, -1);
      shift(now.labels[n], n, 1);
    }
    return { all, loose };
  }

  /** The units shown in a neighbourhood (-1: in none). */
  unitsOf(slot) {
    const units = [];
    for (let n = 0; n < this.n; n++) if (this.shown.labels[n] === slot) units.push(n);
    return units;
  }

  /** "North City", or words for units in none. */
  nameOf(slot) {
    return slot === -1 ? "no neighbourhood" : this.rows.get(slot)?.name ?? "a neighbourhood that is gone";
  }

  /** Neighbourhoods in the order of the table. */
  ordered() {
    return [...this.rows.values()].sort((a, b) => a.slot - b.slot);
  }
}
