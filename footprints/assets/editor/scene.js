/** One geometry at one zoom, in pixels from a fixed corner of the area: made once, kept until the zoom changes. */

import { mercator } from "./geometry.js";

const THIN = 0.7; // points nearer than this to the last one cannot be seen

export class Scene {
  /** @param {object} geometry from decode()  @param {number} zoom  @param {[number, number]} corner lat, lon of the north-west */
  constructor(geometry, zoom, corner) {
    this.geometry = geometry;
    this.zoom = zoom;
    this.scale = 256 * 2 ** zoom;
    const [x, y] = mercator(corner[1], corner[0]);
    this.originX = Math.floor(x * this.scale);
    this.originY = Math.floor(y * this.scale);
    geometry.world ||= geometry.arcs.map(toWorld);
    this._arcs = new Array(geometry.arcs.length);
    this._paths = new Array(geometry.units.length);
    this._rings = new Array(geometry.units.length);
    geometry.arcWorld ||= worldBoxes(geometry.world);
    geometry.unitWorld ||= unitBoxes(geometry);
    this.arcBox = this._scaled(geometry.arcWorld);
    this.box = this._scaled(geometry.unitWorld);
  }

  _scaled(world) {
    const out = new Float32Array(world.length);
    for (let i = 0; i < world.length; i += 2) {
      out[i] = world[i] * this.scale - this.originX;
      out[i + 1] = world[i + 1] * this.scale - this.originY;
    }
    return out;
  }

  /** A place in pixels of this scene. */
  point(lat, lon) {
    const [x, y] = mercator(lon, lat);
    return [x * this.scale - this.originX, y * this.scale - this.originY];
  }

  /** The points of arc `a`, thinned to what this zoom can show; both neighbours get the same. */
  arc(a) {
    const known = this._arcs[a];
    if (known) return known;
    const world = this.geometry.world[a];
    const out = new Float32Array(world.length);
    let n = 0;
    let lastX = Infinity;
    let lastY = Infinity;
    for (let i = 0; i < world.length; i += 2) {
      const x = world[i] * this.scale - this.originX;
      const y = world[i + 1] * this.scale - this.originY;
      const end = i === 0 || i === world.length - 2;
      if (!end && Math.abs(x - lastX) < THIN && Math.abs(y - lastY) < THIN) continue;
      out[n++] = lastX = x;
      out[n++] = lastY = y;
    }
    return (this._arcs[a] = out.subarray(0, n));
  }

  /** The rings of a unit as flat lists x, y, x, y .. (closed on themselves). */
  rings(unit) {
    const known = this._rings[unit];
    if (known) return known;
    return (this._rings[unit] = this.geometry.units[unit].map((refs) => {
      const points = [];
      refs.forEach((ref, k) => {
        const arc = this.arc(ref < 0 ? -ref - 1 : ref);
        const steps = arc.length / 2;
        for (let i = k === 0 ? 0 : 1; i < steps; i++) {
          const j = ref < 0 ? steps - 1 - i : i;
          points.push(arc[2 * j], arc[2 * j + 1]);
        }
      });
      return Float32Array.from(points);
    }));
  }

  /** The shape of a unit, ready to be filled. */
  path(unit) {
    const known = this._paths[unit];
    if (known) return known;
    const path = new Path2D();
    for (const ring of this.rings(unit)) {
      path.moveTo(ring[0], ring[1]);
      for (let i = 2; i < ring.length; i += 2) path.lineTo(ring[i], ring[i + 1]);
      path.closePath();
    }
    return (this._paths[unit] = path);
  }
}

function toWorld(arc) {
  const world = new Float64Array(arc.length);
  for (let i = 0; i < arc.length; i += 2) [world[i], world[i + 1]] = mercator(arc[i], arc[i + 1]);
  return world;
}

function worldBoxes(world) {
  const boxes = new Float64Array(world.length * 4);
  world.forEach((arc, a) => {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < arc.length; i += 2) {
      box[0] = Math.min(box[0], arc[i]);
      box[1] = Math.min(box[1], arc[i + 1]);
      box[2] = Math.max(box[2], arc[i]);
      box[3] = Math.max(box[3], arc[i + 1]);
    }
    boxes.set(box, a * 4);
  });
  return boxes;
}

function unitBoxes(geometry) {
  const boxes = new Float64Array(geometry.units.length * 4);
  geometry.units.forEach((rings, n) => {
    const [west, south, east, north] = geometry.bbox.subarray(n * 4, n * 4 + 4);
    boxes.set([...mercator(west, north), ...mercator(east, south)], n * 4);
  });
  return boxes;
}
