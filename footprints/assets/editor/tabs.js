/** Tabs: one of several views at a time. */

import { el, say } from "./dom.js";

/**
 * A row of tabs that work with the arrow keys. `tabs`: [[key, text]]; `chosen(key)` is called with the one that was pressed.
 * @returns {{element: HTMLElement, choose: (key: string) => void, label: (key: string, text: string) => void}}
 */
export function tabList(title, tabs, chosen) {
  const buttons = new Map(tabs.map(([key, text], i) => [key, el("button", {
    type: "button", role: "tab", class: "fe-tab", "aria-selected": String(i === 0), tabIndex: i === 0 ? 0 : -1, text, on: { click: () => chosen(key) },
  })]));
  const choose = (key) => buttons.forEach((node, own) => {
    node.setAttribute("aria-selected", String(own === key));
    node.tabIndex = own === key ? 0 : -1;
  });
  const element = el("div", { class: "fe-tabs", role: "tablist", "aria-label": title, on: { keydown: (event) => {
    const keys = [...buttons.keys()];
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = keys.findIndex((key) => buttons.get(key) === event.target);
    const key = keys[(at + by + keys.length) % keys.length];
    chosen(key);
    buttons.get(key).focus();
  } } }, ...buttons.values());
  return { element, choose, label: (key, text) => say(buttons.get(key), text) };
}
