/** Lists of positions in short form, and the hash that proves browser and server hold the same plan. */

/** "0-3,7" -> [0, 1, 2, 3, 7] */
export function parseRanges(text) {
  const list = [];
  if (!text) return list;
  for (const part of text.split(",")) {
    const [from, to] = part.split("-").map(Number);
    for (let i = from; i <= (to === undefined ? from : to); i++) list.push(i);
  }
  return list;
}

/** Positions in any order -> "0-3,7" */
export function formatRanges(positions) {
  const list = Int32Array.from(new Set(positions)).sort();
  const parts = [];
  for (let i = 0; i < list.length; i++) {
    const from = list[i];
    while (i + 1 < list.length && list[i + 1] === list[i] + 1) i++;
    parts.push(list[i] === from ? `${from}` : `${from}-${list[i]}`);
  }
  return parts.join(",");
}

/** "slot:RANGES;slot:RANGES" -> [[slot, [positions]], ..] */
export function parseLabels(text) {
  if (!text) return [];
  return text.split(";").map((part) => {
    const at = part.indexOf(":");
    return [Number(part.slice(0, at)), parseRanges(part.slice(at + 1))];
  });
}

/** The protocol's hash over all units in order. */
export function hashOf(labels, locked) {
  let h = 0x811c9dc5;
  let g = 0x01000193;
  for (let i = 0; i < labels.length; i++) {
    const v = (labels[i] + 1) * 2 + (locked[i] ? 1 : 0);
    h = Math.imul(h ^ v, 0x01000193) >>> 0;
    g = Math.imul(g + v, 0x85ebca6b) >>> 0;
    g = (g ^ (g >>> 13)) >>> 0;
  }
  const hex = (n) => n.toString(16).padStart(8, "0");
  return hex(h) + hex(g);
}
