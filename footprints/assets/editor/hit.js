/** Which units lie under a point, a stroke of the brush or a drawn shape. All in pixels of a Scene. */

/** The unit at a point, or -1. */
export function unitAt(scene, x, y) {
  const box = scene.box;
  for (let n = 0; n < box.length / 4; n++) {
    if (x < box[4 * n] || y < box[4 * n + 1] || x > box[4 * n + 2] || y > box[4 * n + 3]) continue;
    if (inside(scene.rings(n), x, y)) return n;
  }
  return -1;
}

/** Every unit that meets the circle of radius r on its way from (x0, y0) to (x1, y1). */
export function unitsUnder(scene, x0, y0, x1, y1, r) {
  const box = scene.box;
  const hits = [];
  const west = Math.min(x0, x1) - r, north = Math.min(y0, y1) - r;
  const east = Math.max(x0, x1) + r, south = Math.max(y0, y1) + r;
  for (let n = 0; n < box.length / 4; n++) {
    if (east < box[4 * n] || south < box[4 * n + 1] || west > box[4 * n + 2] || north > box[4 * n + 3]) continue;
    if (meets(scene.rings(n), x0, y0, x1, y1, r)) hits.push(n);
  }
  return hits;
}

/** Every unit whose inner point (`middles`: x, y per unit) lies inside the drawn ring (flat x, y ..). */
export function unitsWithin(ring, middles) {
  const hits = [];
  for (let n = 0; n < middles.length / 2; n++) {
    if (inside([ring], middles[2 * n], middles[2 * n + 1])) hits.push(n);
  }
  return hits;
}

/** Even-odd rule over all rings, holes included. */
export function inside(rings, x, y) {
  let odd = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const yi = ring[i + 1], yj = ring[j + 1];
      if (yi > y !== yj > y && x < ((ring[j] - ring[i]) * (y - yi)) / (yj - yi) + ring[i]) odd = !odd;
    }
  }
  return odd;
}

function meets(rings, x0, y0, x1, y1, r) {
  if (inside(rings, x1, y1) || inside(rings, x0, y0)) return true;
  const limit = r * r;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      if (apart(ring[j], ring[j + 1], ring[i], ring[i + 1], x0, y0, x1, y1) <= limit) return true;
    }
  }
  return false;
}

/** Square of the distance between two line segments. */
function apart(ax, ay, bx, by, cx, cy, dx, dy) {
  if (crossing(ax, ay, bx, by, cx, cy, dx, dy)) return 0;
  return Math.min(
    off(ax, ay, cx, cy, dx, dy), off(bx, by, cx, cy, dx, dy),
    off(cx, cy, ax, ay, bx, by), off(dx, dy, ax, ay, bx, by),
  );
}

function off(px, py, ax, ay, bx, by) {
  const vx = bx - ax, vy = by - ay;
  const length = vx * vx + vy * vy;
  const t = length ? Math.min(1, Math.max(0, ((px - ax) * vx + (py - ay) * vy) / length)) : 0;
  const ex = px - ax - t * vx, ey = py - ay - t * vy;
  return ex * ex + ey * ey;
}

function crossing(ax, ay, bx, by, cx, cy, dx, dy) {
  const side = (px, py, qx, qy, rx, ry) => (qx - px) * (ry - py) - (qy - py) * (rx - px);
  const a = side(cx, cy, dx, dy, ax, ay), b = side(cx, cy, dx, dy, bx, by);
  const c = side(ax, ay, bx, by, cx, cy), d = side(ax, ay, bx, by, dx, dy);
  return a * b < 0 && c * d < 0;
}
