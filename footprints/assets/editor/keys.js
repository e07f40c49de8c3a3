/** The whole task by keyboard. No shortcut fires in a text field, and none with Ctrl, Alt or Meta but undo and redo. */

import { el } from "./dom.js";
import { show } from "./dialog.js";

const TOOLS = { b: "brush", c: "click", r: "rectangle", l: "lasso", p: "polygon", i: "pick", y: "ask" };
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const SHEET = [
  ["On the map", [
    ["Arrow keys", "go to the neighbouring area in that direction"], ["Enter or space", "paint the area (or erase, lock, select it)"],
    ["Shift + arrow", "go there and paint it"], ["K", "lock or unlock the area"], ["+ and −", "closer, further away"],
  ]],
  ["Tools", [
    ["B", "brush"], ["[ and ]", "smaller, larger brush"], ["C", "click: one area at a time"], ["R", "rectangle"], ["L", "lasso"],
    ["P", "polygon: click corners, Enter closes it"], ["I", "pick up the neighbourhood of an area"], ["Y", "why here: the evidence on the line at an area"], ["E", "erase on and off"],
    ["Space, held", "move the map with the mouse (the middle button does it too)"], ["Esc", "give up what is under way"],
  ]],
  ["Plan", [
    ["1 to 9", "choose a neighbourhood by its number in the table"], ["N", "new neighbourhood"], ["F", "zoom to the active neighbourhood"],
    ["U", "next unassigned areas"], ["W", "say why the last edit was made"], ["Ctrl + Z", "undo"], ["Ctrl + Y", "redo"], ["?", "this list"],
  ]],
];

/** Show the list of shortcuts. */
export function showKeys(host) {
  show(host, "Keyboard shortcuts", el("div", { class: "fe-keys" }, ...SHEET.map(([title, rows]) => el("section", {},
    el("h3", { text: title }),
    el("dl", {}, ...rows.map(([keys, what]) => el("div", {}, el("dt", {}, el("kbd", { text: keys })), el("dd", { text: what }))))))));
}

/**
 * Listen on `wrapper`. `actions`: {undo, redo, create, fit, whyLast, nextLoose, zoom, follow(unit), leave, present}
 */
export function attachKeys(wrapper, editor, tools, map, actions) {
  const onMap = (event) => event.target === map.getContainer();

  const down = (event) => {
    // Streamlit has shortcuts of its own (R, C); from inside our shadow root it cannot tell a text field.
    event.stopPropagation();
    const typing = event.target.closest("input:not([type=checkbox]):not([type=range]), textarea, select, dialog");
    const command = event.ctrlKey || event.metaKey;
    if (event.key === "Escape" && !typing) {
      if (!tools.giveUp()) actions.leave();
      return;
    }
    if (typing || event.altKey || event.defaultPrevented) return;
    if (command) {
      const key = event.key.toLowerCase();
      if (key === "z" && !event.shiftKey) take(event, actions.undo);
      else if (key === "y" || (key === "z" && event.shiftKey)) take(event, actions.redo);
      return;
    }
    if (onMap(event) && mapKey(event)) return;
    if (event.target.closest("[type=range], [type=checkbox]") && /^Arrow|^ $|Home|End|Page/.test(event.key)) return;
    const key = event.key.toLowerCase();
    if (TOOLS[key]) take(event, () => editor.set({ tool: TOOLS[key] }));
    else if (key === "e") take(event, () => editor.set({ effect: editor.effect === "erase" ? "paint" : "erase" }));
    else if (key === "[" || key === "]") take(event, () => editor.set({ radius: Math.min(120, Math.max(4, editor.radius + (key === "]" ? 4 : -4))) }));
    else if (key === "n") take(event, actions.create);
    else if (key === "f") take(event, actions.fit);
    else if (key === "w") take(event, actions.whyLast);
    else if (key === "u") take(event, actions.nextLoose);
    else if (key === "?") take(event, () => showKeys(wrapper));
    else if (/^[1-9]$/.test(key)) {
      const row = editor.plan.ordered()[Number(key) - 1];
      if (row) take(event, () => editor.choose(row.slot));
    }
  };

  function take(event, action) {
    event.preventDefault();
    action();
  }

  function mapKey(event) {
    const arrow = ARROWS[event.key];
    if (arrow) {
      take(event, () => walk(arrow, event.shiftKey));
    } else if (event.key === "Enter") {
      if (tools.corners.length) take(event, () => tools.close());
      else if (editor.cursor >= 0) take(event, () => editor.apply([editor.cursor]));
      else return false;
    } else if (event.key === " ") {
      // Held, it lets the mouse move the map; tapped, it paints: which of the two is known when it is let go.
      take(event, () => tools.space || tools.hold(true));
    } else if (event.key.toLowerCase() === "k" && editor.cursor >= 0) {
      take(event, () => editor.apply([editor.cursor], editor.plan.shown.locked[editor.cursor] ? "unlock" : "lock"));
    } else if (event.key.toLowerCase() === "y" && editor.cursor >= 0) {
      take(event, () => actions.ask(editor.cursor));
    } else if (event.key === "+" || event.key === "=") take(event, () => actions.zoom(1));
    else if (event.key === "-") take(event, () => actions.zoom(-1));
    else return false;
    return true;
  }

  function walk(arrow, painting) {
    const first = editor.spot >= 0 ? editor.spot : nearestTo(editor, map.getCenter());
    const next = editor.cursor === -1 ? first : beside(editor, editor.cursor, arrow);
    if (next === -1) {
      editor.live.announce("No further area in that direction");
      return;
    }
    editor.set({ cursor: next });
    actions.follow(next);
    if (painting) editor.apply([next]);
    editor.live.announce(editor.words(next));
  }

  const up = (event) => {
    event.stopPropagation();
    if (event.key !== " " || !tools.space) return;
    const tapped = !tools.moved;
    tools.hold(false);
    if (tapped && onMap(event) && editor.cursor >= 0) editor.apply([editor.cursor]);
  };
  const press = (event) => event.stopPropagation();
  const blur = () => tools.space && tools.hold(false);
  wrapper.addEventListener("keydown", down);
  wrapper.addEventListener("keyup", up);
  wrapper.addEventListener("keypress", press);
  window.addEventListener("blur", blur);
  return () => window.removeEventListener("blur", blur);
}

/** The unit whose inner point is nearest to a place. */
export function nearestTo(editor, { lat, lng }) {
  let best = -1;
  let least = Infinity;
  const squeeze = Math.cos((lat * Math.PI) / 180);
  editor.catalogue.units.at.forEach(([y, x], n) => {
    const d = (y - lat) ** 2 + ((x - lng) * squeeze) ** 2;
    if (d < least) [least, best] = [d, n];
  });
  return best;
}

/** The unit to go to from `unit` in a direction ([x, y], y down): a neighbour if one lies there, else the next one. */
export function beside(editor, unit, [dx, dy]) {
  const { at } = editor.catalogue.units;
  const squeeze = Math.cos((at[unit][0] * Math.PI) / 180);
  const pull = (n, narrow) => {
    const x = (at[n][1] - at[unit][1]) * squeeze;
    const y = at[unit][0] - at[n][0];
    const length = Math.hypot(x, y) || 1e-12;
    const along = (x * dx + y * dy) / length;
    return along < narrow ? Infinity : length * (2.2 - along);
  };
  const best = (units, narrow) => units.reduce((found, n) => {
    const cost = n === unit ? Infinity : pull(n, narrow);
    return cost < found.cost ? { n, cost } : found;
  }, { n: -1, cost: Infinity }).n;
  const near = best(editor.touching[unit], 0.5);
  return near >= 0 ? near : best(at.map((_, n) => n), 0.64);
}
