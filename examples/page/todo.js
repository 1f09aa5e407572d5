// @ts-check
// The page of a shared list. Each line names its item by the ID, so that it finds it wherever others have moved it.

import { find, input, join, make, showText } from "./shell.js";

/** @typedef {{ text: string, done: boolean }} Item */
/** @typedef {{ id: string, value: Item }[]} Items */
/** @typedef {{ title: string, items: Items }} Todo */

/** @type {import("./shell.js").Push<object>} */
const push = join("todo", show);

/** @type {Items} */
let items = [];
/** @type {Map<string, Row>} */
const rows = new Map();

/** @param {import("./shell.js").Shown<Todo>} shown */
function show({ state }) {
  items = state.items;
  showText(input("title"), state.title);
  for (const { id, value } of items) {
    if (!rows.has(id)) rows.set(id, new Row(id));
    rows.get(id)?.show(value);
  }
  arrange();
  find("empty").hidden = items.length > 0;
  const open = items.filter(({ value }) => !value.done).length;
  return `${open} to do`;
}

/** Puts the rows in the order of the items, removes those that are gone, and leaves the focus where it is. */
function arrange() {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const gone = new Set(rows.keys());
  items.forEach(({ id }, index) => {
    gone.delete(id);
    const element = rows.get(id)?.element;
    if (element && find("items").children[index] !== element) find("items").insertBefore(element, find("items").children[index] ?? null);
  });
  for (const id of gone) {
    rows.get(id)?.element.remove();
    rows.delete(id);
  }
  if (focused !== document.activeElement) focused?.focus(); // it was moved
}

class Row {
  element;
  #id;
  #text = make("input", { className: "text", maxLength: 500, autocomplete: "off" });
  #done = make("input", { type: "checkbox" });
  /** @type {Item | undefined} */
  #shown;

  /** @param {string} id */
  constructor(id) {
    this.#id = id;
    const key = (/** @type {string} */ label, /** @type {string} */ text, /** @type {() => void} */ onclick) =>
      make("button", { type: "button", className: "small", ariaLabel: label, title: label, onclick }, text);
    this.element = make("li", {}, this.#done, this.#text,
      key("Move up", "↑", () => this.#move(-1)), key("Move down", "↓", () => this.#move(1)),
      key("Delete", "×", () => this.#delete()));
    this.#done.onchange = () => this.#change({ ItemDone: { to: this.#done.checked } }, "ticking it");
    this.#text.onchange = () => this.#change({ ItemText: { to: this.#text.value } }, "editing it");
    this.#text.onkeydown = ({ key }) => {
      if (key === "Escape") this.#text.value = this.#text.defaultValue;
      if (key === "Escape" || key === "Enter") this.#text.blur();
    };
  }

  /** @param {Item} item   another one when anything in it is new */
  show(item) {
    if (item === this.#shown) return; // what was pressed stays until the server has said what it thinks of it
    this.#shown = item;
    this.#done.checked = item.done;
    this.#done.ariaLabel = `Done: ${item.text}`;
    this.#text.ariaLabel = `Text of ${item.text}`;
    showText(this.#text, item.text);
    this.element.classList.toggle("done", item.done);
  }

  /** @param {number} by   lines, downwards */
  #move(by) {
    const index = items.findIndex((item) => item.id === this.#id);
    const anchor = items[index + by]?.id;
    if (anchor) this.#push({ [by < 0 ? "MoveBefore" : "MoveAfter"]: { id: this.#id, anchor } }, "moving it");
  }

  #delete() {
    const next = this.element.nextElementSibling ?? this.element.previousElementSibling;
    if (this.element.contains(document.activeElement)) /** @type {HTMLElement} */ (next?.lastElementChild)?.focus();
    this.#push({ Delete: { id: this.#id } }, "deleting it");
  }

  /**
   * @param {object} change   of the item
   * @param {string} label
   */
  #change(change, label) {
    this.#push({ Change: { id: this.#id, do: change } }, label);
  }

  /**
   * @param {object} change   of the list
   * @param {string} label
   */
  async #push(change, label) {
    const item = this.#shown;
    const done = await push({ TodoItems: { do: change } }, `“${item?.text}”: ${label}`);
    if (done || !item || item !== this.#shown) return;
    this.#shown = undefined;
    this.show(item); // as it was
  }
}

find("title").addEventListener("change", () => push({ TodoTitle: { to: input("title").value } }, "the title"));

find("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input("text").value.trim();
  if (text) push({ TodoItems: { do: { Append: { value: { text, done: false } } } } }, `“${text}”`);
  input("text").value = "";
});
