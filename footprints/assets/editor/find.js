/** Find a place, a postcode, a practice or a code, and go there. */

import { el, fill } from "./dom.js";
import { parseRanges } from "./ranges.js";

const WAIT = 220;

/** A search box; `ask(text)` answers the hits, `go(units, unit, label)` is called with what was chosen. */
export function findBox(ask, live, go) {
  let timer = 0;
  let asked = "";
  let hits = [];
  const list = el("ul", { class: "fe-hits", role: "listbox", id: "fe-hits", "aria-label": "Places found", hidden: true });
  const input = el("input", {
    type: "search", class: "fe-find-text", placeholder: "Find a place, postcode or code", "aria-label": "Find a place, postcode, practice or code",
    autocomplete: "off", role: "combobox", "aria-expanded": "false", "aria-controls": "fe-hits", "aria-autocomplete": "list",
  });
  let at = -1;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (hit) => {
    close();
    input.value = hit.label;
    go(parseRanges(hit.units), hit.unit, hit.label);
  };
  const mark = (index) => {
    at = index;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", i === at ? "true" : "false"));
    if (at >= 0) {
      input.setAttribute("aria-activedescendant", `fe-hit-${at}`);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  };
  const draw = (message = "") => {
    fill(list, ...hits.map((hit, i) => el("li", {
      role: "option", id: `fe-hit-${i}`, "aria-selected": "false", text: hit.label,
      on: { pointerdown: (event) => { event.preventDefault(); choose(hit); } },
    })), message ? el("li", { class: "fe-quiet", text: message }) : null);
    list.hidden = !hits.length && !message;
    input.setAttribute("aria-expanded", String(!list.hidden));
    at = -1;
  };
  const look = async () => {
    const text = input.value.trim();
    asked = text;
    if (text.length < 2) {
      hits = [];
      return close();
    }
    try {
      const answer = await ask(text);
      if (asked !== text) return;
      hits = answer.hits.slice(0, 12);
      draw(hits.length ? "" : "Nothing found in this area.");
      live.announce(hits.length ? `${hits.length} found` : "Nothing found in this area");
    } catch {
      hits = [];
      draw("The search cannot be reached just now.");
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  });
  input.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" && hits.length) {
      event.preventDefault();
      mark((at + 1) % hits.length);
    } else if (event.key === "ArrowUp" && hits.length) {
      event.preventDefault();
      mark((at + hits.length - 1) % hits.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(timer);
      if (asked !== input.value.trim()) await look();
      if (hits.length) choose(hits[Math.max(at, 0)]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (list.hidden) input.value = "";
      close();
    }
  });
  input.addEventListener("blur", close);
  return el("div", { class: "fe-find fe-over" }, input, list);
}
