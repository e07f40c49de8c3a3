/** Shapes as they come over the wire: arcs that neighbouring units share, so that both draw one and the same line. */

/**
 * @param {ArrayBuffer} buffer  "FPG1", see the protocol
 * @returns {{arcs: Float64Array[], left: Int32Array, right: Int32Array, units: Int32Array[][], bbox: Float64Array}}
 *   arcs: lon, lat, lon, lat ..; units: per unit its rings (all polygons), a ring being arc references (i or -i-1);
 *   bbox: west, south, east, north per unit
 */
export function decode(buffer) {
  const bytes = new Uint8Array(buffer);
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== "FPG1") throw new Error("The map's shapes are not in the form expected.");
  let at = 4;
  const u = () => {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  };
  const z = () => {
    const value = u();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  const scale = u();
  let firstX = z();
  let firstY = z();
  const arcCount = u();
  const arcs = new Array(arcCount);
  const left = new Int32Array(arcCount);
  const right = new Int32Array(arcCount);
  for (let a = 0; a < arcCount; a++) {
    left[a] = z();
    right[a] = z();
    const points = u();
    const arc = new Float64Array(points * 2);
    let x = firstX;
    let y = firstY;
    for (let p = 0; p < points; p++) {
      x += z();
      y += z();
      if (p === 0) [firstX, firstY] = [x, y];
      arc[2 * p] = x / scale;
      arc[2 * p + 1] = y / scale;
    }
    arcs[a] = arc;
  }
  const unitCount = u();
  const units = new Array(unitCount);
  for (let n = 0; n < unitCount; n++) {
    const rings = [];
    for (let polygons = u(); polygons > 0; polygons--) {
      for (let left_ = u(); left_ > 0; left_--) {
        const ring = new Int32Array(u());
        for (let i = 0; i < ring.length; i++) ring[i] = z();
        rings.push(ring);
      }
    }
    units[n] = rings;
  }
  return { arcs, left, right, units, bbox: boxes(units, arcs) };
}

function boxes(units, arcs) {
  const own = arcs.map((arc) => grow([Infinity, Infinity, -Infinity, -Infinity], arc));
  const all = new Float64Array(units.length * 4);
  units.forEach((rings, n) => {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const ring of rings) for (const ref of ring) grow(box, own[ref < 0 ? -ref - 1 : ref]);
    all.set(box, n * 4);
  });
  return all;
}

function grow(box, points) {
  for (let i = 0; i < points.length; i += 2) {
    if (points[i] < box[0]) box[0] = points[i];
    if (points[i + 1] < box[1]) box[1] = points[i + 1];
    if (points[i] > box[2]) box[2] = points[i];
    if (points[i + 1] > box[3]) box[3] = points[i + 1];
  }
  return box;
}

/** Web Mercator, the whole world in 0..1 both ways. */
export function mercator(lon, lat) {
  const y = Math.min(Math.max(lat, -85), 85);
  return [(lon + 180) / 360, 0.5 - Math.log(Math.tan(Math.PI / 4 + (y * Math.PI) / 360)) / (2 * Math.PI)];
}

/** The union of the boxes of `units` as [[south, west], [north, east]]; null where there are none. */
export function boundsOf(geometry, units) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const n of units) grow(box, geometry.bbox.subarray(n * 4, n * 4 + 4));
  return box[0] === Infinity ? null : [[box[1], box[0]], [box[3], box[2]]];
}
