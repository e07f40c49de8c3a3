/** The row above the map: tool, what a stroke does, how large, by what, over what; undo and redo. */

import { el, fill, icon, put } from "./dom.js";

const TOOLS = [
  ["brush", "Brush", "Brush (B): hold and sweep over areas"],
  ["click", "Click", "Click (C): one area at a time; drag moves the map"],
  ["rectangle", "Box", "Rectangle (R): areas whose middle lies inside"],
  ["lasso", "Lasso", "Lasso (L): areas whose middle lies inside what you draw round"],
  ["polygon", "Polygon", "Polygon (P): click corners; double click or Enter closes it"],
  ["pick", "Pick", "Pick (I): click an area to make its neighbourhood the active one"],
  ["ask", "Why here?", "Why here? (Y): click an area at a line for the evidence on it"],
  ["pan", "Move", "Move the map (or hold space, or the middle button, with any tool)"],
];
const EFFECTS = [["paint", "Paint"], ["erase", "Erase"], ["select", "Select"], ["lock", "Lock"], ["unlock", "Unlock"]];

export class Toolbar {
  /** `actions`: {undo, redo, keys, present, layers} */
  constructor(editor, actions) {
    this.editor = editor;
    this.tools = new Map(TOOLS.map(([key, text, title]) => [key, el("button", {
      type: "button", class: "fe-tool", title, "aria-label": title, "aria-pressed": "false", on: { click: () => editor.set({ tool: key }) },
    }, icon(key), el("span", { class: "fe-tool-text", text }))]));
    this.effect = select("A stroke will", EFFECTS, (value) => editor.set({ effect: value }));
    this.radius = el("input", { type: "range", min: 4, max: 120, step: 2, "aria-label": "Size of the brush", title: "Size of the brush ([ and ])", on: { input: () => editor.set({ radius: Number(this.radius.value) }) } });
    this.size = el("label", { class: "fe-inline fe-size" }, el("span", { text: "Size" }), this.radius);
    const levels = ["msoa", "ward"].filter((key) => editor.levels.has(key)).map((key) => [key, `whole ${editor.levels.get(key).label}s`]);
    this.level = select("by", [["", "single areas"], ...levels], (value) => editor.set({ level: value }));
    this.over = select("over", [["all", "everything"]], (value) => editor.set({ over: value }));
    this.undo = plain("undo", "Undo", actions.undo);
    this.redo = plain("redo", "Redo", actions.redo);
    this.layers = plain("layers", "Layers", actions.layers);
    this.present = plain("present", "Present", actions.present);
    this.present.title = "Present: large text, map and tally only (Esc leaves)";
    this.present.setAttribute("aria-label", this.present.title);
    this.keys = el("button", { type: "button", class: "fe-tool", title: "Keyboard shortcuts (?)", "aria-label": "Keyboard shortcuts", on: { click: actions.keys } }, el("b", { text: "?" }));
    this.element = el("div", { class: "fe-toolbar", role: "group", "aria-label": "Map tools" },
      el("div", { class: "fe-group", role: "group", "aria-label": "Tool" }, ...this.tools.values()),
      el("div", { class: "fe-group fe-edit" }, this.effect.label, this.level.label, this.over.label, this.size),
      el("div", { class: "fe-group" }, this.undo, this.redo),
      el("div", { class: "fe-group fe-right" }, this.layers, this.present, this.keys));
  }

  update() {
    const { editor } = this;
    this.tools.forEach((node, key) => node.setAttribute("aria-pressed", String(editor.tool === key)));
    this.effect.input.value = editor.effect;
    this.radius.value = String(editor.radius);
    this.size.classList.toggle("away", editor.tool !== "brush");
    this.level.input.value = editor.level;
    this._over();
    const { undo, redo } = editor.plan.facts;
    const coming = editor.ledger?.waiting > 0;
    set(this.undo, undo, "Undo", "Nothing to undo", coming);
    set(this.redo, redo, "Redo", "Nothing to redo", false);
  }

  _over() {
    const rows = this.editor.plan.ordered();
    const key = rows.map((row) => `${row.slot}:${row.name}`).join("|");
    const { input } = this.over;
    if (input.dataset.key !== key) {
      input.dataset.key = key;
      fill(input, el("option", { value: "all", text: "everything" }), el("option", { value: "unassigned", text: "unassigned only" }),
        put(el("optgroup", { label: "Only areas now in" }), ...rows.map((row) => el("option", { value: String(row.slot), text: row.name }))));
    }
    input.value = String(this.editor.over);
    if (!input.value) this.editor.set({ over: "all" });
  }
}

function set(node, words, verb, none, coming) {
  node.disabled = !words && !coming;
  node.title = words ? `${verb}: ${words}` : coming ? verb : none;
  node.setAttribute("aria-label", node.title);
}

function plain(key, text, action) {
  return el("button", { type: "button", class: "fe-tool", title: text, on: { click: action } }, icon(key), el("span", { class: "fe-tool-text", text }));
}

function select(text, options, chosen) {
  const input = el("select", { on: { change: () => chosen(input.value) } }, ...options.map(([value, words]) => el("option", { value, text: words })));
  const label = el("label", { class: "fe-inline" }, el("span", { text }), input);
  return { label, input };
}

