// @ts-check
// The counter's page.

import { find, join, write } from "./shell.js";

/** @typedef {{ value: number | string }} Counter   integers beyond 2^53 come as strings */
/** @typedef {{ Increment: { by: number } } | { Decrement: { by: number } } | { Reset: {} }} Change */

/** @type {import("./shell.js").Push<Change>} */
const push = join("counter", show);

/** @param {import("./shell.js").Shown<Counter>} shown */
function show({ state, address }) {
  const value = String(state.value).replace("-", "−");
  write("value", value);
  find("value").style.setProperty("--digits", String(value.length));
  write("command", `go run ./examples/counter/cmd/client ${address}`);
  return value;
}

/** @param {HTMLButtonElement} button */
function press(button) {
  push(JSON.parse(button.dataset.push ?? ""), button.textContent ?? "");
}

/** @type {NodeListOf<HTMLButtonElement>} */
const buttons = document.querySelectorAll("button[data-push]");
for (const button of buttons) button.addEventListener("click", () => press(button));

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const key = { "+": "+", "=": "+", "-": "-", "−": "-" }[event.key];
  for (const button of buttons) if (key && button.getAttribute("aria-keyshortcuts") === key) press(button);
});

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
