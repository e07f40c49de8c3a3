/* The map in the browser: draws what footprints/maps.py sends. Every text is set as a text node, never as markup. */
window.footprints = (function () {
  "use strict";
  const WAYS = [["", 0], ["fp-short", 0], ["fp-short fp-small", 0], ["fp-short fp-small", -11], ["fp-short fp-small", 11]];
  const KEYS = [["fp-key", 0], ["fp-key", -9], ["fp-key", 9]];
  const memory = { labels: [], frame: 0 };

  function lines(texts, className) {
    const box = document.createElement("div");
    box.className = className;
    texts.forEach(function (text) {
      const line = document.createElement("div");
      line.textContent = text;
      box.appendChild(line);
    });
    return box;
  }

  /* The view at first, how far one can go from there, and the scale. */
  function settle(map, bounds) {
    map.fitBounds(bounds);
    map.setMinZoom(map.getBoundsZoom(bounds) - 1);
    map.setMaxBounds(L.latLngBounds(bounds).pad(0.6));
    // The wheel scrolls the page until the map has been clicked.
    map.scrollWheelZoom.disable();
    map.on("focus", function () { map.scrollWheelZoom.enable(); });
    map.on("blur", function () { map.scrollWheelZoom.disable(); });
    L.control.scale({ imperial: false }).addTo(map);
  }

  /* Neighbourhoods with names and people on a page of its own, where nothing is painted again. */
  function alone(map, data) {
    const box = map.getContainer();
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Map of the neighbourhoods. The tables on this page say the same in words.");
    L.geoJSON(data.features, {
      style: function (feature) {
        return { color: "#212b32", weight: 2, opacity: 1, fillColor: data.groups[feature.properties.group].fill, fillOpacity: 0.8 };
      },
      onEachFeature: function (feature, layer) {
        layer.bindTooltip(function () { return lines(data.groups[feature.properties.group].lines, "fp-tip"); }, { sticky: true, opacity: 1 });
      },
    }).addTo(map);
    settle(map, data.bounds);
    names(map, map, data.groups);
    place();
    window.addEventListener("beforeprint", function () { map.invalidateSize(false); map.fitBounds(data.bounds, { animate: false }); place(); });
  }

  function names(map, layer, groups) {
    memory.labels = groups.filter(function (own) { return own.at; }).sort(function (a, b) { return b.room - a.room; }).map(function (own) {
      const box = lines([own.name, own.people, own.key || ""], "fp-label-text");
      const icon = L.divIcon({ className: "fp-label", html: box, iconSize: null });
      L.marker(own.at, { icon: icon, interactive: false, keyboard: false }).addTo(layer);
      return { box: box, ways: own.key ? WAYS.concat(KEYS) : WAYS };
    });
    map.off("zoomend moveend resize", soon).on("zoomend moveend resize", soon);
  }

  /* Names give way to one another: the largest neighbourhoods come first, then the number goes, then the name moves a
     little; last only its number stands there (where it has one), or the name waits for a closer view. */
  function soon() {
    window.cancelAnimationFrame(memory.frame);
    memory.frame = window.requestAnimationFrame(place);
  }

  function place() {
    const taken = [];
    memory.labels.forEach(function (label) {
      const fits = label.ways.some(function (way) {
        label.box.className = "fp-label-text " + way[0];
        label.box.style.marginTop = way[1] + "px";
        const own = inked(label.box);
        if (taken.some(function (other) { return overlap(own, other); })) { return false; }
        taken.push(own);
        return true;
      });
      label.box.style.visibility = fits ? "visible" : "hidden";
    });
  }

  /* The ground that the letters of a label cover; its box may be wider. */
  function inked(box) {
    const range = document.createRange(), all = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    Array.from(box.children).forEach(function (line) {
      if (!line.firstChild) { return; }
      range.selectNodeContents(line.firstChild);
      Array.from(range.getClientRects()).forEach(function (r) {
        all.left = Math.min(all.left, r.left);
        all.top = Math.min(all.top, r.top);
        all.right = Math.max(all.right, r.right);
        all.bottom = Math.max(all.bottom, r.bottom);
      });
    });
    return all;
  }

  function overlap(a, b) {
    const slack = 3;
    return a.left + slack < b.right && b.left + slack < a.right && a.top + slack < b.bottom && b.top + slack < a.bottom;
  }

  return { alone: alone };
})();
