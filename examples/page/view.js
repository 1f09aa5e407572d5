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
const forked = "the room went back to an older past, and this was made on a state that is gone";
const largestPresence = 4096; // bytes of JSON; servers ignore larger ones by default
const tooLarge = 1009; // the close code of a WebSocket that was sent more than the other side takes

/**
 * @typedef {object} Options
 * @property {() => void} [onchange]   called when state, status, pending or presences are new
 * @property {boolean} [presence]   ask who is present
 * @property {string} [keep]   a key: the session, and what is pending, go on when this tab loads the page again
 * @property {(outcome: Outcome, transition: any) => void} [onoutcome]   called for the pushes of an earlier page
 */

/**
 * A push that has no outcome yet: with what was known, and the seq of the state that was shown, when it was made.
 * @template Transition
 * @typedef {{ number: number, known: number, seq?: number, transition: Transition, resolve: (outcome: Outcome) => void }} Pending
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
  /** @type {Pending<Transition>[]} without outcome, in order */
  pending = [];
  /** @type {Map<number, { user: string, value: any }>} by session, this one's too; never changed in place */
  presences = new Map();
  client = 0; // the number of this session, by which states call it; 0 until it has one

  #url;
  #onchange;
  #asksPresence;
  /** @type {string | undefined} JSON, which others are told of this session */
  #presence;
  /** @type {Keep | undefined} */
  #keep;
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {{ client: number, epoch: string } | undefined} as the welcome said it */
  #session;
  #anchored = false; // transitions mean something relative to the state that was shown
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
  constructor(url, { onchange = () => {}, presence = false, keep, onoutcome = () => {} } = {}) {
    this.#url = url;
    this.#onchange = onchange;
    this.#asksPresence = presence;
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
    const outcome = new Promise((resolve) => {
      const seq = this.#anchored ? this.seq : undefined;
      this.pending.push({ number: this.#next++, known: this.#known, seq, transition, resolve });
    });
    this.#flush();
    this.#changed();
    return outcome;
  }

  /**
   * Sets what others see of this session beside the state, for as long as it is connected: a cursor, a name. It is sent again over
   * each new connection. Null takes it back.
   * @param {any} value   JSON, of at most 4 KiB
   */
  setPresence(value) {
    const text = JSON.stringify(value);
    if (new TextEncoder().encode(text).length > largestPresence) throw new Error("this presence is too large");
    this.#presence = text;
    this.#sendPresence();
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
    const resume = this.#session && { session: this.#session, known: this.#known, sent: this.#sent, ...this.#base() };
    const hello = { ...resume, patch: true, ...(this.#asksPresence && { presence: true }) };
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
    if (message.welcome) this.#welcome(message.welcome, message.seq);
    if (message.state !== undefined) this.state = message.state;
    if (message.patch && !this.#patch(message.patch)) return;
    this.seq = message.seq ?? this.seq;
    for (const { push, ...outcome } of message.outcomes ?? []) this.#settle(push, outcome);
    if (message.presences) this.#attend(message.presences, message.all);
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

  /**
   * @param {{ mode: string, decided: number, session: { client: number, epoch: string }, anchored?: boolean }} welcome
   * @param {number} seq   of the state that comes with it
   */
  #welcome({ mode, decided, session, anchored = false }, seq) {
    const before = this.#session?.epoch ?? session.epoch;
    const elsewhere = mode === "forked" || before !== session.epoch || this.pending.some((p) => (p.seq ?? 0) > seq);
    if (mode !== "resumed") {
      // Another session, whose numbers begin at 1. Forked: nothing of what is pending has happened. Fresh: what was sent
      // may have, so it is not sent again.
      const lost = mode === "fresh" ? this.pending.filter((p) => p.number <= this.#sent) : [];
      this.pending = this.pending.filter((p) => !lost.includes(p));
      this.pending.forEach((p, i) => Object.assign(p, { number: i + 1, known: 0 }));
      this.#next = this.pending.length + 1;
      this.#known = this.#sent = 0;
      for (const p of lost) p.resolve({ unknown: true });
    }
    if (anchored && elsewhere) this.#uproot(decided);
    this.#anchored = anchored;
    this.#here = decided; // the outcomes up to here come by themselves; #flush sends what is above, once
    this.#session = session;
    this.client = session.client;
    this.status = "open";
    this.reason = "";
    this.#attempts = 0;
    this.#pings = setInterval(() => this.#ping(), pingEvery);
    this.#sendPresence();
  }

  /**
   * Gives up what was made on states of another history, and was not decided in this one: it would mean something else.
   * @param {number} decided
   */
  #uproot(decided) {
    const gone = this.pending.filter((p) => p.number > decided);
    this.pending = this.pending.filter((p) => p.number <= decided);
    this.#next = decided + 1;
    this.#sent = Math.min(this.#sent, decided);
    for (const p of gone) p.resolve({ rejected: forked });
  }

  /**
   * @param {Record<string, { user: string, value: any } | null>} told
   * @param {boolean} [all]   there are no others
   */
  #attend(told, all) {
    const presences = new Map(all ? [] : this.presences);
    for (const [client, presence] of Object.entries(told)) {
      if (presence) presences.set(Number(client), presence);
      else presences.delete(Number(client));
    }
    this.presences = presences;
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
    for (const { number, known, seq, transition } of this.pending) {
      if (number <= this.#here) continue;
      this.#here = number;
      this.#sent = Math.max(this.#sent, number);
      this.#send({ push: number, known, seq, transition });
    }
  }

  #sendPresence() {
    if (this.status !== "open" || this.#presence === undefined) return;
    this.#write(`{"presence":${this.#presence}}`); // it has no answer
  }

  #ping() {
    this.#send({ ping: {}, known: this.#known, ...this.#base() });
  }

  /** The earliest state on which anything was made that may still be pushed. */
  #base() {
    return this.#anchored ? { seq: this.pending[0]?.seq ?? this.seq } : {};
  }

  /** @param {object} message */
  #send(message) {
    this.#write(JSON.stringify(message));
    this.#expectAnswer();
  }

  /**
   * Browsers complain of what is said to a socket that closes. It is said again by the next one.
   * @param {string} text
   */
  #write(text) {
    const closing = 2; // WebSocket.CLOSING
    if (this.#socket && !(this.#socket.readyState >= closing)) this.#socket.send(text);
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
    const pending = this.pending.map(({ resolve, ...push }) => push);
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
    this.pending = record.pending.map((/** @type {Pending<Transition>} */ push) => {
      return { ...push, resolve: (/** @type {Outcome} */ outcome) => onoutcome(outcome, push.transition) };
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
