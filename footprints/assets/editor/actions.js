/** Edits that need a question first, and the ways to a place on the map. */

import { ask, choose } from "./dialog.js";
import { boundsOf } from "./geometry.js";
import { swatch } from "./patterns.js";
import { formatRanges } from "./ranges.js";
import { count } from "./words.js";

const CLOSE = { maxZoom: 14, padding: [40, 40] };

/** @param {object} c  {editor, map, sheet, host} */
export function makeActions({ editor, map, sheet, host }) {
  const { plan, live } = editor;
  let loose = -1;

  const zoomTo = (units, extra = {}) => {
    const bounds = sheet.geometry && boundsOf(sheet.geometry, units);
    if (bounds) map.fitBounds(bounds, { ...CLOSE, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches, ...extra });
  };

  const fit = (slot = editor.target) => {
    if (slot === -1) return live.tell("No neighbourhood is active.", "Press one in the table first.");
    const units = plan.unitsOf(slot);
    if (!units.length) return live.tell(`${plan.nameOf(slot)} has no areas yet.`);
    zoomTo(units);
  };

  const nextLoose = () => {
    const pieces = editor.loosePieces();
    if (!pieces.length) return live.tell("Every area is in a neighbourhood.");
    loose = (loose + 1) % pieces.length;
    const { units, people } = pieces[loose];
    zoomTo(units);
    editor.set({ cursor: units[0] });
    live.tell(`Unassigned: ${count(units.length, "area")}, ${editor.heads(people)} (group ${loose + 1} of ${pieces.length}).`);
  };

  const create = async () => {
    const units = editor.selected().filter((n) => !plan.shown.locked[n]);
    const got = await ask(host, {
      title: "New neighbourhood",
      words: units.length ? `It starts with the ${count(units.length, "selected area")}.` : "It starts empty and becomes the active one: paint areas into it.",
      fields: [{ key: "name", label: "Name", hint: "Leave it empty to have a name proposed." }],
      action: "Make it",
    });
    if (!got) return;
    editor.submit({ op: "new", name: got.name, units: formatRanges(units) });
    if (units.length) editor.clearSelection();
  };

  const merge = async (slot) => {
    const own = plan.rows.get(slot);
    const beside = new Set();
    for (const n of plan.unitsOf(slot)) for (const other of editor.touching[n]) beside.add(plan.shown.labels[other]);
    const others = plan.ordered().filter((row) => row.slot !== slot).sort((a, b) => beside.has(b.slot) - beside.has(a.slot));
    if (!others.length) return live.tell("There is no other neighbourhood to merge with.");
    const got = await ask(host, {
      title: `Merge ${own.name}`,
      fields: [
        { key: "with", label: "With", options: others.map((row) => [row.slot, beside.has(row.slot) ? row.name : `${row.name} (does not touch it)`]) },
        { key: "name", label: "Name of the whole", value: own.name },
      ],
      action: "Merge",
    });
    if (got) editor.submit({ op: "merge", slots: [slot, Number(got.with)], name: got.name });
  };

  /** The selection becomes a neighbourhood of its own: a split where it lies in one, otherwise a new one. */
  const splitSelection = async () => {
    const units = editor.selected();
    const homes = new Set(units.map((n) => plan.shown.labels[n]));
    const [slot] = homes;
    const within = homes.size === 1 && slot >= 0;
    if (!within) return create();
    if (plan.unitsOf(slot).length === units.length) return live.tell(`All of ${plan.nameOf(slot)} is selected.`, "Select some of its areas, not all.");
    const got = await ask(host, {
      title: `Split ${plan.nameOf(slot)}`,
      words: `The ${count(units.length, "selected area")} become a neighbourhood of their own; the rest stays together.`,
      fields: [
        { key: "name", label: "Name of the selected part", hint: "Leave it empty to have a name proposed." },
        { key: "rest", label: "Name of the rest", value: plan.nameOf(slot) },
      ],
      action: "Split",
    });
    if (!got) return;
    editor.submit({ op: "split", slot, units: formatRanges(units), name: got.name, rest: got.rest });
    editor.clearSelection();
  };

  /** A remark on the selected areas (`slot` -1) or on a neighbourhood; it travels with the plan. */
  const note = async (slot) => {
    const units = slot === -1 ? editor.selected() : [];
    const texts = new Set(units.map((n) => plan.notes.get(n) || ""));
    const value = slot === -1 ? (texts.size === 1 ? [...texts][0] : "") : plan.rows.get(slot).note;
    const got = await ask(host, {
      title: slot === -1 ? `Note on ${count(units.length, "selected area")}` : `Note on ${plan.nameOf(slot)}`,
      words: "Say why: what was asked for, by whom, and where it was agreed. It is kept with the plan and stands in its exports.",
      fields: [{ key: "text", label: "Note", value, long: true, hint: "Leave it empty to take the note away." }],
      action: "Keep it",
    });
    if (got) editor.submit(slot === -1 ? { op: "note", units: formatRanges(units), text: got.text } : { op: "note", slot, text: got.text });
  };

  /** The reason for moving `units` (null: what the last edit moved); it travels with the plan. */
  const why = async (units, words, value) => {
    const got = await ask(host, {
      title: units ? "Why was this moved?" : "Why this last edit?", words,
      fields: [{ key: "text", label: "Why? (kept with the plan)", value, long: true, hint: "What was asked for, by whom, and where it was agreed. It stands in the exported list of changes; leave it empty to take the reason away." }],
      action: "Keep it",
    });
    if (got) editor.submit(units ? { op: "why", units: formatRanges(units), text: got.text } : { op: "why", text: got.text });
  };

  const whyLast = () => {
    const { undo, last } = plan.facts;
    if (!last?.units) return live.tell("The last edit moved no area, so there is nothing to explain.", "The tab Changes lists what was moved before.");
    return why(null, `${undo}.`, last.why);
  };

  /** The reason for the line between two neighbourhoods; `slots` null: ask which. */
  const line = async (slots, value) => {
    const pairs = slots ? [] : touchingPairs();
    if (!slots && !pairs.length) return live.tell("No two neighbourhoods touch each other, or every line is explained already.");
    const got = await ask(host, {
      title: slots ? `The line between ${slots.map((slot) => plan.nameOf(slot)).join(" and ")}` : "Explain a line",
      words: slots ? "" : "Say why the line between two neighbourhoods runs where it does.",
      fields: [
        ...(slots ? [] : [{ key: "pair", label: "Between", options: pairs.map(([a, b]) => [`${a}|${b}`, `${plan.nameOf(a)} and ${plan.nameOf(b)}`]) }]),
        { key: "text", label: "Why? (kept with the plan)", value, long: true, hint: slots ? "Leave it empty to take the reason away." : "" },
      ],
      action: "Keep it",
    });
    if (got) editor.submit({ op: "why", slots: slots || got.pair.split("|").map(Number), text: got.text });
  };

  /** Neighbourhoods that touch and whose line is not explained yet, those of the active one first. */
  const touchingPairs = () => {
    const { labels } = plan.shown;
    const known = new Set((plan.facts.lines || []).map(([a, b]) => `${Math.min(a, b)}|${Math.max(a, b)}`));
    const pairs = new Set();
    editor.touching.forEach((others, n) => others.forEach((m) => {
      const [a, b] = [labels[n], labels[m]].sort((x, y) => x - y);
      if (a >= 0 && a !== b && !known.has(`${a}|${b}`)) pairs.add(`${a}|${b}`);
    }));
    const active = (pair) => pair.includes(editor.target);
    return [...pairs].map((pair) => pair.split("|").map(Number)).sort((p, q) => active(q) - active(p) || p[0] - q[0] || p[1] - q[1]);
  };

  /** One of the six fills for a neighbourhood; a neighbour that has it takes another, and is named before. */
  const recolour = async (slot) => {
    const row = plan.rows.get(slot);
    const beside = new Set();
    for (const n of plan.unitsOf(slot)) for (const other of editor.touching[n]) beside.add(plan.shown.labels[other]);
    beside.delete(slot);
    const colour = await choose(host, {
      title: `Colour of ${row.name}`,
      words: "A neighbour that has the colour you choose takes another one, so that no two that touch are alike.",
      value: row.colour,
      options: editor.catalogue.fills.map(({ colour: fill, name }) => {
        const same = plan.ordered().filter((own) => beside.has(own.slot) && own.colour === fill).map((own) => own.name);
        return { value: fill, text: name, note: fill === row.colour ? "as now" : same.length ? `now ${same.join(", ")}` : "" };
      }),
      picture: (fill) => swatch(fill, null),
      action: "Colour it",
    });
    if (colour && colour !== row.colour) editor.submit({ op: "recolour", slot, colour });
  };

  const split = (slot) => {
    const some = editor.selected();
    if (some.length && some.every((n) => plan.shown.labels[n] === slot)) return splitSelection();
    editor.set({ tool: "lasso", effect: "select", over: String(slot) });
    fit(slot);
    live.tell(`Draw round the part of ${plan.nameOf(slot)} that is to stand alone,`, "then press “Make it a neighbourhood”. With keys: walk to its areas and press Enter on each.");
  };

  const lock = (slots, on) => {
    const { labels, locked } = plan.shown;
    const units = [];
    for (let n = 0; n < plan.n; n++) {
      if (labels[n] === -1 && on) continue;
      if ((slots === null || slots.includes(labels[n])) && Boolean(locked[n]) !== on) units.push(n);
    }
    if (!units.length) return live.tell(on ? "All of it is locked already." : "Nothing there is locked.");
    editor.submit({ op: on ? "lock" : "unlock", units: formatRanges(units) });
  };

  return {
    zoomTo, fit, nextLoose, create, merge, note, why, whyLast, line, recolour, split, splitSelection, lock,
    choose: (slot) => editor.choose(slot),
    rename: (slot, name) => editor.submit({ op: "rename", slot, name }),
    remove: (slot) => editor.submit({ op: "remove", slot }),
    undo: () => (plan.facts.undo || editor.ledger.waiting ? editor.submit({ op: "undo" }) : live.announce("Nothing to undo")),
    redo: () => (plan.facts.redo || editor.ledger.waiting ? editor.submit({ op: "redo" }) : live.announce("Nothing to redo")),
    zoom: (by) => map.setZoom(map.getZoom() + by),
    /** Bring a unit into view if it is not, without changing the zoom. */
    follow: (unit) => {
      const at = editor.catalogue.units.at[unit];
      if (!map.getBounds().pad(-0.12).contains(at)) map.panTo(at, { animate: false });
    },
    showProblem: (problem, units) => {
      zoomTo(units);
      editor.set({ cursor: units[0] ?? -1 });
      if (problem.slot >= 0) editor.choose(problem.slot);
    },
    apply: (operations) => operations.forEach((operation) => editor.submit({ ...operation })),
  };
}
