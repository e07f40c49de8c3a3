/** How the planner's own layers are drawn. Texts come to the page as text nodes only. */

import { el } from "./dom.js";

export const LINES = { barrier: "#5b3000", motorway: "#7d868e", road: "#98a1a9", minor: "#bcc3c8", rail: "#5f676e", water: "#5f93bd", other: "#a8afb5" };
const WIDTHS = { motorway: 3, road: 2, minor: 1, rail: 1.5, water: 2, other: 1 };

/** Marks and dashes differ as much as colours do, so that layers are told apart in grey. */
export const SIGNS = [
  { colour: "#801650", dash: "", draw: (x, y, r) => `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z` },
  { colour: "#12436d", dash: "8 4", draw: (x, y, r) => `M${x - r * 0.85} ${y - r * 0.85}h${r * 1.7}v${r * 1.7}h${-r * 1.7}Z` },
  { colour: "#a03c00", dash: "2 5", draw: (x, y, r) => `M${x} ${y - r}L${x + r} ${y + r * 0.8}L${x - r} ${y + r * 0.8}Z` },
  { colour: "#3d3d3d", dash: "10 4 2 4", draw: (x, y, r) => `M${x - r} ${y - r * 0.8}L${x + r} ${y - r * 0.8}L${x} ${y + r}Z` },
];

/** Areas as outlines with a pale edge that is easy to point at, points as signs, barriers as heavy lines. */
export function drawShapes(L, layer, { rows }, renderer) {
  const look = SIGNS[layer.nth % SIGNS.length];
  const Sign = L.CircleMarker.extend({
    _updatePath() {
      const { x, y } = this._point;
      this._renderer._setPath(this, this._empty() ? "M0 0" : look.draw(x, y, this._radius));
    },
  });
  const made = rows.flatMap((row) => {
    const tip = () => el("div", { class: "fe-tip" }, ...about(row, layer).map((text) => el("div", { text })));
    if (row.form === "point") return row.at.map((at) => new Sign(at, { renderer, radius: 6.5, weight: 1.5, color: "#ffffff", fillColor: look.colour, fillOpacity: 1, bubblingMouseEvents: true }).bindTooltip(tip, { opacity: 1 }));
    const barrier = row.form === "line";
    const weight = barrier ? 2 + 6 * row.strength : 2.5;
    const common = { renderer, bubblingMouseEvents: true, smoothFactor: 1, lineCap: "butt" };
    const edge = L.polyline(row.at, { ...common, color: "#ffffff", opacity: 0.75, weight: weight + 4 });
    const line = L.polyline(row.at, { ...common, color: barrier ? LINES.barrier : look.colour, opacity: 0.95, weight, dashArray: barrier ? null : look.dash || null, interactive: false });
    // Pale dashes along the middle, so that in grey no barrier is taken for the edge of a district.
    const dashes = barrier ? L.polyline(row.at, { ...common, color: "#ffffff", opacity: 0.9, weight: 1 + 0.8 * row.strength, dashArray: "6 5", interactive: false }) : null;
    return [edge.bindTooltip(tip, { sticky: true, opacity: 1 }), line, dashes].filter(Boolean);
  });
  return L.featureGroup(made);
}

function about(row, layer) {
  const strength = row.strength === null ? "" : `Barrier, strength ${row.strength}${row.strength === 1 ? " (nobody crosses)" : ""}`;
  return [row.name || "Without a name", row.kind, strength, row.holds, layer.name].filter(Boolean);
}

/** Roads, railways and water under the fills, each kind in its own quiet colour. */
export function drawGround(L, { lines }) {
  const renderer = L.canvas({ pane: "ground", padding: 0.3 });
  return L.layerGroup(Object.entries(lines).map(([kind, own]) => L.polyline(own, {
    renderer, pane: "ground", interactive: false, color: LINES[kind], weight: WIDTHS[kind], dashArray: kind === "rail" ? "7 4" : null, smoothFactor: 1.5,
  })));
}

/** Pictures out of the planner's file, from this machine. */
export function drawPictures(L, row, prefix) {
  const [least, most] = row.zooms;
  return L.tileLayer(`${prefix}/tiles/${encodeURIComponent(row.key)}/{z}/{x}/{y}`, {
    pane: "ground", bounds: row.bounds, minNativeZoom: least, maxNativeZoom: most, minZoom: 0, maxZoom: 18, keepBuffer: 1, updateWhenZooming: false, alt: "",
  });
}
