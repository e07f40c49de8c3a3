/** The way in: draw the editor into an element of the page, keep it up to date, take it away again. */

import { button } from "./panel.js";
import { el, fill } from "./dom.js";
import { start } from "./app.js";

const FIRST_WAIT = 2000;
const LONGEST_WAIT = 15000;

/**
 * Draw the editor into `root`.
 * @param {{root: HTMLElement, data: object, tell: (name: string, value: unknown) => void}} what
 * @returns {(() => void) & {update: (data: object) => void}} the clean-up function
 */
export function mount({ root, data, tell }) {
  const life = { over: false, parts: null, data, tell, undo: [] };
  const wrapper = el("div", { class: "fe-editor", tabIndex: -1 });
  const styles = [`${data.leaflet}/leaflet.css`, new URL("./editor.css", import.meta.url).href].map(styleSheet);
  root.replaceChildren(...styles.map((own) => own.link), wrapper);

  let failures = 0, again = 0;
  const begin = () => {
    clearTimeout(again);
    const curtain = el("p", { class: "fe-wait", role: "status", text: "Opening the map…" });
    fill(wrapper, curtain);
    wrapper.dataset.ready = "false";
    start(life, wrapper, styles.map((own) => own.loaded)).catch((error) => {
      if (life.over) return;
      console.error(error);
      const restarted = error.status === 410, silent = error.status === 0;
      if (silent) again = setTimeout(begin, Math.min(FIRST_WAIT * 2 ** failures++, LONGEST_WAIT));
      fill(wrapper, curtain);
      fill(curtain, restarted ? "The app was restarted, or this page was left alone for long. Reload the page to open the map."
        : silent ? "The app is busy or away and has not answered yet. It is asked again by itself."
        : error.words || "The map could not be opened.",
        restarted || error.status === 401 ? button("Reload", () => location.reload()) : button("Try again", begin));
    });
  };
  begin();

  const cleanUp = () => {
    life.over = true;
    clearTimeout(again);
    life.undo.splice(0).forEach((own) => own());
  };
  cleanUp.update = (next) => renew(life, next);
  return cleanUp;
}

function renew(life, next) {
  const before = life.data;
  life.data = next;
  if (!life.parts?.ledger) return;
  const { ledger, server } = life.parts;
  life.renewed?.();
  if (next.option !== before.option) ledger.switchTo(next.option);
  if (next.token !== before.token) {
    server.prefix = `${next.base}/${next.token}`;
    ledger.gone = false;
    ledger.wake();
  }
}

function styleSheet(href) {
  const link = el("link", { rel: "stylesheet", href });
  return { link, loaded: new Promise((resolve) => { link.onload = link.onerror = resolve; }) };
}
