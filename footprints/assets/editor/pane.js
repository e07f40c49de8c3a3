/** One plan on one map, to look at. */

import { Names } from "./names.js";
import { lineStyle, makeSheet } from "./sheet.js";
import { unitAt } from "./hit.js";

const EDGE = 8;

export class Pane {
  /**
   * @param {{L: object, catalogue: object, geometry: object, touching: number[][]}} place
   * @param {HTMLElement} box  stands in the page already: Leaflet asks its size
   * @param {{labels: Int16Array, rows: Map}} plan
   * @param {{at: object|null, focus: number[][]|null, towns: boolean, quiet: boolean, touched: () => boolean, moved: Uint8Array, fillOf: Function, lines: object[], under: Function}} how
   *   at: {centre, zoom} to look at; focus: bounds to begin with instead of the whole place; touched: whether anybody moved the maps; quiet: lies over another that takes pointer and keys
   */
  constructor({ L, catalogue, geometry, touching }, box, plan, how) {
    const focus = how.focus || catalogue.bounds;
    const none = new Uint8Array(plan.labels.length);
    const levels = catalogue.levels.filter((level) => level.key === "district" || level.key === "upper_tier");
    this.view = {
      labels: plan.labels, locked: none, selected: how.moved || none, moved: how.moved || null, target: -1, fillOf: how.fillOf || null, hatchOf: null,
      colourOf: (slot) => plan.rows.get(slot)?.colour || "#b8c0c6",
      lines: [...levels.map((level) => ({ of: level.of, ...lineStyle(level.key) })), ...(how.lines || [])],
    };
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = L.map(box, { zoomControl: false, attributionControl: false, keyboard: !how.quiet, boxZoom: false, zoomSnap: 0.25, zoomDelta: 1, wheelPxPerZoomLevel: 90, fadeAnimation: false, zoomAnimation: false, inertia: !still });
    if (how.at) this.map.setView(how.at.centre, how.at.zoom, { animate: false });
    else this.map.fitBounds(focus, { padding: [EDGE, EDGE], animate: false });
    this.map.setMinZoom(Math.floor(this.map.getBoundsZoom(catalogue.bounds)) - 1);
    this.map.setMaxZoom(18);
    const [[, west], [north]] = catalogue.bounds;
    this.sheet = makeSheet(L, this.view, [north, west]);
    this.map.addLayer(this.sheet);
    this.sheet.use(geometry);
    const own = { shown: { labels: plan.labels }, rows: plan.rows };
    this.names = new Names(L, this.map, catalogue, touching, this.sheet);
    this.names.towns = how.towns;
    this.names.soon(own, () => ({ all: plan.rows }));
    if (how.quiet) box.style.pointerEvents = "none";
    else {
      // The wheel scrolls the page until the map has been clicked.
      this.map.scrollWheelZoom.disable();
      box.addEventListener("focus", () => this.map.scrollWheelZoom.enable());
      box.addEventListener("blur", () => this.map.scrollWheelZoom.disable());
      L.control.zoom({ position: "bottomright" }).addTo(this.map);
      L.control.scale({ imperial: false, position: "bottomleft", maxWidth: 80 }).addTo(this.map);
      this.map.on("mousemove", (event) => how.under(unitAt(this.sheet.scene, ...this.sheet.fromWindow(event.containerPoint))));
      this.map.on("mouseout", () => how.under(-1));
    }
    this.watch = new ResizeObserver(() => {
      this.map.invalidateSize({ animate: false, pan: false });
      // A window of another size shows the whole again, until somebody has looked closer.
      if (!how.touched()) this.map.fitBounds(focus, { padding: [EDGE, EDGE], animate: false });
    });
    this.watch.observe(box);
  }

  remove() {
    this.watch.disconnect();
    clearTimeout(this.names.timer);
    this.map.remove();
    this.map.off(); // as the editor's
  }
}
