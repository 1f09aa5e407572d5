// @ts-check
// The page around a View of a counter: what it says becomes words and numbers, and what is pressed becomes pushes.

import { View } from "./view.js";

/** @typedef {{ value: number | string }} Counter   integers beyond 2^53 come as strings */
/** @typedef {{ Increment: { by: number } } | { Decrement: { by: number } } | { Reset: {} }} Change */

const messageStays = 6_000; // milliseconds

/** @param {string} id */
function find(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** @type {View<Counter, Change>} */
let view;

// ---- the room

/** The room that the address names: /#lobby or /?room=lobby. */
function roomInAddress() {
  const hash = location.hash.slice(1);
  try {
    if (hash) return decodeURIComponent(hash);
  } catch {
    return hash; // a lone percent sign
  }
  return new URLSearchParams(location.search).get("room") || "lobby";
}

/** @param {string} room */
function addressOf(room) {
  const path = room.split("/").map(encodeURIComponent).join("/");
  const address = new URL(`counter/${path.replace(/['()!*]/g, percent)}`, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

/** @param {string} character   one that shells read and encodeURIComponent leaves */
function percent(character) {
  return "%" + character.charCodeAt(0).toString(16).toUpperCase();
}

function enter() {
  const room = roomInAddress();
  view?.close();
  find("room").textContent = room;
  find("window").setAttribute("href", location.href);
  const other = "#" + (room === "kitchen" ? "lobby" : "kitchen");
  find("other").setAttribute("href", other);
  find("other").textContent = other;
  find("command").textContent = `go run ./examples/counter/cmd/client ${addressOf(room)}`;
  tell("");
  view = new View(addressOf(room), { onchange: () => view && show() });
  show();
}

// ---- what the view says

function show() {
  const { state, status, pending } = view;
  const value = state ? String(state.value).replace("-", "−") : "–";
  document.title = `${value} · ${roomInAddress()}`;
  document.body.toggleAttribute("data-live", status === "open");
  const output = find("value");
  if (output.textContent !== value) output.textContent = value;
  output.style.setProperty("--digits", String(value.length));

  const n = pending.length;
  const sending = find("sending");
  sending.classList.toggle("on", n > 0);
  if (n > 0) {
    const several = n === 1 ? "1 change waits" : `${n} changes wait`;
    sending.textContent = status === "open" ? (n === 1 ? "sending…" : `sending ${n}…`) : `${several} to be sent`;
  }
  showConnection();
}

function showConnection() {
  const { status, reason, retryAt } = view;
  find("connection").dataset.status = status;
  find("retry").hidden = status !== "waiting";
  const words = {
    connecting: "Connecting…",
    open: "Connected",
    waiting: sentence(reason || "no connection"),
    stopped: sentence(reason),
  }[status];
  const element = find("status"); // what is written there is read aloud
  if (element.textContent !== words) element.textContent = words;
  const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
  find("again").textContent = status === "waiting" ? `Trying again in ${seconds} s.` : "";
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

setInterval(() => view.status === "waiting" && showConnection(), 500);

// ---- what the user does

/** @type {number | undefined} */
let fading;

/** @param {string} text   to be read for a few seconds */
function tell(text) {
  clearTimeout(fading);
  find("message").textContent = text;
  if (text) fading = setTimeout(() => tell(""), messageStays);
}

/** @param {HTMLButtonElement} button */
async function press(button) {
  const label = button.textContent;
  const to = view;
  try {
    const outcome = await to.push(JSON.parse(button.dataset.push ?? ""));
    if (to !== view) return; // another room is on the screen
    if (outcome.unknown) tell(`It is not known whether ${label} took effect: the connection was lost before the server said.`);
    else if (outcome.confirmed === undefined) tell(`${label} was refused: ${outcome.problem || outcome.rejected || "no reason given"}.`);
  } catch (error) {
    tell(`${label} was not sent: ${error instanceof Error ? error.message : error}.`);
  }
}

/** @type {NodeListOf<HTMLButtonElement>} */
const buttons = document.querySelectorAll("button[data-push]");
for (const button of buttons) button.addEventListener("click", () => press(button));

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const key = { "+": "+", "=": "+", "-": "-", "−": "-" }[event.key];
  for (const button of buttons) if (key && button.getAttribute("aria-keyshortcuts") === key) press(button);
});

find("retry").addEventListener("click", () => view.nudge());

find("copy").addEventListener("click", async () => {
  const command = find("command");
  try {
    await navigator.clipboard.writeText(command.textContent ?? "");
    find("copy").textContent = "Copied";
    setTimeout(() => (find("copy").textContent = "Copy"), 2_000);
  } catch {
    getSelection()?.selectAllChildren(command); // no clipboard without TLS, but on localhost
  }
});

addEventListener("hashchange", enter);
addEventListener("online", () => view.nudge());
addEventListener("visibilitychange", () => document.hidden || view.nudge());
addEventListener("beforeunload", (event) => view.pending.length > 0 && event.preventDefault());

enter();
