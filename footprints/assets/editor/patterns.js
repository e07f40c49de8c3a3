/** Patterns that stand beside colour, so that no meaning hangs on colour alone. */

import { svg } from "./dom.js";

const INK = "rgba(33, 43, 50, 0.5)";
const FORMS = 7;
const SIZE = 12;

/** Which of the seven hatches goes with a fill colour: equal colours have equal hatches, different ones differ. */
export function hatchOf(colour, palette) {
  return Math.max(palette.indexOf(colour), 0) % FORMS;
}

function tile(draw, size = SIZE) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const ctx = canvas.getContext("2d");
  ctx.strokeStyle = ctx.fillStyle = INK;
  ctx.lineWidth = 1.4;
  draw(ctx, size);
  return canvas;
}

function lines(ctx, ...all) {
  ctx.beginPath();
  for (const [x0, y0, x1, y1] of all) {
    ctx.moveTo(x0, y0);
    ctx.lineTo(x1, y1);
  }
  ctx.stroke();
}

function dots(ctx, r, ...all) {
  for (const [x, y] of all) {
    ctx.beginPath();
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.fill();
  }
}

const S = SIZE;
const HATCHES = [
  (c) => lines(c, [0, S / 2, S, S / 2]),
  (c) => lines(c, [-1, S + 1, S + 1, -1], [-1, 1, 1, -1], [S - 1, S + 1, S + 1, S - 1]),
  (c) => lines(c, [S / 2, 0, S / 2, S]),
  (c) => lines(c, [-1, -1, S + 1, S + 1], [S - 1, -1, S + 1, 1], [-1, S - 1, 1, S + 1]),
  (c) => lines(c, [0, S / 2, S, S / 2], [S / 2, 0, S / 2, S]),
  (c) => lines(c, [0, 9, 3, 3], [3, 3, 6, 9], [6, 9, 9, 3], [9, 3, 12, 9]),
  (c) => lines(c, [3, 6, 9, 6], [6, 3, 6, 9]),
];

/** Canvas patterns for `ctx`: the hatches, the dots of units in no neighbourhood, the lines of locked and of moved ones. */
export function patterns(ctx) {
  const make = (draw, size) => ctx.createPattern(tile(draw, size), "repeat");
  return {
    hatches: HATCHES.map((draw) => make(draw)),
    loose: make((c) => {
      c.fillStyle = "rgba(76, 98, 114, 0.85)";
      dots(c, 1.15, [2, 2], [6, 6]);
    }, 8),
    locked: make((c, s) => {
      c.strokeStyle = "rgba(33, 43, 50, 0.42)";
      c.lineWidth = 0.9;
      lines(c, [-1, s + 1, s + 1, -1], [-1, 1, 1, -1], [s - 1, s + 1, s + 1, s - 1]);
    }, 5),
    moved: make((c, s) => {
      c.strokeStyle = "rgba(33, 43, 50, 0.7)";
      c.lineWidth = 2;
      lines(c, [-1, s + 1, s + 1, -1], [-1, 1, 1, -1], [s - 1, s + 1, s + 1, s - 1]);
    }, 9),
  };
}

const SWATCHES = [
  "M0 8h16", "M0 16L16 0M0 8L8 0M8 16L16 8", "M5 0v16M11 0v16", "M0 0L16 16M8 0L16 8M0 8L8 16", "M0 8h16M8 0v16",
  "M0 11L4 5 8 11 12 5 16 11", "M4 8h8M8 4v8",
];

/** A small square in a neighbourhood's colour, with its hatch on top when hatching is on. */
export function swatch(colour, hatch) {
  const box = svg("svg", { class: "fe-swatch", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" });
  box.append(svg("rect", { width: 16, height: 16, fill: colour }));
  if (hatch !== null) box.append(svg("path", { d: SWATCHES[hatch], stroke: "#212b32", "stroke-width": 1.5, fill: "none" }));
  return box;
}
