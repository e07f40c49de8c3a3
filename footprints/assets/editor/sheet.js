/**
 * The map's drawing: two canvases in a Leaflet pane. The lower one holds all that painting changes (fills, unit and
 * neighbourhood borders, locks, the active outline) and is redrawn only where something changed; the upper one holds
 * the lines of other levels, which change only with the view and the switches.
 */

import { Scene } from "./scene.js";
import { patterns } from "./patterns.js";

const PADDING = 0.3;
const MARGIN = 6; // the widest line's reach beyond a unit's box
const GROUND = 0.8;
const LOOSE = "#f0f4f5";
const INK = "#212b32";
const NHS = "#003087";

/**
 * @param {object} L  Leaflet
 * @param {object} view  what to draw: {labels, locked, colourOf(slot), hatchOf(slot) or null, fillOf(unit) or null,
 *   target, selected (Uint8Array), moved (Uint8Array or none: hatched), lines: [{of or has(unit, unit), colour, width, dash,
 *   halo, core, inner}]}; read anew at every drawing; inner: not along the edge of the place; core: the width of a white
 *   line within
 */
export function makeSheet(L, view, corner) {
  const Sheet = L.Renderer.extend({
    options: { padding: PADDING },

    _initContainer() {
      this._container = document.createElement("div");
      this._container.className = "fe-sheet";
      this._fills = document.createElement("canvas");
      this._lines = document.createElement("canvas");
      this._container.append(this._fills, this._lines);
      this._f = this._fills.getContext("2d");
      this._l = this._lines.getContext("2d");
      this._patterns = patterns(this._f);
    },

    _destroyContainer() {
      cancelAnimationFrame(this._later);
      this._container.remove();
      this._container = null;
    },

    use(geometry) {
      this.geometry = geometry;
      this.scene = null;
      if (this._map) this._update();
    },

    _update() {
      if (!this.geometry || (this._map._animatingZoom && this._bounds)) return;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize();
      this._ratio = window.devicePixelRatio > 1 ? 2 : 1;
      L.DomUtil.setPosition(this._container, this._bounds.min);
      for (const canvas of [this._fills, this._lines]) {
        const [w, h] = [size.x * this._ratio, size.y * this._ratio];
        if (canvas.width !== w || canvas.height !== h) {
          canvas.width = w;
          canvas.height = h;
          canvas.style.width = `${size.x}px`;
          canvas.style.height = `${size.y}px`;
        }
      }
      if (!this.scene || this.scene.zoom !== this._zoom) this.scene = new Scene(this.geometry, this._zoom, corner);
      const origin = this._map.getPixelOrigin();
      // Scene pixels -> canvas pixels
      this._dx = this.scene.originX - origin.x - this._bounds.min.x;
      this._dy = this.scene.originY - origin.y - this._bounds.min.y;
      this.all();
      this.fire("update");
    },

    /** From a place in the map's window to scene pixels. */
    fromWindow(point) {
      const layer = this._map.containerPointToLayerPoint(point);
      const origin = this._map.getPixelOrigin();
      return [layer.x + origin.x - this.scene.originX, layer.y + origin.y - this.scene.originY];
    },

    /** From scene pixels to the map's window. */
    toWindow(x, y) {
      const origin = this._map.getPixelOrigin();
      return this._map.layerPointToContainerPoint([x + this.scene.originX - origin.x, y + this.scene.originY - origin.y]);
    },

    /** Draw everything anew. */
    all() {
      if (!this.scene || !this._container) return;
      cancelAnimationFrame(this._later);
      this._later = 0;
      this._dirty = null;
      const size = this._bounds.getSize();
      const box = [-this._dx, -this._dy, size.x - this._dx, size.y - this._dy];
      this._drawFills(box);
      this.levels();
    },

    /** These units look different now; drawn at once, or with the next frame if `soon`. */
    touch(units, soon = false) {
      if (!this.scene || !units.length) return;
      const boxes = this.scene.box;
      const d = (this._dirty ||= [Infinity, Infinity, -Infinity, -Infinity]);
      for (const n of units) {
        d[0] = Math.min(d[0], boxes[4 * n]);
        d[1] = Math.min(d[1], boxes[4 * n + 1]);
        d[2] = Math.max(d[2], boxes[4 * n + 2]);
        d[3] = Math.max(d[3], boxes[4 * n + 3]);
      }
      if (soon) this._later ||= requestAnimationFrame(() => this.flush());
      else this.flush();
    },

    flush() {
      cancelAnimationFrame(this._later);
      this._later = 0;
      if (!this._dirty || !this._container) return;
      const size = this._bounds.getSize();
      const d = this._dirty;
      this._dirty = null;
      const box = [
        Math.max(Math.floor(d[0]) - MARGIN, -this._dx), Math.max(Math.floor(d[1]) - MARGIN, -this._dy),
        Math.min(Math.ceil(d[2]) + MARGIN, size.x - this._dx), Math.min(Math.ceil(d[3]) + MARGIN, size.y - this._dy),
      ];
      if (box[2] > box[0] && box[3] > box[1]) this._drawFills(box);
    },

    _begin(ctx, box) {
      const m = this._ratio;
      ctx.setTransform(m, 0, 0, m, this._dx * m, this._dy * m);
      ctx.clearRect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
      ctx.save();
      ctx.beginPath();
      ctx.rect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
      ctx.clip();
      ctx.lineJoin = ctx.lineCap = "round";
    },

    _drawFills(box) {
      const { scene, _f: ctx } = this;
      const { labels, locked, selected } = view;
      this._begin(ctx, box);
      const seen = [];
      for (let n = 0, b = scene.box; n < labels.length; n++) {
        if (b[4 * n] <= box[2] && b[4 * n + 1] <= box[3] && b[4 * n + 2] >= box[0] && b[4 * n + 3] >= box[1]) seen.push(n);
      }
      ctx.globalAlpha = view.fillOf ? 0.85 : GROUND;
      for (const n of seen) {
        ctx.fillStyle = view.fillOf ? view.fillOf(n) : labels[n] === -1 ? LOOSE : view.colourOf(labels[n]);
        ctx.fill(scene.path(n), "evenodd");
      }
      ctx.globalAlpha = 1;
      for (const n of seen) {
        const pattern = labels[n] === -1 ? this._patterns.loose : view.hatchOf ? this._patterns.hatches[view.hatchOf(labels[n])] : null;
        if (pattern) this._pattern(ctx, pattern, n);
        if (locked[n]) this._pattern(ctx, this._patterns.locked, n);
        if (view.moved?.[n]) this._pattern(ctx, this._patterns.moved, n);
      }
      const thin = new Path2D();
      const between = new Path2D();
      const active = new Path2D();
      const picked = new Path2D();
      let anyActive = false;
      let anyPicked = false;
      const { left, right } = scene.geometry;
      for (let a = 0, b = scene.arcBox; a < left.length; a++) {
        if (b[4 * a] > box[2] || b[4 * a + 1] > box[3] || b[4 * a + 2] < box[0] || b[4 * a + 3] < box[1]) continue;
        const one = left[a] < 0 ? -2 : labels[left[a]];
        const other = right[a] < 0 ? -2 : labels[right[a]];
        trace(one === other ? thin : between, scene.arc(a));
        if (one !== other && view.target >= 0 && (one === view.target || other === view.target)) {
          trace(active, scene.arc(a));
          anyActive = true;
        }
        if ((left[a] < 0 ? 0 : selected[left[a]]) !== (right[a] < 0 ? 0 : selected[right[a]])) {
          trace(picked, scene.arc(a));
          anyPicked = true;
        }
      }
      stroke(ctx, thin, "#ffffff", scene.zoom < 10 ? 0.5 : 0.8, 0.9);
      stroke(ctx, between, INK, 1.8, 0.9);
      if (anyActive) {
        stroke(ctx, active, "#ffffff", 7, 1);
        stroke(ctx, active, INK, 4, 1);
      }
      if (anyPicked) {
        stroke(ctx, picked, INK, 5.5, 1);
        stroke(ctx, picked, "#ffeb3b", 2.5, 1);
      }
      ctx.restore();
    },

    _pattern(ctx, pattern, n) {
      ctx.fillStyle = pattern;
      ctx.fill(this.scene.path(n), "evenodd");
    },

    /** Draw the lines of other levels anew (after a switch, or a move of the map). */
    levels() {
      if (!this.scene || !this._container) return;
      const size = this._bounds.getSize();
      const box = [-this._dx, -this._dy, size.x - this._dx, size.y - this._dy];
      const { scene, _l: ctx } = this;
      this._begin(ctx, box);
      const { left, right } = scene.geometry;
      for (const line of view.lines) {
        const path = new Path2D();
        for (let a = 0, b = scene.arcBox; a < left.length; a++) {
          if (b[4 * a] > box[2] || b[4 * a + 1] > box[3] || b[4 * a + 2] < box[0] || b[4 * a + 3] < box[1]) continue;
          const [one, other] = [left[a], right[a]];
          if (line.inner && (one < 0 || other < 0)) continue;
          const differ = line.has ? line.has(one, other) : (one < 0 ? -2 : line.of[one]) !== (other < 0 ? -2 : line.of[other]);
          if (differ) trace(path, scene.arc(a));
        }
        ctx.setLineDash(line.dash || []);
        if (line.halo) stroke(ctx, path, "#ffffff", line.width + 2, 0.6);
        stroke(ctx, path, line.colour, line.width, 0.95);
        ctx.setLineDash([]);
        if (line.core) stroke(ctx, path, "#ffffff", line.core, 1);
      }
      ctx.restore();
    },
  });
  return new Sheet();
}

/** How the lines of a level are drawn. */
export function lineStyle(key) {
  if (key === "district") return { colour: NHS, width: 2.6 };
  if (key === "upper_tier") return { colour: NHS, width: 4.2 };
  if (key === "msoa") return { colour: "#4c6272", width: 1.5, dash: [5, 3], halo: true };
  return { colour: "#7c2855", width: 1.5, dash: [1, 4], halo: true };
}

function trace(path, points) {
  path.moveTo(points[0], points[1]);
  for (let i = 2; i < points.length; i += 2) path.lineTo(points[i], points[i + 1]);
}

function stroke(ctx, path, colour, width, alpha) {
  ctx.globalAlpha = alpha;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke(path);
  ctx.globalAlpha = 1;
}
