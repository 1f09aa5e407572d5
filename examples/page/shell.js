// @ts-check
// What all pages have in common: the room that the address names, whether there is a connection, what is on its way, and
// what the server says about it. A page adds what its state looks like and what people may press:
//
//   const push = join("counter", ({ state }) => show(state));
//   button.onclick = () => push({ Increment: { by: 1 } }, "Plus one");

import { View } from "./view.js";

/** @typedef {import("./view.js").Outcome} Outcome */

/**
 * What a page is to show: me is the session's number, by which states call it, and address that of the room.
 * @template State
 * @typedef {{ state: State, me: number, room: string, address: string }} Shown
 */

/**
 * Pushes a transition, and says what went wrong with it; the label names it then. The result is whether it took effect.
 * @template Transition
 * @typedef {(transition: Transition, label: string) => Promise<boolean>} Push
 */

/**
 * Joins the room that the page's address names, for as long as the page is there. The session lasts when it is loaded again.
 * @template State, Transition
 * @param {string} example   as in the addresses of its rooms: /counter/lobby
 * @param {(shown: Shown<State>) => string} show   called with each new state; returns what the window's title begins with
 * @returns {Push<Transition>}
 */
export function join(example, show) {
  return enter(example, show).push;
}

/**
 * Joins it in the same way, for pages that need more of the view than pushes.
 * @template State, Transition
 * @param {string} example
 * @param {(shown: Shown<State>) => string} show
 * @param {{ presence?: boolean }} [options]   of the view
 * @returns {{ view: View<State, Transition>, push: Push<Transition> }}
 */
export function enter(example, show, options) {
  const room = roomInAddress();
  const address = addressOf(example, room);
  showRoom(room);

  /** @type {View<State, Transition> | undefined} */
  let view;
  const update = () => {
    if (!view) return; // it is being made
    document.body.toggleAttribute("data-live", view.status === "open");
    if (view.state !== undefined) document.title = `${show({ state: view.state, me: view.client, room, address })} · ${room}`;
    showPending(view);
    showConnection(view);
  };
  const onoutcome = (/** @type {Outcome} */ outcome) => report(outcome, "a change from before the page was loaded again");
  const joined = (view = new View(address, { ...options, keep: address, onchange: update, onoutcome }));
  update();
  attend(joined);

  /** @type {Push<Transition>} */
  const push = async (transition, label) => {
    try {
      return report(await joined.push(transition), label);
    } catch (error) {
      tell(`${label} was not sent: ${error instanceof Error ? error.message : error}.`);
      return false;
    }
  };
  return { view: joined, push };
}

/**
 * Looks after a view: the clock, the network, and those who leave too early.
 * @param {View<any, any>} view
 */
function attend(view) {
  setInterval(() => view.status === "waiting" && showConnection(view), 500);
  find("retry").addEventListener("click", () => view.nudge());
  addEventListener("online", () => view.nudge());
  addEventListener("visibilitychange", () => document.hidden || view.nudge());
  addEventListener("beforeunload", (event) => view.pending.length > 0 && event.preventDefault());
  addEventListener("hashchange", () => location.reload()); // another room
}

// ---- the room

/** The room that the page's address names: /counter/#lobby or /counter/?room=lobby. */
function roomInAddress() {
  const hash = location.hash.slice(1);
  try {
    if (hash) return decodeURIComponent(hash);
  } catch {
    return hash; // a lone percent sign
  }
  return new URLSearchParams(location.search).get("room") || "lobby";
}

/**
 * @param {string} example
 * @param {string} room
 */
function addressOf(example, room) {
  const path = room.split("/").map(encodeURIComponent).join("/");
  const address = new URL(`../${example}/${path.replace(/['()!*]/g, percent)}`, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

/** @param {string} character   one that shells read and encodeURIComponent leaves */
function percent(character) {
  return "%" + character.charCodeAt(0).toString(16).toUpperCase();
}

/** @param {string} room */
function showRoom(room) {
  find("room").textContent = room;
  find("window").setAttribute("href", location.href);
  const other = "#" + (room === "kitchen" ? "lobby" : "kitchen");
  find("other").setAttribute("href", other);
  find("other").textContent = other;
}

// ---- what the view says

/** @param {View<any, any>} view */
function showPending({ pending, status }) {
  const n = pending.length;
  const sending = find("sending");
  sending.classList.toggle("on", n > 0);
  if (n === 0) return; // the words fade
  const several = n === 1 ? "1 change waits" : `${n} changes wait`;
  sending.textContent = status === "open" ? (n === 1 ? "sending…" : `sending ${n}…`) : `${several} to be sent`;
}

/** @param {View<any, any>} view */
function showConnection({ status, reason, retryAt }) {
  find("connection").dataset.status = status;
  find("retry").hidden = status !== "waiting";
  const words = {
    connecting: "Connecting…",
    open: "Connected",
    waiting: sentence(reason || "no connection"),
    stopped: sentence(reason),
  }[status];
  write("status", words);
  const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
  find("again").textContent = status === "waiting" ? `Trying again in ${seconds} s.` : "";
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/**
 * Says what became of a push, unless all went well.
 * @param {Outcome} outcome
 * @param {string} label
 */
export function report(outcome, label) {
  if (outcome.confirmed !== undefined) return true;
  if (outcome.unknown) tell(`It is not known whether ${label} took effect: the connection was lost before the server said.`);
  else tell(sentence(`${label} was refused: ${outcome.problem || outcome.rejected || "no reason given"}`));
  return false;
}

const messageStays = 6_000; // milliseconds
/** @type {number | undefined} */
let fading;

/** @param {string} text   to be read for a few seconds */
export function tell(text) {
  clearTimeout(fading);
  find("message").textContent = text;
  if (text) fading = setTimeout(() => tell(""), messageStays);
}

// ---- the document

/** @param {string} id */
export function find(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** @param {string} id */
export function button(id) {
  return /** @type {HTMLButtonElement} */ (find(id));
}

/** @param {string} id */
export function input(id) {
  return /** @type {HTMLInputElement} */ (find(id));
}

/**
 * Writes a text that is read aloud when it is new.
 * @param {string} id
 * @param {string} text
 */
export function write(id, text) {
  const element = find(id);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Shows a text that can be edited, unless somebody is about to.
 * @param {HTMLInputElement} element
 * @param {string} text
 */
export function showText(element, text) {
  const edited = element === document.activeElement && element.value !== element.defaultValue;
  element.defaultValue = text;
  if (!edited) element.value = text;
}

/**
 * Makes an element: make("li", { className: "done" }, "bread").
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [properties]
 * @param {(Node | string)[]} children
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
