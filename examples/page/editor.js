// @ts-check
// The page of a shared text. What is typed is shown at once and sent one splice at a time; what others type moves it along.
// The rules, which find out what a position means by now, are the server's alone.

import { Cursors, presenceAt } from "./cursors.js";
import { Draft } from "./draft.js";
import { move } from "./merge.js";
import { enter, find, input, make, report, showText } from "./shell.js";

/** @typedef {{ title: string, body: string }} Editor */
/** @typedef {import("./view.js").Pending<object>} Pending */

const { view, push } = /** @type {{ view: import("./view.js").View<Editor, object>, push: import("./shell.js").Push<object> }} */ (
  enter("editor", show, { presence: true })
);

const area = /** @type {HTMLTextAreaElement} */ (find("body"));
const draft = new Draft();
const cursors = new Cursors();

let seq = 0; // of the text that the draft has taken
/** @type {Pending | undefined} */
let sent; // of the body, and its outcome is not known
/** @type {import("./draft.js").Fate | undefined} */
let fate; // of what was sent, which the draft has not taken

/** @param {import("./shell.js").Shown<Editor>} shown */
function show({ state }) {
  showText(input("title"), state.title);
  if (!sent || view.pending.includes(sent)) update(); // else its outcome is known in a moment
  return state.title || "Untitled";
}

// ---- what the server says

function update() {
  if (!view.state || composing()) return;
  area.disabled = false;
  const range = { start: area.selectionStart, end: area.selectionEnd, direction: area.selectionDirection };
  const steps = draft.receive(view.state.body, fate);
  fate = undefined;
  seq = view.seq;
  cursors.change(seq, draft.said);
  cursors.attend(view.presences);
  if (area.value !== draft.text) {
    area.value = draft.text;
    const end = move(range.end, steps);
    const start = range.start === range.end ? end : Math.min(end, move(range.start, steps, "before"));
    if (document.activeElement === area) area.setSelectionRange(start, end, range.direction);
  }
  send();
  draw();
  present();
}

/** Conflicts after which the same can be said anew: nobody knows any more what the positions meant. */
const again = [
  "the state has changed too much since this was made",
  "the text has changed too much since this edit was made",
  "an edit that this one was made on top of was rejected",
  "the room went back to an older past, and this was made on a state that is gone",
];

function send() {
  if (view.pending.length === 0 && view.status !== "stopped" && seq === view.seq && !fate) sendNext();
}

/** Sends a splice, if anything was typed that was not sent, and reports whether it did. */
function sendNext() {
  const edit = draft.send();
  if (!edit) return false;
  const outcome = view.push({ EditorBody: { do: transitionOf(edit) } });
  const mine = (sent = view.pending.at(-1));
  outcome.then((outcome) => {
    if (sent !== mine) return; // the page is leaving
    sent = undefined;
    fate = again.includes(outcome.rejected ?? "") ? "again" : "decided";
    if (fate === "decided") report(outcome, "what you typed");
    update();
  });
  return true;
}

/** @param {{ at: number, count: number, text: string }} edit */
function transitionOf({ at, count, text }) {
  if (count === 0) return { Insert: { at, text } };
  if (text === "") return { Delete: { at, count } };
  return { Replace: { at, count, text } };
}

// ---- what is typed here

/** A text that is being composed, as on phones and in Japanese, must not be changed, but for somebody who only rests in it. */
const rest = 2_000; // milliseconds
let typedAt = -rest;
let isComposing = false;
const composing = () => isComposing && performance.now() - typedAt < rest;

area.addEventListener("compositionstart", () => (isComposing = true));
area.addEventListener("compositionend", () => {
  isComposing = false;
  update();
});

area.addEventListener("input", () => {
  typedAt = performance.now();
  if (isComposing) setTimeout(update, rest);
  draft.text = area.value;
  send();
  draw();
  present();
});

for (const event of ["selectionchange", "focusin", "focusout"]) document.addEventListener(event, () => present());

// What was typed and not sent is kept for the next page with what is under way.
addEventListener("pagehide", () => {
  isComposing = false;
  update();
  while (view.state && view.status !== "stopped" && sendNext());
});

find("title").addEventListener("change", () => push({ EditorTitle: { to: input("title").value } }, "the title"));

// ---- who is there, and where

const nameKey = "aper-editor-name";
const presentEvery = 50; // milliseconds
/** @type {number | undefined} */
let presenting;
let told = "";

input("name").value = localStorage.getItem(nameKey) ?? "";
input("name").addEventListener("input", () => {
  localStorage.setItem(nameKey, input("name").value);
  present();
});

/** Says soon where the cursor is, unless the others see it there already. */
function present() {
  presenting ??= setTimeout(() => {
    presenting = undefined;
    if (!view.client) return;
    const name = input("name").value.trim();
    const at = draft.outward(area.selectionStart);
    const cursor = document.activeElement === area ? { at, to: draft.outward(area.selectionEnd) } : undefined;
    const seen = cursors.people.find(({ client }) => client === view.client);
    const same = seen && seen.at === cursor?.at && seen.to === cursor?.to;
    const presence = presenceAt(name, cursor, draft.said, seq);
    const text = JSON.stringify(presence);
    if ((same && seen.name === (name || `guest ${view.client}`)) || text === told) return;
    told = text;
    view.setPresence(presence);
  }, presentEvery);
}

/** Draws the others' cursors behind the text, which stands there once more, and unseen. */
function draw() {
  const people = cursors.people;
  input("name").placeholder = `guest ${view.client}`;
  find("people").replaceChildren(...people.map(({ client, name }) => {
    const own = client === view.client;
    const entry = make("li", {}, own ? `${name} (you)` : name);
    entry.dataset.colour = colourOf(client);
    return entry;
  }));
  const marks = people.flatMap(({ client, name, at, to }) => {
    if (client === view.client || at === undefined || to === undefined) return [];
    const [from = 0, until = 0] = draft.inward([Math.min(at, to), Math.max(at, to)]);
    return [{ colour: colourOf(client), name, from, until }];
  });
  const cuts = [...new Set([0, draft.text.length, ...marks.flatMap(({ from, until }) => [from, until])])].sort((a, b) => a - b);
  const parts = cuts.flatMap((cut, i) => {
    const text = draft.text.slice(cut, cuts[i + 1]);
    const selected = marks.find(({ from, until }) => from <= cut && cut < until);
    const carets = marks.filter(({ until }) => until === cut).map(({ colour, name }) => caret(colour, name));
    return [...carets, i + 1 === cuts.length ? "\u200b" : selected ? coloured("mark", selected.colour, text) : text];
  });
  find("behind").replaceChildren(...parts);
}

/** @param {number} client */
function colourOf(client) {
  return String(client % 6);
}

/**
 * @param {string} colour
 * @param {string} name
 */
function caret(colour, name) {
  return coloured("span", colour, make("b", {}, name));
}

/**
 * @param {"mark" | "span"} tag
 * @param {string} colour
 * @param {Node | string} content
 */
function coloured(tag, colour, content) {
  const element = make(tag, {}, content);
  element.dataset.colour = colour;
  return element;
}
