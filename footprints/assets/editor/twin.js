/** The map as a table: every LSOA a row, sortable and filterable, and the same plan is edited through the same log. */

import { el, fill, say } from "./dom.js";
import { button } from "./panel.js";
import { count, number } from "./words.js";

const PAGE = 50;

export class Twin {
  constructor(editor, { go }) {
    Object.assign(this, { editor, go, chosen: new Set(), page: 0, by: "label", down: false, last: -1, shown: false });
    const { levels } = editor;
    this.columns = [
      { key: "label", title: "LSOA", value: (n) => editor.catalogue.units.name[n] },
      ...["msoa", "ward"].filter((key) => levels.has(key)).map((key) => ({ key, title: levels.get(key).label, value: (n) => this._levelName(key, n) })),
      { key: "people", title: "People", number: true, value: (n) => editor.people()[n] },
      { key: "home", title: "Neighbourhood", value: (n) => (editor.plan.shown.labels[n] === -1 ? "" : editor.plan.nameOf(editor.plan.shown.labels[n])) },
      { key: "locked", title: "Locked", value: (n) => (editor.plan.shown.locked[n] ? "Locked" : "") },
    ];
    this.filter = el("input", { type: "search", placeholder: "Filter by name, code, MSOA, ward or neighbourhood", "aria-label": "Filter the areas", autocomplete: "off", on: { input: () => this._refilter() } });
    this.only = el("select", { "aria-label": "Which areas to show", on: { change: () => this._refilter() } });
    this.to = el("select", { "aria-label": "Assign to" });
    this.words = el("span", { class: "fe-quiet", role: "status" });
    this.all = button("Select all shown", () => this._selectShown());
    this.none = button("Clear selection", () => this._clear());
    this.assign = el("button", { type: "button", class: "fe-main", text: "Assign", on: { click: () => this._assign() } });
    this.lock = button("Lock", () => this._lock("lock"));
    this.unlock = button("Unlock", () => this._lock("unlock"));
    this.head = el("tr");
    this.body = el("tbody", { on: { click: (event) => this._press(event) } });
    this.pager = el("div", { class: "fe-row fe-pager" });
    this.element = el("section", { class: "fe-twin", "aria-label": "Table of areas", hidden: true },
      el("div", { class: "fe-row" }, this.filter, this.only, this.all, this.none),
      el("div", { class: "fe-row" }, el("label", { class: "fe-inline" }, "Assign to", this.to), this.assign, this.lock, this.unlock, this.words),
      el("div", { class: "fe-scroll", tabIndex: 0, role: "region", "aria-label": "Areas" },
        el("table", { class: "fe-table fe-areas" }, el("caption", { class: "fe-heard", text: "All areas (LSOAs)" }), el("thead", {}, this.head), this.body)),
      this.pager);
  }

  _label(n) {
    return this.editor.labelOf(n);
  }

  _levelName(key, n) {
    const level = this.editor.levels.get(key);
    const index = level.of[n];
    return index < 0 ? "" : level.names[index] || level.codes[index];
  }

  /** Show or hide the table; while hidden it costs nothing. */
  turn(on) {
    this.shown = on;
    this.element.hidden = !on;
    if (on) this.update();
  }

  update() {
    if (!this.shown || !this.editor.plan.opened) return;
    this._choices();
    this._rows();
  }

  _choices() {
    const rows = this.editor.plan.ordered();
    const key = rows.map((row) => `${row.slot}:${row.name}`).join("|");
    if (this.to.dataset.key === key) return;
    this.to.dataset.key = key;
    const options = () => rows.map((row) => el("option", { value: String(row.slot), text: row.name }));
    const [to, only] = [this.to.value, this.only.value];
    fill(this.to, ...options(), el("option", { value: "-1", text: "No neighbourhood" }));
    fill(this.only, el("option", { value: "all", text: "All areas" }), el("option", { value: "-1", text: "Unassigned only" }), ...options());
    if (to && [...this.to.options].some((o) => o.value === to)) this.to.value = to;
    else if (this.editor.target >= 0) this.to.value = String(this.editor.target);
    if (only && [...this.only.options].some((o) => o.value === only)) this.only.value = only;
  }

  _refilter() {
    this.page = 0;
    this._rows();
  }

  _list() {
    const text = this.filter.value.trim().toLowerCase();
    const only = this.only.value || "all";
    const { labels } = this.editor.plan.shown;
    const { code, name } = this.editor.catalogue.units;
    const list = [];
    for (let n = 0; n < code.length; n++) {
      if (only !== "all" && labels[n] !== Number(only)) continue;
      if (text && ![code[n], name[n], ...this.columns.map((column) => (column.number ? "" : String(column.value(n))))].join(" ").toLowerCase().includes(text)) continue;
      list.push(n);
    }
    const column = this.columns.find((own) => own.key === this.by);
    const values = new Map(list.map((n) => [n, column.value(n)]));
    const compare = column.number ? (a, b) => values.get(a) - values.get(b) : (a, b) => COLLATOR.compare(values.get(a), values.get(b));
    list.sort((a, b) => (this.down ? -compare(a, b) : compare(a, b)) || a - b);
    return list;
  }

  _rows() {
    this.list = this._list();
    const pages = Math.max(1, Math.ceil(this.list.length / PAGE));
    this.page = Math.min(this.page, pages - 1);
    const here = this.list.slice(this.page * PAGE, (this.page + 1) * PAGE);
    this._heads();
    const { code } = this.editor.catalogue.units;
    const key = JSON.stringify(here.map((n) => [n, this.chosen.has(n), ...this.columns.map((column) => column.value(n))]));
    if (this.body.dataset.key !== key) {
      this.body.dataset.key = key;
      const focused = this.body.getRootNode().activeElement?.dataset?.unit;
      fill(this.body, ...here.map((n) => el("tr", { class: this.chosen.has(n) ? "on" : "" },
        el("td", {}, check(n, this.chosen.has(n), this._label(n))),
        ...this.columns.map((column, i) => el(i ? "td" : "th", { scope: i ? null : "row", class: column.number ? "n" : "" },
          i ? (column.number ? number(column.value(n)) : column.value(n) || (column.key === "home" ? el("span", { class: "fe-quiet", text: "Unassigned" }) : ""))
            : [column.value(n), el("div", { class: "fe-small-line", text: code[n] })])),
        el("td", {}, goButton(n, this._label(n))))));
      if (focused) this.body.querySelector(`input[data-unit="${focused}"]`)?.focus();
    }
    this._pager(pages, here.length);
    this._words();
  }

  _heads() {
    const key = `${this.by}|${this.down}`;
    if (this.head.dataset.key === key) return;
    this.head.dataset.key = key;
    fill(this.head, el("th", { scope: "col" }, el("span", { class: "fe-heard", text: "Selected" })),
      ...this.columns.map((column) => {
        const on = this.by === column.key;
        return el("th", { scope: "col", class: column.number ? "n" : "", "aria-sort": on ? (this.down ? "descending" : "ascending") : "none" },
          el("button", { type: "button", class: "fe-sort", title: "Sort by this", on: { click: () => this._sort(column.key) } }, column.title, el("span", { "aria-hidden": "true", text: on ? (this.down ? " ▼" : " ▲") : " ↕" })));
      }), el("th", { scope: "col" }, el("span", { class: "fe-heard", text: "On the map" })));
  }

  _sort(key) {
    this.down = this.by === key ? !this.down : false;
    this.by = key;
    this.page = 0;
    this._rows();
    this.head.querySelectorAll("button")[this.columns.findIndex((own) => own.key === key)]?.focus();
  }

  _pager(pages, here) {
    const from = this.page * PAGE;
    const key = `${this.page}|${pages}|${here}|${this.list.length}`;
    if (this.pager.dataset.key === key) return;
    this.pager.dataset.key = key;
    const turn = (by) => {
      this.page += by;
      this._rows();
      this.body.closest(".fe-scroll").scrollTop = 0;
    };
    const back = button("Previous 50", () => turn(-1));
    const on = button("Next 50", () => turn(1));
    back.disabled = this.page === 0;
    on.disabled = this.page >= pages - 1;
    fill(this.pager, back, on, el("span", { text: this.list.length ? `${number(from + 1)} to ${number(from + here)} of ${count(this.list.length, "area")}` : "No area fits the filter." }));
  }

  _words() {
    const people = this.editor.people();
    const units = [...this.chosen];
    say(this.words, units.length ? `${count(units.length, "area")} selected, ${this.editor.heads(units.reduce((sum, n) => sum + people[n], 0))}` : "No areas selected");
    this.assign.disabled = this.lock.disabled = this.unlock.disabled = this.none.disabled = !units.length;
  }

  _press(event) {
    const go = event.target.closest("button[data-go]");
    if (go) return this.go(Number(go.dataset.go));
    const box = event.target.closest("input[data-unit]");
    if (!box) return;
    const n = Number(box.dataset.unit);
    const at = this.list.indexOf(n);
    const from = event.shiftKey && this.last >= 0 ? this.list.indexOf(this.last) : at;
    const [a, b] = from < 0 ? [at, at] : [Math.min(from, at), Math.max(from, at)];
    for (let i = a; i <= b; i++) this.chosen[box.checked ? "add" : "delete"](this.list[i]);
    this.last = n;
    this._rows();
  }

  _selectShown() {
    this.list.forEach((n) => this.chosen.add(n));
    this._rows();
  }

  _clear() {
    this.chosen.clear();
    this._rows();
  }

  _assign() {
    this.editor.assign([...this.chosen], Number(this.to.value));
    this._clear();
  }

  _lock(effect) {
    const over = this.editor.over;
    this.editor.over = "all";
    const level = this.editor.level;
    this.editor.level = "";
    this.editor.apply([...this.chosen], effect);
    Object.assign(this.editor, { over, level });
    this._rows();
  }
}

const COLLATOR = new Intl.Collator("en-GB", { numeric: true });

function check(n, on, label) {
  const box = el("input", { type: "checkbox", checked: on, "aria-label": `Select ${label}` });
  box.dataset.unit = n;
  return box;
}

function goButton(n, label) {
  const own = el("button", { type: "button", class: "fe-plain", text: "Map", "aria-label": `Show ${label} on the map` });
  own.dataset.go = n;
  return own;
}
