// @ts-check
// A view of a room: its state as the authority tells it, and pushes that get one outcome each, over any number of lost
// connections. It needs no library, knows no page and no state machine; copy it, with patch.js and keep.js beside it. The
// protocol is described in the documentation of package server.
//
//   const view = new View("ws://localhost:8080/counter/lobby", { onchange: () => show(view.state) });
//   const outcome = await view.push({ Increment: { by: 1 } });
//   if (outcome.rejected) alert(outcome.rejected);

import { Keep } from "./keep.js";
import { applyPatch } from "./patch.js";

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
const tooLarge = 1009; // the close code of a WebSocket that was sent more than the other side takes

/**
 * @typedef {object} Options
 * @property {() => void} [onchange]   called when state, status or pending are new
 * @property {string} [keep]   a key: the session, and what is pending, go on when this tab loads the page again
 * @property {(outcome: Outcome, transition: any) => void} [onoutcome]   called for the pushes of an earlier page
 */

/** @template State, Transition */
export class View {
  /** @type {State | undefined} the authority's state, never changed in place; undefined until it has said it */
  state;
  seq = 0; // the position of state: how many transitions have led to it
  /** @type {"connecting" | "open" | "waiting" | "stopped"} waiting for retryAt; stopped for good */
  status = "connecting";
  reason = ""; // in words, when there is one, for waiting or having stopped
  retryAt = 0; // as Date.now()
  /** @type {{ number: number, transition: Transition, resolve: (outcome: Outcome) => void }[]} without outcome, in order */
  pending = [];
  client = 0; // the number of this session, by which states call it; 0 until it has one

  #url;
  #onchange;
  /** @type {Keep | undefined} */
  #keep;
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
   * @param {Options} [options]
   */
  constructor(url, { onchange = () => {}, keep, onoutcome = () => {} } = {}) {
    this.#url = url;
    this.#onchange = onchange;
    if (keep) {
      this.#keep = new Keep(keep, () => this.#record(), () => this.#lost("another page went on with this session", "new session"));
      this.#goOn(this.#keep.take(), onoutcome);
    }
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
    this.#changed();
    return outcome;
  }

  /** Call it when the network may be back, or may be gone: it connects at once, or checks the connection. */
  nudge() {
    if (this.status === "waiting") this.#connect();
    else if (this.status === "open") this.#ping();
  }

  /** Ends the view. The outcomes that are not known yet stay unknown; the next view with this key goes on with those pushes. */
  close() {
    if (this.status === "stopped") return;
    this.#keep?.close(true);
    this.#keep = undefined;
    this.#lost("closed", "stop");
  }

  #connect() {
    this.status = "connecting";
    const socket = (this.#socket = new WebSocket(this.#url, "aper.json.1"));
    const resume = this.#session && { session: this.#session, known: this.#known, sent: this.#sent };
    const hello = { ...resume, patch: true };
    socket.onopen = () => socket === this.#socket && this.#send({ hello });
    socket.onmessage = (event) => socket === this.#socket && this.#receive(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.#socket && this.#lost(reasonOf(event), actionOf(event.code));
    this.#answered();
    this.#expectAnswer();
    this.#changed();
  }

  /** @param {any} message */
  #receive(message) {
    this.#answered();
    if (message.welcome) this.#welcome(message.welcome);
    if (message.state !== undefined) this.state = message.state;
    if (message.patch && !this.#patch(message.patch)) return;
    this.seq = message.seq ?? this.seq;
    for (const { push, ...outcome } of message.outcomes ?? []) this.#settle(push, outcome);
    if (message.close) return this.#lost(message.close.reason, message.close.action);
    this.#flush();
    if (this.pending.length) this.#expectAnswer();
    this.#changed();
  }

  /** @param {import("./patch.js").Operation[]} patch */
  #patch(patch) {
    try {
      this.state = applyPatch(this.state, patch);
      return true;
    } catch (error) { // another connection begins with the whole state
      this.#lost(`the state was not what the server took it for: ${error}`, "reconnect");
      return false;
    }
  }

  /** @param {{ mode: string, decided: number, session: { client: number } }} welcome */
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
    this.client = session.client;
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
    if (action === "new session") {
      this.#session = undefined;
      if (this.#keep) this.#sent = this.#next - 1; // who has the session now may have sent what was only kept here
    }
    if (action === "stop") {
      this.#keep?.close(false);
      this.#keep = undefined;
      this.status = "stopped";
      for (const p of this.pending.splice(0)) p.resolve({ unknown: true });
    } else {
      // Where it may be at once, too: the first wait is short, and keeps two who take turns from spinning.
      const wait = Math.min(longestWait, 500 * 2 ** this.#attempts++) * (0.5 + Math.random() / 2);
      this.status = "waiting";
      this.retryAt = Date.now() + wait;
      this.#timer = setTimeout(() => this.#connect(), wait);
    }
    this.#changed();
  }

  #changed() {
    this.#keep?.update();
    this.#onchange();
  }

  /** What another view needs to go on with this session. */
  #record() {
    const pending = this.pending.map(({ number, transition }) => ({ number, transition }));
    return { session: this.#session, known: this.#known, sent: this.#sent, pending };
  }

  /**
   * Goes on with what another view left.
   * @param {any} record
   * @param {(outcome: Outcome, transition: Transition) => void} onoutcome
   */
  #goOn(record, onoutcome) {
    if (!record) return;
    this.#session = record.session;
    this.#known = record.known;
    this.#sent = record.sent;
    this.pending = record.pending.map((/** @type {{ number: number, transition: Transition }} */ { number, transition }) => {
      return { number, transition, resolve: (/** @type {Outcome} */ outcome) => onoutcome(outcome, transition) };
    });
    this.#next = (this.pending.at(-1)?.number ?? this.#sent) + 1;
  }
}

/**
 * What a close code asks for, when no message said it.
 * @param {number} code
 */
function actionOf(code) {
  if (code === tooLarge) return "stop"; // it would be sent again, and be too large again
  return { 41: "reconnect", 42: "new session", 43: "stop" }[Math.floor(code / 100)] ?? "retry";
}

/** @param {{ code: number, reason: string }} event */
function reasonOf({ code, reason }) {
  return code === tooLarge ? "a change was larger than the server takes" : reason;
}
