/** Names on the map give way to one another: large first; then the number goes, the name shrinks, moves, and waits. */

import { el } from "./dom.js";
import { number } from "./words.js";

const WAYS = [
  { small: false, people: true, dy: 0 }, { small: false, people: false, dy: 0 }, { small: true, people: false, dy: 0 },
  { small: true, people: false, dy: -13 }, { small: true, people: false, dy: 13 },
];
// What is named, in the order in which names are given room: size, the size when shrunk, and how it is set.
const LOOKS = {
  plan: { size: 13, small: 11, weight: 700, style: "" },
  town: { size: 14, small: 12, weight: 400, style: "fe-town", room: 5 },
  own: { size: 12, small: 10.5, weight: 400, style: "fe-own-name" },
  level: { size: 12, small: 10.5, weight: 400, style: "fe-quiet" },
};
const RANK = { plan: 3e9, town: 2e9, own: 1e9, level: 0 };
const FONT = "Arial, Helvetica, sans-serif";
const SLACK = 3;
const SAME_PLACE = 90; // pixels between a town and the name of a neighbourhood that says it

/** The member unit nearest to the people-weighted middle of each neighbourhood's largest piece: slot -> unit. */
export function anchors(labels, touching, at, people) {
  const n = labels.length;
  const piece = new Int32Array(n).fill(-1);
  const best = new Map();
  for (let start = 0; start < n; start++) {
    if (piece[start] !== -1 || labels[start] === -1) continue;
    const members = [start];
    piece[start] = start;
    let weight = 0;
    for (let i = 0; i < members.length; i++) {
      weight += people[members[i]] + 1;
      for (const other of touching[members[i]]) {
        if (piece[other] === -1 && labels[other] === labels[start]) {
          piece[other] = start;
          members.push(other);
        }
      }
    }
    const known = best.get(labels[start]);
    if (!known || weight > known.weight) best.set(labels[start], { weight, members });
  }
  const found = new Map();
  for (const [slot, { members, weight }] of best) {
    let lat = 0;
    let lon = 0;
    for (const m of members) {
      lat += (at[m][0] * (people[m] + 1)) / weight;
      lon += (at[m][1] * (people[m] + 1)) / weight;
    }
    const squeeze = Math.cos((lat * Math.PI) / 180);
    let near = members[0];
    let least = Infinity;
    for (const m of members) {
      const d = (at[m][0] - lat) ** 2 + ((at[m][1] - lon) * squeeze) ** 2;
      if (d < least) [least, near] = [d, m];
    }
    found.set(slot, { unit: near, weight });
  }
  return found;
}

/** Break `text` into lines no wider than `room`; the widths come from `measure`. */
export function wrap(text, room, measure) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && measure(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A town that the neighbourhood around it is called after need not be named beside that name. */
function said(own, here, labels) {
  if (own.look !== "town") return false;
  const plan = here.find((other) => other.look === "plan" && other.slot === labels[own.unit]);
  return Boolean(plan) && ` ${plan.name} `.includes(` ${own.name} `) && Math.hypot(plan.x - own.x, plan.y - own.y) < SAME_PLACE;
}

/** Place labels ({x, y, name, people, look}), most important first, where they fit; null where they must wait. */
export function place(labels, measure, scale = 1) {
  const taken = [];
  return labels.map((own) => {
    for (const way of WAYS) {
      const look = LOOKS[own.look];
      const size = (way.small ? look.small : look.size) * scale;
      const font = `${look.weight} ${size}px ${FONT}`;
      const lines = wrap(own.name, (way.small ? 100 : 130) * scale, (text) => measure(text, font));
      const width = Math.max(...lines.map((text) => measure(text, font)), way.people && own.people ? measure(own.people, `${12 * scale}px ${FONT}`) : 0);
      const height = (lines.length * size + (way.people && own.people ? 12 * scale : 0)) * 1.15;
      const half = width / 2 + (look.room || 0);
      const box = { left: own.x - half, right: own.x + half, top: own.y + way.dy - height / 2, bottom: own.y + way.dy + height / 2 };
      if (taken.some((other) => meet(box, other))) continue;
      taken.push(box);
      return { ...way, lines };
    }
    return null;
  });
}

function meet(a, b) {
  return a.left + SLACK < b.right && b.left + SLACK < a.right && a.top + SLACK < b.bottom && b.top + SLACK < a.bottom;
}

/** Keeps the names of neighbourhoods, towns, the planner's own areas and another level on the map, as far as wanted. */
export class Names {
  constructor(L, map, catalogue, touching, sheet) {
    Object.assign(this, { L, map, catalogue, touching, sheet, markers: [], shown: true, towns: true, level: null, scale: 1 });
    this.own = new Map(); // key of a layer of the planner's own -> [{at, name}]
    const ctx = document.createElement("canvas").getContext("2d");
    const known = new Map();
    this.measure = (text, font) => {
      const key = font + text;
      if (!known.has(key)) {
        ctx.font = font;
        known.set(key, ctx.measureText(text).width);
      }
      return known.get(key);
    };
    map.createPane("names").style.zIndex = 620;
    map.getPane("names").style.pointerEvents = "none";
    map.on("zoomend moveend resize", () => this._arrange());
  }

  /** The plan has changed: find the places of names, a moment later (many strokes, one search). */
  soon(plan, tallies) {
    this.plan = plan;
    this.tallies = tallies;
    this.timer ||= setTimeout(() => this.now(), 120);
  }

  now() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (!this.plan) return;
    const { units } = this.catalogue;
    const tallies = this.tallies();
    const found = anchors(this.plan.shown.labels, this.touching, units.at, units.residents);
    this.labels = this.shown ? [...found].map(([slot, { unit, weight }]) => {
      const row = this.plan.rows.get(slot);
      return row && { slot, at: units.at[unit], weight, name: row.name, people: number(tallies.all.get(slot)?.people), look: "plan" };
    }).filter(Boolean) : [];
    if (this.towns) this.labels.push(...this._townNames(units));
    for (const named of this.own.values()) this.labels.push(...named.map(({ at, name }) => ({ at, weight: 0, name, people: "", look: "own" })));
    if (this.level) this.labels.push(...this._levelNames(units));
    this.labels.sort((a, b) => RANK[b.look] + b.weight - RANK[a.look] - a.weight);
    this._arrange();
  }

  _townNames(units) {
    return (this.catalogue.towns?.places || []).map(([name, unit, weight]) => ({ at: units.at[unit], unit, weight, name, people: "", look: "town" }));
  }

  _levelNames(units) {
    const found = anchors(Int32Array.from(this.level.of), this.touching, units.at, units.residents);
    return [...found].map(([index, { unit, weight }]) => ({ at: units.at[unit], weight, name: this.level.names[index] || this.level.codes[index], people: "", look: "level" }));
  }

  _arrange() {
    if (!this.labels) return;
    const view = this.map.getBounds().pad(0.15);
    const seen = this.labels.map((own) => (view.contains(own.at) ? own : this._nearer(own, view))).filter(Boolean);
    seen.forEach((own) => Object.assign(own, this.map.latLngToContainerPoint(own.at)));
    const here = seen.filter((own) => !said(own, seen, this.plan.shown.labels));
    const ways = place(here, this.measure, this.scale);
    let used = 0;
    here.forEach((own, i) => {
      if (!ways[i]) return;
      const marker = this._marker(used++);
      marker.setLatLng(own.at);
      const { size, small, style } = LOOKS[own.look];
      const look = `fe-label-text${ways[i].small ? " fe-small" : ""}${style ? ` ${style}` : ""}`;
      const key = [this.scale, look, ways[i].dy, ...ways[i].lines, ways[i].people ? own.people : ""].join("|");
      if (marker.key === key) return;
      marker.key = key;
      marker.box.className = look;
      marker.box.style.fontSize = `${(ways[i].small ? small : size) * this.scale}px`;
      marker.box.style.marginTop = `${ways[i].dy}px`;
      marker.box.replaceChildren(...ways[i].lines.map((text) => el("div", { text })));
      if (ways[i].people && own.people) marker.box.append(el("div", { class: "fe-number", text: own.people }));
    });
    while (this.markers.length > used) this.markers.pop().remove();
  }

  /** Seen closely, a neighbourhood whose name stands outside the view is named where it is seen; null if it is not. */
  _nearer(own, view) {
    if (own.slot === undefined) return null;
    const { at } = this.catalogue.units;
    const { labels } = this.plan.shown;
    const tight = view.pad(-0.2);
    const seen = [];
    for (let n = 0; n < labels.length; n++) if (labels[n] === own.slot && tight.contains(at[n])) seen.push(n);
    if (!seen.length) return null;
    const lat = seen.reduce((sum, n) => sum + at[n][0], 0) / seen.length;
    const lon = seen.reduce((sum, n) => sum + at[n][1], 0) / seen.length;
    const away = (n) => (at[n][0] - lat) ** 2 + (at[n][1] - lon) ** 2;
    return { ...own, at: at[seen.reduce((best, n) => (away(n) < away(best) ? n : best))] };
  }

  _marker(i) {
    if (!this.markers[i]) {
      const box = el("div");
      const icon = this.L.divIcon({ className: "fe-label", html: box, iconSize: null });
      this.markers[i] = this.L.marker([0, 0], { icon, interactive: false, keyboard: false, pane: "names" }).addTo(this.map);
      this.markers[i].box = box;
    }
    return this.markers[i];
  }
}
