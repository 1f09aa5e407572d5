// @ts-check
// A view of a room: its state as the authority tells it, and pushes that get one outcome each, over any number of lost
// connections. It needs no library, knows no page and no state machine; copy it. The protocol is described in the
// documentation of package server.
//
//   const view = new View("ws://localhost:8080/counter/lobby", { onchange: () => show(view.state) });
//   const outcome = await view.push({ Increment: { by: 1 } });
//   if (outcome.rejected) alert(outcome.rejected);

/**
 * What became of a push. It has exactly one of the members confirmed, the seq under which it took effect; rejected, the
 * conflict, with path and problem saying where and why as far as there is more to say; and unknown, when the authority
 * has forgotten this session, or will not have it any more, before it told the outcome.
 * @typedef {{ confirmed?: number, rejected?: string, path?: string, problem?: string, unknown?: true }} Outcome
 */

const mostPending = 1000; // what rooms allow by default
const mostCharacters = 300_000; // of a transition; servers take messages of 1 MiB by default, and close at larger ones
const patience = 10_000; // milliseconds in which the server must say something after it was sent something
const pingEvery = 25_000; // the server gives up on clients that are silent three times as long
const longestWait = 10_000; // between two attempts to connect

/** @template State, Transition */
export class View {
  /** @type {State | undefined} the authority's state; undefined until it has said it */
  state;
  seq = 0; // the position of state: how many transitions have led to it
  /** @type {"connecting" | "open" | "waiting" | "stopped"} waiting for retryAt; stopped for good */
  status = "connecting";
  reason = ""; // in words, when there is one, for waiting or having stopped
  retryAt = 0; // as Date.now()
  /** @type {{ number: number, transition: Transition, resolve: (outcome: Outcome) => void }[]} without outcome, in order */
  pending = [];

  #url;
  #onchange;
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {object | undefined} as the welcome said it */
  #session;
  #next = 1; // the number of the next push
  #known = 0; // up to here outcomes are known
  #sent = 0; // up to here pushes were sent, on any connection of this session
  #here = 0; // up to here they need not be sent on this connection
  #attempts = 0; // to connect, since the last welcome
  /** @type {number | undefined} */
  #timer; // waiting: until the next attempt; connecting and open: until the server must have said something
  /** @type {number | undefined} */
  #pings;

  /**
   * @param {string | URL} url   ws: or wss:, of the room
   * @param {{ onchange?: () => void }} [options]   onchange is called when state, status or pending are new
   */
  constructor(url, { onchange = () => {} } = {}) {
    this.#url = url;
    this.#onchange = onchange;
    this.#connect();
  }

  /**
   * Sends a transition, now or when there is a connection again. When its outcome is known, state shows it already.
   * @param {Transition} transition
   * @returns {Promise<Outcome>} fails only when nothing was or will be sent
   */
  async push(transition) {
    if (this.status === "stopped") throw new Error(this.reason);
    if (JSON.stringify(transition).length > mostCharacters) throw new Error("this change is too large");
    if (this.pending.length >= mostPending) throw new Error("too many changes are waiting for their outcome");
    /** @type {Promise<Outcome>} */
    const outcome = new Promise((resolve) => this.pending.push({ number: this.#next++, transition, resolve }));
    this.#flush();
    this.#onchange();
    return outcome;
  }

  /** Call it when the network may be back, or may be gone: it connects at once, or checks the connection. */
  nudge() {
    if (this.status === "waiting") this.#connect();
    else if (this.status === "open") this.#ping();
  }

  /** Ends the view. The outcomes that are not known yet stay unknown. */
  close() {
    if (this.status !== "stopped") this.#lost("closed", "stop");
  }

  #connect() {
    this.status = "connecting";
    const socket = (this.#socket = new WebSocket(this.#url, "aper.json.1"));
    const hello = this.#session ? { session: this.#session, known: this.#known, sent: this.#sent } : {};
    socket.onopen = () => socket === this.#socket && this.#send({ hello });
    socket.onmessage = (event) => socket === this.#socket && this.#receive(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.#socket && this.#lost(event.reason, actionOf(event.code));
    this.#answered();
    this.#expectAnswer();
    this.#onchange();
  }

  /** @param {any} message */
  #receive(message) {
    this.#answered();
    if (message.welcome) this.#welcome(message.welcome);
    if (message.state !== undefined) ({ seq: this.seq, state: this.state } = message);
    for (const { push, ...outcome } of message.outcomes ?? []) this.#settle(push, outcome);
    if (message.close) return this.#lost(message.close.reason, message.close.action);
    this.#flush();
    if (this.pending.length) this.#expectAnswer();
    this.#onchange();
  }

  /** @param {{ mode: string, decided: number, session: object }} welcome */
  #welcome({ mode, decided, session }) {
    if (mode !== "resumed") {
      // Another session, whose numbers begin at 1. Forked: nothing of what is pending has happened. Fresh: what was sent
      // may have, so it is not sent again.
      const lost = mode === "fresh" ? this.pending.filter((p) => p.number <= this.#sent) : [];
      this.pending = this.pending.filter((p) => !lost.includes(p));
      this.pending.forEach((p, i) => (p.number = i + 1));
      this.#next = this.pending.length + 1;
      this.#known = this.#sent = 0;
      for (const p of lost) p.resolve({ unknown: true });
    }
    this.#here = decided; // the outcomes up to here come by themselves; #flush sends what is above, once
    this.#session = session;
    this.status = "open";
    this.reason = "";
    this.#attempts = 0;
    this.#pings = setInterval(() => this.#ping(), pingEvery);
  }

  /**
   * @param {number} number
   * @param {Outcome} outcome
   */
  #settle(number, outcome) {
    this.#known = Math.max(this.#known, number);
    const index = this.pending.findIndex((p) => p.number === number);
    if (index >= 0) this.pending.splice(index, 1)[0]?.resolve(outcome);
  }

  #flush() {
    if (this.status !== "open") return;
    for (const { number, transition } of this.pending) {
      if (number <= this.#here) continue;
      this.#here = number;
      this.#sent = Math.max(this.#sent, number);
      this.#send({ push: number, known: this.#known, transition });
    }
  }

  #ping() {
    this.#send({ ping: {}, known: this.#known });
  }

  /** @param {object} message */
  #send(message) {
    this.#socket?.send(JSON.stringify(message));
    this.#expectAnswer();
  }

  #expectAnswer() {
    this.#timer ??= setTimeout(() => this.#lost("the server does not answer", "retry"), patience);
  }

  #answered() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * @param {string} reason
   * @param {string} action   of the four that the protocol knows
   */
  #lost(reason, action) {
    const socket = this.#socket;
    this.#socket = undefined; // whatever it still says is late
    socket?.close();
    clearInterval(this.#pings);
    this.#answered();
    this.reason = reason;
    if (action === "new session") this.#session = undefined;
    if (action === "stop") {
      this.status = "stopped";
      for (const p of this.pending.splice(0)) p.resolve({ unknown: true });
    } else {
      // Where it may be at once, too: the first wait is short, and keeps two who take turns from spinning.
      const wait = Math.min(longestWait, 500 * 2 ** this.#attempts++) * (0.5 + Math.random() / 2);
      this.status = "waiting";
      this.retryAt = Date.now() + wait;
      this.#timer = setTimeout(() => this.#connect(), wait);
    }
    this.#onchange();
  }
}

/**
 * What a close code asks for, when no message said it.
 * @param {number} code
 */
function actionOf(code) {
  return { 41: "reconnect", 42: "new session", 43: "stop" }[Math.floor(code / 100)] ?? "retry";
}
