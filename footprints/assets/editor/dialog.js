/** Questions in a modal window: the browser's own <dialog>, which keeps the focus inside and gives it back. */

import { el, put } from "./dom.js";

/**
 * Ask for a few values. `fields`: [{key, label, value, options: [[value, text]] or none for a text field (long: several lines)}].
 * @returns {Promise<object|null>} the values by key; null where the reader gave up
 */
export function ask(host, { title, words = "", fields = [], action }) {
  return new Promise((resolve) => {
    const inputs = new Map();
    const form = el("form", { method: "dialog" }, el("h2", { text: title }), words ? el("p", { text: words }) : null);
    for (const field of fields) {
      const input = field.options
        ? el("select", {}, ...field.options.map(([value, text]) => el("option", { value: String(value), text })))
        : field.long ? el("textarea", { maxLength: 2000, rows: 4 }) : el("input", { type: "text", maxLength: 120, autocomplete: "off" });
      if (field.value !== undefined) input.value = String(field.value);
      inputs.set(field.key, input);
      put(form, el("label", { class: "fe-field" }, el("span", { text: field.label }), input, field.hint ? el("small", { text: field.hint }) : null));
    }
    put(form, el("div", { class: "fe-row" },
      el("button", { type: "submit", class: "fe-main", value: "ok", text: action }),
      el("button", { type: "button", text: "Cancel", on: { click: () => dialog.close("") } })));
    const dialog = open(host, form, title);
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "ok" ? Object.fromEntries([...inputs].map(([key, input]) => [key, input.value.trim()])) : null);
    });
  });
}

/**
 * Ask for one of a few pictures. `options`: [{value, text, note}]; `picture(value)`: what stands beside the text.
 * @returns {Promise<string|null>} the value; null where the reader gave up
 */
export function choose(host, { title, words, value, options, picture, action }) {
  return new Promise((resolve) => {
    const inputs = options.map((own) => el("input", { type: "radio", name: "choice", value: own.value, checked: own.value === value }));
    const form = el("form", { method: "dialog" }, el("h2", { text: title }), el("p", { text: words }),
      el("div", { class: "fe-choices", role: "radiogroup", "aria-label": title },
        ...options.map((own, i) => el("label", {}, inputs[i], picture(own.value), el("span", { text: own.text }), own.note ? el("small", { text: own.note }) : null))),
      el("div", { class: "fe-row" },
        el("button", { type: "submit", class: "fe-main", value: "ok", text: action }),
        el("button", { type: "button", text: "Cancel", on: { click: () => dialog.close("") } })));
    const dialog = open(host, form, title);
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? inputs.find((own) => own.checked)?.value ?? null : null));
  });
}

/** Show `content` in a modal window with a Close button. */
export function show(host, title, ...content) {
  const body = el("form", { method: "dialog" }, el("h2", { text: title }), ...content,
    el("div", { class: "fe-row" }, el("button", { type: "submit", class: "fe-main", text: "Close" })));
  return open(host, body, title);
}

function open(host, content, title) {
  const dialog = el("dialog", { class: "fe-dialog", "aria-label": title }, content);
  host.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}
