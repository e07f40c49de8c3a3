/** The log of edits. Nothing leaves it before the server has said that it was handled; resending is always safe. */

const BATCH = 40;
const FIRST_WAIT = 300;
const LONGEST_WAIT = 5000;
const NEWS_EVERY = 2000;
const KEY = "footprints-editor|";

/** A fresh random id. */
export function freshId() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only there on https and localhost
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** The edits of one client on one option of a desk, in order, kept in sessionStorage for as long as they wait. */
class Lane {
  constructor(desk, option, client, operations = [], started = Date.now()) {
    Object.assign(this, { desk, option, client, operations, started, last: operations.at(-1)?.seq ?? 0 });
  }

  get key() {
    return `${KEY}${this.desk}|${this.option}|${this.client}`;
  }

  add(operation) {
    operation.seq = ++this.last;
    this.operations.push(operation);
    this.keep();
    return operation;
  }

  handled(seq) {
    const done = this.operations.filter((own) => own.seq <= seq);
    if (done.length) {
      this.operations = this.operations.filter((own) => own.seq > seq);
      this.keep();
    }
    return done;
  }

  /** The server has forgotten this client, or stands before an edit we no longer hold: the rest under a new id. */
  renew() {
    const old = this.key;
    this.client = freshId();
    this.operations.forEach((own, i) => (own.seq = i + 1));
    this.last = this.operations.length;
    this.keep();
    forget(old);
  }

  keep() {
    if (!this.operations.length) return forget(this.key);
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ started: this.started, operations: this.operations.map(plain) }));
    } catch {
      // Storage full or forbidden: the edits still wait in memory.
    }
  }
}

function forget(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept there either.
  }
}

/** An operation as it is sent: without what only this page needs. */
export function plain({ positions, at, quiet, ...operation }) {
  return operation;
}

/** Lanes left behind on a desk by earlier loads of this page, oldest first; never those of another person or place. */
export function leftOver(desk) {
  const own = `${KEY}${desk}|`;
  const lanes = [];
  try {
    for (let i = 0; i < sessionStorage.length; i++) {
      const key = sessionStorage.key(i);
      if (!key.startsWith(own)) continue;
      const cut = key.lastIndexOf("|");
      const { started, operations } = JSON.parse(sessionStorage.getItem(key));
      if (operations.length) lanes.push(new Lane(desk, key.slice(own.length, cut), key.slice(cut + 1), operations, started));
    }
  } catch {
    // An unreadable entry is not ours.
  }
  return lanes.sort((a, b) => a.started - b.started);
}

export class Ledger {
  /**
   * @param {object} server  @param {string} desk  whose desk it is, and of which place  @param {string} option
   * @param {{opened, answered, outcome, state}} tell  callbacks: a snapshot came; an answer came; an outcome to be
   *   announced (with its operation); waiting, failing or gone has changed
   */
  constructor(server, desk, option, tell) {
    Object.assign(this, { server, desk, option, tell, failures: 0, gone: false, words: "", reopen: true, version: 0, limit: BATCH, unreadable: 0 });
    this.lanes = [...leftOver(desk), new Lane(desk, option, freshId())];
    this.stopped = false;
    this.wake = () => {};
    this.lastNews = 0;
    this._onHide = () => this._lastWord();
    this._onLeave = (event) => this.waiting && event.preventDefault();
    this._onSight = () => document.visibilityState === "visible" && this.wake();
    window.addEventListener("pagehide", this._onHide);
    window.addEventListener("beforeunload", this._onLeave);
    document.addEventListener("visibilitychange", this._onSight);
    window.addEventListener("online", this._onSight);
    this._run();
  }

  get own() {
    return this.lanes[this.lanes.length - 1];
  }

  get client() {
    return this.own.client;
  }

  /** How many edits wait for an answer. */
  get waiting() {
    return this.lanes.reduce((sum, lane) => sum + lane.operations.length, 0);
  }

  /** The edits of the option shown that are not confirmed, in order. */
  pending() {
    return this.lanes.filter((lane) => lane.option === this.option).flatMap((lane) => lane.operations);
  }

  /** Take an edit in; it is sent at once, or as soon as the server can be reached. */
  add(operation) {
    operation.at = performance.now();
    this.own.add(operation);
    this.tell.state();
    this.wake();
    return operation;
  }

  /** Go over to another option; what waits for the old one is sent first. */
  switchTo(option) {
    if (option === this.option) return;
    this.option = option;
    this.lanes.push(new Lane(this.desk, option, freshId()));
    this.reopen = true;
    this.wake();
  }

  stop() {
    this._lastWord();
    this.stopped = true;
    this.wake();
    window.removeEventListener("pagehide", this._onHide);
    window.removeEventListener("beforeunload", this._onLeave);
    document.removeEventListener("visibilitychange", this._onSight);
    window.removeEventListener("online", this._onSight);
  }

  async _run() {
    while (!this.stopped) {
      this.lanes = this.lanes.filter((lane) => lane === this.own || lane.operations.length);
      const foreign = this.lanes.find((lane) => lane.option !== this.option && lane.operations.length);
      const full = this.lanes.find((lane) => lane.operations.length);
      const news = document.visibilityState === "visible" && performance.now() - this.lastNews >= NEWS_EVERY;
      try {
        if (this.gone) await this._sleep(3600000);
        else if (foreign) await this._send(foreign);
        else if (this.reopen) await this._open();
        else if (full || news) await this._send(full || this.own);
        else await this._sleep(document.visibilityState === "visible" ? NEWS_EVERY - (performance.now() - this.lastNews) : 3600000);
      } catch (error) {
        await this._failed(error, foreign);
      }
    }
  }

  async _open() {
    const option = this.option;
    const snapshot = await this.server.open(option, this.client);
    if (this.stopped || option !== this.option) return;
    this.reopen = false;
    this._well(snapshot.version);
    this.tell.opened(snapshot);
  }

  async _send(lane) {
    const here = lane.option === this.option;
    const batch = lane.operations.slice(0, this.limit);
    const answer = await this.server.edit({ client: lane.client, option: lane.option, since: here ? this.version : 0, operations: batch.map(plain) });
    if (this.stopped) return;
    this.unreadable = 0;
    this.limit = BATCH;
    const done = lane.handled(answer.acked ?? 0);
    if (answer.expected && lane.operations.length && answer.expected < lane.operations[0].seq) lane.renew();
    if (!here || lane.option !== this.option) return this._well(this.version);
    this._well(answer.version);
    for (const outcome of answer.outcomes || []) {
      const operation = done.find((own) => own.seq === outcome.seq);
      if (operation) this.tell.outcome(outcome, operation);
    }
    if (!this.tell.answered(answer, done)) this.reopen = true;
  }

  _well(version) {
    this.version = version;
    this.lastNews = performance.now();
    this.failures = 0;
    this.words = "";
    this.tell.state();
  }

  async _failed(error, foreign) {
    if (error.status === undefined) console.error(error); // a fault of this page: said, and the log goes on
    this.failures += 1;
    this.words = error.words || "";
    if (error.status === 401 || error.status === 410) this.gone = error.status;
    else if (error.status === 409 && foreign) this._setAside(foreign);
    else if (error.status === 403) this._notAllowed(foreign);
    else if ([400, 413, 422].includes(error.status)) this._unread(foreign);
    this.tell.state();
    await this._sleep(this.gone ? 0 : Math.min(FIRST_WAIT * 2 ** (this.failures - 1), LONGEST_WAIT), true);
  }

  /** The server answers but cannot make sense of what it gets: find the edit that it is about, and say so. */
  _unread(foreign) {
    const lane = foreign || this.lanes.find((one) => one.operations.length);
    this.limit = 1;
    if (!lane || ++this.unreadable < 4) return;
    this.unreadable = 0;
    if (foreign) return this._setAside(foreign);
    const operation = lane.operations.shift();
    lane.renew();
    this.tell.outcome({ seq: operation.seq, refused: true, words: "One edit could not be used by the server and was left out.", mend: this.words }, operation);
    this.tell.dropped();
  }

  /** This person may look and not change: what they drew goes again, and they are told why. */
  _notAllowed(foreign) {
    const lane = foreign || this.lanes.find((one) => one.operations.length);
    if (!lane) return;
    for (const operation of lane.operations.splice(0)) {
      this.tell.outcome({ seq: operation.seq, refused: true, words: this.words, mend: "" }, operation);
    }
    lane.renew();
    this.failures = 0; // it was answered, and asking again would change nothing
    this.words = "";
    this.tell.dropped();
  }

  /** Its option is not on the shelf any more: the edits stay in the tab's storage, and hold up nothing. */
  _setAside(lane) {
    this.lanes = this.lanes.filter((one) => one !== lane);
  }

  _sleep(milliseconds, deaf = false) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(milliseconds, 0));
      this.wake = () => {
        if (deaf && !this.stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  _lastWord() {
    for (const lane of this.lanes) {
      if (!lane.operations.length || this.gone) continue;
      this.server.edit({ client: lane.client, option: lane.option, since: this.version, operations: lane.operations.slice(0, BATCH).map(plain) }, true).catch(() => {});
    }
  }
}
