/** Divide the active neighbourhood and its neighbours anew, in the background, and offer what came of it. */

import { ask } from "./dialog.js";
import { button } from "./panel.js";
import { el, fill } from "./dom.js";

const EVERY = 700;
const MOST = 4;

export class Improve {
  constructor(editor, host) {
    Object.assign(this, { editor, host, busy: false, version: 0 });
    this.element = el("div", { class: "fe-improve", role: "status", hidden: true });
  }

  /** Ask with which neighbours, and begin. */
  async begin(slot) {
    const { plan, ledger, live } = this.editor;
    const near = this._beside(slot);
    if (!near.length) return live.tell(`${plan.nameOf(slot)} touches no other neighbourhood.`);
    const some = near.slice(0, MOST - 1);
    const got = await ask(this.host, {
      title: `Improve ${plan.nameOf(slot)}`,
      words: "Looks for the best way to divide these neighbourhoods, by distance and size, within your rules. Locked areas and all other neighbourhoods stay as they are. Nothing changes until you apply it.",
      fields: [{ key: "with", label: "Together with", options: [
        ...(some.length > 1 ? [[some.join(","), some.map((own) => plan.nameOf(own)).join(", ")]] : []),
        ...near.map((own) => [own, plan.nameOf(own)]),
      ] }],
      action: "Look for it",
    });
    if (!got) return;
    if (ledger.waiting) return live.tell("Your last edits are not confirmed yet.", "Try again in a moment.");
    this.version = ledger.version;
    this.option = ledger.option;
    try {
      this._show(await ledger.server.regroup(ledger.option, [slot, ...got.with.split(",").map(Number)]));
    } catch (error) {
      live.tell(error.words || "It could not be begun just now.", "", true);
    }
  }

  /** The neighbourhoods that touch one, those with the longest common line first. */
  _beside(slot) {
    const { plan, touching } = this.editor;
    const shared = new Map();
    for (const n of plan.unitsOf(slot)) {
      for (const other of touching[n]) {
        const own = plan.shown.labels[other];
        if (own >= 0 && own !== slot) shared.set(own, (shared.get(own) || 0) + 1);
      }
    }
    return [...shared].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([own]) => own);
  }

  async _later() {
    await new Promise((done) => setTimeout(done, EVERY));
    try {
      this._show(await this.editor.ledger.server.regrouped());
    } catch (error) {
      if (error.status === 0) return this._later();
      this._close(error.words || "It ended without an answer.");
    }
  }

  _show(now) {
    if (this.editor.ledger.stopped) return;
    this.element.hidden = false;
    if (!now.done) {
      fill(this.element, el("span", { text: `${now.words} · ${now.seconds} s` }), button("Stop", () => this.editor.ledger.server.stopRegrouping().catch(() => {})));
      this._later();
      return;
    }
    const stale = this.editor.ledger.option !== this.option || this.editor.ledger.version !== this.version;
    if (!now.operations.length || stale) return this._close(stale && now.operations.length ? "The plan was changed meanwhile, so what was found no longer fits. Look again." : `${now.words} ${now.mend}`.trim());
    fill(this.element, el("span", { text: now.words }), button("Apply", () => {
      if (this.editor.ledger.version !== this.version) return this._close("The plan was changed meanwhile. Look again.");
      now.operations.forEach((operation) => this.editor.submit({ ...operation }));
      this.element.hidden = true;
    }), button("Leave it", () => (this.element.hidden = true)));
    this.editor.live.announce(now.words);
  }

  _close(words) {
    fill(this.element, el("span", { text: words }), button("Close", () => (this.element.hidden = true)));
    this.editor.live.announce(words);
  }
}
