/** What the pointer does on the map. Every drag has a twin without one: the click tool, the keys, and the table. */

import { svg } from "./dom.js";
import { unitAt, unitsUnder, unitsWithin } from "./hit.js";

const DRAGS = ["brush", "rectangle", "lasso"];

export class Tools {
  constructor(L, editor, map, sheet, { hover, ask }) {
    Object.assign(this, { L, editor, map, sheet, hover, ask });
    this.box = map.getContainer();
    this.space = false;
    this.drag = null;
    this.corners = [];
    this.art = svg("svg", { class: "fe-art", "aria-hidden": "true" });
    this.ring = svg("circle", { class: "fe-ring", r: 0 });
    this.shape = svg("path", { class: "fe-shape" });
    this.halo = svg("path", { class: "fe-halo" });
    this.cursor = svg("path", { class: "fe-cursor" });
    this.art.append(this.halo, this.cursor, this.shape, this.ring);
    this.box.append(this.art);
    this._listen();
    editor.on((kind) => kind === "state" && this.settle());
    map.on("move zoomend resize", () => this._redraw());
    map.on("zoomstart", () => this.art.classList.add("away"));
    map.on("zoomend", () => this.art.classList.remove("away"));
    this.settle();
  }

  _listen() {
    const stop = (event) => this.drag && event.stopImmediatePropagation();
    this.box.addEventListener("pointerdown", (event) => this._down(event), true);
    this.box.addEventListener("mousedown", stop, true);
    this.box.addEventListener("touchstart", stop, true);
    this.box.addEventListener("pointermove", (event) => this._move(event));
    this.box.addEventListener("pointerup", (event) => this._up(event));
    this.box.addEventListener("pointercancel", () => this.giveUp());
    this.box.addEventListener("pointerleave", () => {
      this.ring.setAttribute("r", 0);
      this.hover(-1);
    });
    this.map.on("dragstart", () => (this.moved = true));
    this.map.on("click", (event) => this._click(event));
    this.map.on("dblclick", () => this.editor.tool === "polygon" && this.close());
  }

  /** The tool has changed: who may drag, what the pointer looks like. */
  settle() {
    const { tool } = this.editor;
    this.box.dataset.tool = this.space ? "pan" : tool;
    this.box.style.touchAction = DRAGS.includes(tool) && !this.space ? "none" : "";
    this.map.doubleClickZoom[tool === "pan" ? "enable" : "disable"]();
    if (tool !== "polygon") this.corners = [];
    if (tool !== "brush") this.ring.setAttribute("r", 0);
    this._redraw();
  }

  /** While space is held the mouse moves the map, whatever tool is on. */
  hold(on) {
    this.space = on;
    this.moved = false;
    this.settle();
  }

  _place(event) {
    const rect = this.box.getBoundingClientRect();
    const window_ = [event.clientX - rect.left - this.box.clientLeft, event.clientY - rect.top - this.box.clientTop];
    return { window: window_, scene: this.sheet.fromWindow(window_) };
  }

  _down(event) {
    if (event.target.closest(".leaflet-control, .fe-over")) return;
    this.box.focus({ preventScroll: true });
    if (this.sheet.scene) this.editor.set({ cursor: -1, spot: unitAt(this.sheet.scene, ...this._place(event).scene) });
    if (this.drag) {
      this.giveUp(); // a second finger: not a stroke
      return;
    }
    if (event.button !== 0 || this.space || !DRAGS.includes(this.editor.tool) || !this.sheet.scene) return;
    const started = performance.now();
    event.stopImmediatePropagation();
    event.preventDefault();
    if (!this.editor.begin()) return;
    this.box.setPointerCapture(event.pointerId);
    const { window: at, scene } = this._place(event);
    this.drag = { id: event.pointerId, tool: this.editor.tool, from: at, last: scene, ring: [at] };
    if (this.drag.tool === "brush") this._sweep(scene, started);
  }

  _move(event) {
    const started = performance.now();
    if (!this.sheet.scene) return;
    const { window: at, scene } = this._place(event);
    if (this.editor.tool === "brush" && !this.space) this._circle(at);
    if (!this.drag || event.pointerId !== this.drag.id) {
      if (!this.drag && event.pointerType !== "touch") this.hover(event.target.closest(".leaflet-control, .fe-over") ? -1 : unitAt(this.sheet.scene, ...scene));
      return;
    }
    if (this.drag.tool === "brush") {
      const steps = event.getCoalescedEvents?.() || [];
      for (const step of steps.length > 1 ? steps : [event]) this._collect(this._place(step).scene);
      this._paint(started);
    } else if (this.drag.tool === "rectangle") {
      const [[x0, y0], [x1, y1]] = [this.drag.from, at];
      this.drag.ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
      this._outline(this.drag.ring);
    } else {
      this.drag.ring.push(at);
      this._outline(this.drag.ring);
    }
  }

  _up(event) {
    if (!this.drag || event.pointerId !== this.drag.id) return;
    const { tool, ring } = this.drag;
    this.drag = null;
    this._outline([]);
    if (tool !== "brush" && ring.length > 2) this.editor.extend(this._within(ring));
    this.editor.commit();
  }

  _sweep(scene, started) {
    this._collect(scene);
    this._paint(started);
  }

  _collect([x, y]) {
    const [x0, y0] = this.drag.last;
    (this.drag.hits ||= []).push(...unitsUnder(this.sheet.scene, x0, y0, x, y, this.editor.radius));
    this.drag.last = [x, y];
  }

  _paint(started) {
    this.editor.extend(this.drag.hits, started);
    this.drag.hits = [];
  }

  _within(ring) {
    const flat = ring.flatMap((at) => this.sheet.fromWindow(at));
    return unitsWithin(flat, this.middles());
  }

  /** The inner points of all units in pixels of the scene. */
  middles() {
    const { scene } = this.sheet;
    if (!scene.middles) scene.middles = Float32Array.from(this.editor.catalogue.units.at.flatMap(([lat, lon]) => scene.point(lat, lon)));
    return scene.middles;
  }

  _click(event) {
    const { tool } = this.editor;
    if (this.space || !this.sheet.scene || event.originalEvent?.target.closest?.(".leaflet-control, .fe-over")) return;
    const at = this.sheet.fromWindow(event.containerPoint);
    const unit = unitAt(this.sheet.scene, ...at);
    if (tool === "click" && unit >= 0) this._toggle(unit);
    else if (tool === "pick" && unit >= 0) this.pick(unit);
    else if (tool === "ask" && unit >= 0) this.ask(unit, [event.latlng.lat, event.latlng.lng]);
    else if (tool === "polygon") this._corner(event);
  }

  _toggle(unit) {
    if (this.editor.effect === "select" && this.editor.view.selected[unit]) {
      for (const n of this.editor.expand([unit])) this.editor.view.selected[n] = 0;
      this.sheet.touch(this.editor.expand([unit]));
      this.editor.live.announce(this.editor.selectionWords());
      this.editor.changed("state");
    } else this.editor.apply([unit]);
  }

  /** The neighbourhood of a unit becomes the one that is painted. */
  pick(unit) {
    const slot = this.editor.plan.shown.labels[unit];
    if (slot === -1) this.editor.live.tell("That area is in no neighbourhood.", "Pick one that is, or choose from the table.");
    else this.editor.choose(slot);
  }

  _corner(event) {
    const last = this.corners.at(-1);
    if (last && this.map.latLngToContainerPoint(last).distanceTo(event.containerPoint) < 4) return;
    this.corners.push(event.latlng);
    this._redraw();
  }

  /** Close the drawn polygon. */
  close() {
    const ring = this.corners.map((own) => this.map.latLngToContainerPoint(own)).map((p) => [p.x, p.y]);
    this.corners = [];
    this._redraw();
    if (ring.length > 2) this.editor.apply(this._within(ring));
  }

  /** Leave off what is under way; false where nothing was. */
  giveUp() {
    const any = Boolean(this.drag || this.corners.length);
    this.drag = null;
    this.corners = [];
    this.editor.cancel();
    this._redraw();
    return any;
  }

  _circle([x, y]) {
    this.ring.setAttribute("cx", x);
    this.ring.setAttribute("cy", y);
    this.ring.setAttribute("r", this.editor.radius);
  }

  _outline(ring, closed = true) {
    this.shape.setAttribute("d", ring.length > 1 ? `M${ring.map((p) => p.map((v) => v.toFixed(1)).join(" ")).join("L")}${closed ? "Z" : ""}` : "");
  }

  _redraw() {
    if (!this.drag) {
      const ring = this.corners.map((own) => this.map.latLngToContainerPoint(own)).map((p) => [p.x, p.y]);
      if (ring.length === 1) ring.push([ring[0][0] + 3, ring[0][1]]);
      this._outline(ring, ring.length > 2);
    }
    const d = this.editor.cursor >= 0 && this.sheet.scene ? this._path(this.editor.cursor) : "";
    this.halo.setAttribute("d", d);
    this.cursor.setAttribute("d", d);
  }

  _path(unit) {
    const zero = this.sheet.toWindow(0, 0);
    return this.sheet.scene.rings(unit).map((ring) => {
      const parts = [];
      for (let i = 0; i < ring.length; i += 2) parts.push(`${(ring[i] + zero.x).toFixed(1)} ${(ring[i + 1] + zero.y).toFixed(1)}`);
      return `M${parts.join("L")}Z`;
    }).join("");
  }
}
