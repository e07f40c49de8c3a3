/** What happened, in words: heard by a screen reader, and seen where it asks something of the reader. */

import { el, fill, put } from "./dom.js";

const STAYS = 7000;

export class Live {
  constructor() {
    this.region = el("div", { class: "fe-heard", "aria-live": "polite", "aria-atomic": "true" });
    this.note = el("div", { class: "fe-note", hidden: true });
    this.banner = el("div", { class: "fe-banner", role: "status", hidden: true });
  }

  /** Say `words` to those who listen. */
  announce(words) {
    // The same words twice are read twice only if the text differs.
    this.region.textContent = this.region.textContent === words ? `${words}\u00a0` : words;
  }

  /** Say and show a short message; `mend`: what to do about it. It goes by itself unless it is a refusal. */
  tell(words, mend = "", refused = false) {
    this.announce(mend ? `${words} ${mend}` : words);
    clearTimeout(this.timer);
    fill(this.note, el("p", {}, refused ? el("b", { text: "Not done. " }) : null, mend ? `${words} ${mend}` : words));
    put(this.note, el("button", { type: "button", class: "fe-plain", text: "Close", on: { click: () => (this.note.hidden = true) } }));
    this.note.classList.toggle("refused", refused);
    this.note.hidden = false;
    if (!refused) this.timer = setTimeout(() => (this.note.hidden = true), STAYS);
  }

  /** The state of saving, kept in view for as long as it is bad; "" when all is well. */
  trouble(words, button = null) {
    if (this.banner.dataset.words === words) return;
    this.banner.dataset.words = words;
    this.banner.hidden = !words;
    fill(this.banner, words ? el("span", { text: words }) : null, words ? button : null);
  }
}
