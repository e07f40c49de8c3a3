/** The truth beside the map: every neighbourhood with its people, and what is wrong with it in words. */

import { el, fill, say } from "./dom.js";
import { swatch } from "./patterns.js";
import { count, counted, headOf, listed, number, signed } from "./words.js";

export class Panel {
  /** `actions`: {choose, fit(slot), create, merge(slot), split(slot), rename(slot, name), lock(slots, on), remove(slot), nextLoose} */
  constructor(editor, view, actions) {
    Object.assign(this, { editor, view, actions, rows: new Map(), renaming: -1 });
    this.title = el("h1", { class: "fe-title" });
    this.saved = el("p", { class: "fe-saved" });
    this.loose = el("div", { class: "fe-loose" });
    this.card = el("div", { class: "fe-card", role: "group", "aria-label": "Active neighbourhood" });
    this.body = el("tbody");
    this.head = el("thead");
    this.change = el("p", { class: "fe-change" });
    this.range = el("p", { class: "fe-saved" });
    this.lockAll = button("Lock all", () => actions.lock(null, true), "Lock every area that is in a neighbourhood");
    this.unlockAll = button("Unlock all", () => actions.lock(null, false), "Let every area move again");
    this.table = el("table", { class: "fe-table" }, el("caption", { class: "fe-heard", text: "Neighbourhoods: press a name to make it the one you paint" }), this.head, this.body);
    this.tally = el("div", { class: "fe-tally" },
      el("div", { class: "fe-row fe-actions" },
        button("New…", actions.create, "New neighbourhood (N)"), this.lockAll, this.unlockAll),
      this.card, this.range, el("div", { class: "fe-scroll", tabIndex: 0, role: "region", "aria-label": "Table of neighbourhoods" }, this.table));
    this.why = button("Why…", actions.whyLast, "Say why the last edit was made; it is kept with the plan (W)");
    this.element = el("div", { class: "fe-panel-top" }, this.title,
      el("div", { class: "fe-row fe-state" }, el("div", { class: "fe-row" }, this.saved, this.change), this.why), this.loose);
  }

  /** Bring everything up to date; cheap when little changed, as each row is redrawn only if its figures differ. */
  update() {
    const { plan } = this.editor;
    if (!plan.opened) return;
    const { all, loose } = plan.tallies();
    const { facts } = plan;
    say(this.title, facts.name || "Plan");
    const change = facts.change || { units: 0, people: 0 };
    say(this.change, change.units ? `${count(change.units, "area")}, ${this.editor.heads(change.people)} moved by hand.` : "No area was moved by hand.");
    this.why.disabled = !facts.last?.units;
    say(this.why, facts.last?.why ? "Change why…" : "Why…");
    this._loose(loose, facts.count);
    this._head(facts);
    const order = plan.ordered();
    const top = scaleTop(order, facts.band);
    order.forEach((row, i) => {
      let own = this.rows.get(row.slot);
      if (!own) this.rows.set(row.slot, (own = this._row(row.slot)));
      if (this.body.children[i] !== own.node) this.body.insertBefore(own.node, this.body.children[i] || null);
      this._fillRow(own, row, all.get(row.slot), facts, i, top);
    });
    for (const [slot, own] of this.rows) {
      if (plan.rows.has(slot)) continue;
      own.node.remove();
      this.rows.delete(slot);
    }
    this._card(all);
  }

  _head(facts) {
    const key = `${facts.count}|${facts.band?.minimum}|${facts.band?.maximum}|${facts.band?.target}`;
    if (this.head.dataset.key === key) return;
    this.head.dataset.key = key;
    const { band } = facts;
    fill(this.head, el("tr", {},
      el("th", { scope: "col", text: "Neighbourhood" }),
      el("th", { scope: "col", class: "n", text: headOf(facts.count) })));
    say(this.range, band ? `Range ${number(band.minimum)} to ${number(band.maximum)} ${counted(facts.count)}, target ${number(band.target)}` : "");
  }

  _loose(own, kind) {
    const key = `${own.units}|${own.people}|${own.sure}|${kind}`;
    if (this.loose.dataset.key === key) return;
    this.loose.dataset.key = key;
    this.loose.classList.toggle("none", !own.units);
    const words = own.units ? `${count(own.units, "area")} unassigned, ${this.editor.heads(own.people)}` : "Every area is in a neighbourhood";
    fill(this.loose, sure("span", words, own.sure), own.units ? button("Find next", this.actions.nextLoose, "Go to the next unassigned areas (U)") : null);
  }

  _row(slot) {
    const name = el("button", { type: "button", class: "fe-name", on: { click: (event) => { event.stopPropagation(); this.actions.choose(slot); } } });
    const small = el("div", { class: "fe-small-line" });
    const words = el("div", { class: "fe-issues" });
    const mark = el("span", { class: "fe-mark" });
    const people = el("div", { class: "fe-people" });
    const other = el("div", { class: "fe-small-line" });
    const bar = el("span", { class: "fe-band", role: "img" }, el("i"), el("u"), el("b"));
    const fit = button("Fit", () => this.actions.fit(slot), "Zoom to it");
    fit.addEventListener("click", (event) => event.stopPropagation());
    const node = el("tr", { on: { click: () => this.actions.choose(slot) } },
      el("th", { scope: "row" }, el("div", { class: "fe-name-line" }, mark, name, fit), small, words),
      el("td", { class: "n" }, people, bar, other));
    return { node, name, small, words, mark, people, other, bar, fit, key: "" };
  }

  _fillRow(own, row, tally, facts, index, top) {
    const hatch = this.view.hatchOf ? this.view.hatchOf(row.slot) : null;
    const on = this.editor.target === row.slot;
    const key = JSON.stringify([row, tally, index, hatch, on, top, facts.band, facts.count]);
    if (own.key === key) return;
    own.key = key;
    own.node.classList.toggle("on", on);
    own.name.setAttribute("aria-pressed", String(on));
    say(own.name, row.name);
    own.name.title = on ? "This is what you paint" : "Make it the one you paint";
    fill(own.mark, swatch(row.colour, hatch));
    say(own.small, [index < 9 ? `Key ${index + 1}` : "", row.code, count(tally.units, "area"), tally.locked ? `${number(tally.locked)} locked` : "", row.provisional ? "proposed name" : ""].filter(Boolean).join(" · "));
    fill(own.people, sure("b", number(tally.people), tally.sure));
    own.fit.setAttribute("aria-label", `Zoom to ${row.name}`);
    say(own.other, other(facts.count, tally));
    const issues = issuesOf(row, tally, facts.band, facts.count);
    fill(own.words, ...issues.map(([text, bad]) => el("div", { class: bad ? "bad" : "" }, text)));
    this._bar(own.bar, tally.people, facts, top);
  }

  _bar(bar, people, facts, top) {
    const { band } = facts;
    bar.hidden = !band;
    if (!band) return;
    const at = (value) => `${(100 * Math.min(Math.max(value / top, 0), 1)).toFixed(1)}%`;
    const [zone, target, mark] = bar.children;
    zone.style.left = at(band.minimum);
    zone.style.width = `${(100 * (Math.min(band.maximum, top) - band.minimum)) / top}%`;
    target.style.left = at(band.target);
    mark.style.left = at(people);
    mark.className = people < band.minimum || people > band.maximum ? "out" : "";
    const words = `${number(people)} ${counted(facts.count)}; range ${number(band.minimum)} to ${number(band.maximum)}; target ${number(band.target)}`;
    bar.title = words;
    bar.setAttribute("aria-label", words);
  }

  _card(all) {
    const { plan, target } = this.editor;
    const row = plan.rows.get(target);
    const tally = all.get(target);
    const key = row ? `${JSON.stringify([row.name, row.code, row.colour, row.note, tally])}|${this.view.hatchOf?.(target)}|${this.renaming === target}` : `none|${plan.rows.size}`;
    if (this.card.dataset.key === key || (this.renaming === target && row && this.card.querySelector("input"))) return;
    this.card.dataset.key = key;
    if (!row) {
      fill(this.card, el("p", { class: "fe-quiet", text: plan.rows.size ? "No neighbourhood is active. Press one in the table to paint it." : "There is no neighbourhood yet. Press New to make the first one." }));
      return;
    }
    if (this.renaming === target) return this._renaming(row);
    const locked = tally.units > 0 && tally.locked >= tally.units;
    fill(this.card,
      el("div", { class: "fe-name-line" }, swatch(row.colour, this.view.hatchOf ? this.view.hatchOf(target) : null), el("span", { class: "fe-active" }, "Active: ", el("b", { text: row.name }))),
      el("div", { class: "fe-row" },
        button("Fit", () => this.actions.fit(target), "Zoom to it (F)"),
        button("Rename", () => this._startRenaming(target)),
        button(locked ? "Unlock" : "Lock", () => this.actions.lock([target], !locked), locked ? "Let its areas move again" : "Keep its areas where they are"),
        button("Merge…", () => this.actions.merge(target), "Make it one with another neighbourhood"),
        button("Note…", () => this.actions.note(target), row.note ? `Note: ${row.note}` : "Say why it is drawn like this"),
        button("Colour…", () => this.actions.recolour(target), "Give it another of the six colours"),
        button("Improve…", () => this.actions.improve(target), "Look for a better line between it and its neighbours"),
        tally.units > 1 ? button("Split…", () => this.actions.split(target), "Make some of its areas a neighbourhood of their own") : null,
        tally.units === 0 ? button("Remove", () => this.actions.remove(target), "Take this empty neighbourhood away") : null));
  }

  _startRenaming(slot) {
    this.renaming = slot;
    this.card.dataset.key = "";
    this.update();
  }

  _renaming(row) {
    const done = (name) => {
      this.renaming = -1;
      this.card.dataset.key = "";
      fill(this.card);
      if (name && name !== row.name) this.actions.rename(row.slot, name);
      this.update();
      this.card.querySelectorAll("button")[1]?.focus();
    };
    const input = el("input", { type: "text", value: row.name, maxLength: 120, "aria-label": `New name for ${row.name}`, autocomplete: "off" });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault(); // or the button that gets the focus next would be pressed by the same key
      done(event.key === "Enter" ? input.value.trim() : "");
    });
    fill(this.card, el("div", { class: "fe-row" }, input, button("Save name", () => done(input.value.trim())), button("Cancel", () => done(""))));
    input.focus();
    input.select();
  }
}

/** Text that is confirmed, or in italics with a word that it is not yet. */
function sure(tag, text, confirmed) {
  return confirmed ? el(tag, { text }) : el(tag, { class: "fe-unsure", title: "Not confirmed yet: the server is still counting" }, text, el("small", { text: " not confirmed yet" }));
}

function other(key, tally) {
  if (key !== "lists" && (tally.registered === null || tally.registered === undefined)) return "";
  return key !== "residents" ? `${number(tally.residents)} residents` : `${number(tally.registered)} registered`;
}

function scaleTop(rows, band) {
  if (!band) return 1;
  return Math.max(1.25 * band.maximum, 1);
}

/** What there is to say about a neighbourhood: [words, is it a fault?]. */
export function issuesOf(row, tally, band, key) {
  const issues = [];
  if (tally.units === 0) return [["Empty: no areas yet", true]];
  const declared = row.declared && tally.sure ? ", declared as an exception" : "";
  if (band && tally.people < band.minimum) issues.push([`${number(band.minimum - tally.people)} too few ${counted(key)}${declared}`, !declared]);
  if (band && tally.people > band.maximum) issues.push([`${number(tally.people - band.maximum)} too many ${counted(key)}${declared}`, !declared]);
  if (row.pieces > 1) issues.push([`In ${number(row.pieces)} separate pieces`, true]);
  if (row.districts?.length > 1) issues.push([`Crosses ${listed(row.districts)}`, false]);
  const split = [row.msoas_split ? count(row.msoas_split, "MSOA") : "", row.wards_split ? count(row.wards_split, "ward") : ""].filter(Boolean);
  if (split.length) issues.push([`Divides ${split.join(" and ")}`, false]);
  if (band && !issues.length) issues.push([`${signed(tally.people - band.target)} from target`, false]);
  if (row.note) issues.push([`Note: ${row.note}`, false]);
  return issues;
}

export function button(text, action, title = "") {
  return el("button", { type: "button", class: "fe-plain", title: title || null, on: { click: action } }, text);
}

