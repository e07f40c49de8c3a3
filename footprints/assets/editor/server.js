/** The routes of the protocol. A failure is an Error with `status` (0: nobody answered) and, where known, `words`. */

const PATIENCE = 20000;
const OPENING_PATIENCE = 120000; // a place is read and drawn first, which takes its time on a busy machine
const FILE_PATIENCE = 600000;

export class Server {
  constructor(base, token) {
    this.prefix = `${base}/${token}`;
  }

  async _ask(path, options = {}) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), options.patience || PATIENCE);
    try {
      const answer = await fetch(path.startsWith("/") ? path : `${this.prefix}/${path}`, { ...options, signal: stop.signal });
      if (!answer.ok) throw await failure(answer);
      return options.binary ? await answer.arrayBuffer() : await answer.json();
    } catch (error) {
      if (error.status === undefined) error.status = 0;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  catalogue() {
    return this._ask("catalogue", { patience: OPENING_PATIENCE });
  }

  geometry(url) {
    return this._ask(url, { binary: true, patience: OPENING_PATIENCE });
  }

  open(option, client = "") {
    return this._ask(`open?option=${encodeURIComponent(option)}&client=${encodeURIComponent(client)}`);
  }

  edit(body, last = false) {
    return this._ask("edit", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), keepalive: last });
  }

  /** The planner's own files: all of them, what is drawn of one layer, one more, one less. */
  overlays() {
    return this._ask("overlays");
  }

  overlay(key) {
    return this._ask(`overlays/${encodeURIComponent(key)}`);
  }

  addOverlay(file) {
    return this._ask(`overlays?name=${encodeURIComponent(file.name)}`, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file, patience: FILE_PATIENCE });
  }

  removeOverlay(key) {
    return this._post(`overlays/${encodeURIComponent(key)}/remove`, {});
  }

  patients(code) {
    return this._ask(`patients?practice=${encodeURIComponent(code)}`);
  }

  /** Why the line between an area and the neighbourhood `beyond` is where it is, and what joins it to the area `across`. */
  evidence(option, unit, beyond, across) {
    return this._ask(`evidence?option=${encodeURIComponent(option)}&unit=${unit}&beyond=${beyond}&across=${across}`);
  }

  /** What belongs together in the place, or how far that is. */
  belonging() {
    return this._ask("belonging");
  }

  /** How sure each area of an option is, where that was worked out. */
  certainty(option) {
    return this._ask(`certainty?option=${encodeURIComponent(option)}`);
  }

  /** Divide neighbourhoods anew; how far that is; stop it. */
  regroup(option, slots) {
    return this._post("regroup", { option, slots });
  }

  regrouped() {
    return this._ask("regroup");
  }

  stopRegrouping() {
    return this._post("regroup/stop", {});
  }

  _post(path, body) {
    return this._ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  }

  repairs(option, problem) {
    return this._ask(`repairs?option=${encodeURIComponent(option)}&problem=${encodeURIComponent(problem)}`);
  }

  find(text, option) {
    return this._ask(`find?q=${encodeURIComponent(text)}&option=${encodeURIComponent(option)}`);
  }
}

async function failure(answer) {
  const error = new Error(`${answer.status}`);
  error.status = answer.status;
  try {
    const { message = "", mend = "" } = await answer.json();
    error.words = `${message} ${mend}`.trim();
  } catch {
    error.words = "";
  }
  return error;
}
