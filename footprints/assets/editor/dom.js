/** Elements without markup: every text becomes a text node, so nothing that a file or a person typed is ever parsed. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `attributes` may hold class, text, on ({event: handler}), any property of the element, or any attribute.
 * @param {string} tag
 * @param {object} [attributes]
 * @param {...(Node|string|null|false)} children
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name === "on") Object.entries(value).forEach(([event, handler]) => node.addEventListener(event, handler));
    else if (name in node && !name.includes("-") && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  put(node, ...children);
  return node;
}

/** Append what is there of `children` to `node`. */
export function put(node, ...children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
  return node;
}

/** Replace all that `node` holds. */
export function fill(node, ...children) {
  node.replaceChildren();
  return put(node, ...children);
}

/** Set the text of `node` only where it differs: the browser need not lay it out again. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** An SVG element with attributes. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return put(node, ...children);
}

const ICONS = {
  brush: ["M13.5 2.5l4 4-7 7-4-4z", "M6 10l4 4c-1 3-4 4-7.500 3.500C4 16 3.500 12 6 10z"],
  click: ["M5 2l11 8-5 1 3 5.500-2.500 1.300-3-5.600L5 15.500z"],
  rectangle: ["M3 4.500h14v11H3z"],
  lasso: ["M10 3c4.500 0 7.500 2 7.500 4.800S14 12.500 10 12.500 2.500 10.500 2.500 7.800 5.500 3 10 3z", "M6 12c-1.500 1-1.500 3 .5 3.500M6.500 15.500c1 .5.5 2-1 2"],
  polygon: ["M4 14L7 4l9 2 1 8-7 3z"],
  pick: ["M12 4l4 4M13 2.500a2.100 2.100 0 0 1 4.500 2c0 1-3 3-3 3l-2-2s-1-1 .5-3z", "M11.500 6.500l2 2-7 7H4v-2.500z"],
  ask: ["M10 17.500a7.500 7.500 0 1 1 0-15 7.500 7.500 0 0 1 0 15z", "M7.700 7.800c0-3.200 4.800-3 4.600-.2-.1 1.600-2.300 1.700-2.300 3.600M10 13.700v.6"],
  pan: ["M10 2v16M2 10h16M10 2L7.500 4.500M10 2l2.500 2.500M10 18l-2.500-2.500M10 18l2.500-2.500M2 10l2.500-2.500M2 10l2.500 2.500M18 10l-2.500-2.500M18 10l-2.500 2.500"],
  undo: ["M4 8h8a4.500 4.500 0 0 1 0 9H8", "M7.500 4L3.500 8l4 4"],
  redo: ["M16 8H8a4.500 4.500 0 0 0 0 9h4", "M12.500 4l4 4-4 4"],
  layers: ["M10 3l8 4-8 4-8-4z", "M2 11l8 4 8-4"],
  lock: ["M5 9h10v8H5z", "M7 9V6.500a3 3 0 0 1 6 0V9"],
  present: ["M2.500 3.500h15v10h-15z", "M10 13.500v3M6.500 17h7"],
  fit: ["M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4"],
};

/** A line drawing for a button; the button's own text or label says what it does. */
export function icon(name) {
  const lines = ICONS[name].map((d) => svg("path", { d, fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linejoin": "round", "stroke-linecap": "round" }));
  return svg("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true", focusable: "false" }, ...lines);
}
