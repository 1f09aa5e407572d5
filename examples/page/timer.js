// @ts-check
// The page of a countdown. It has no clock of its own: each second is an event of the room.

import { button, find, join, write } from "./shell.js";

/** @typedef {{ set: number, left: number, beat: number | string, rest: number }} Timer   it runs while beat is not 0 */
/** @typedef {{ Start: { seconds: number } } | { Pause: {} } | { Resume: {} } | { Reset: {} }} Change */

/** @type {import("./shell.js").Push<Change>} */
const push = join("timer", show);

/** @param {import("./shell.js").Shown<Timer>} shown */
function show({ state: { set, left, beat } }) {
  const running = Number(beat) !== 0;
  const paused = !running && left > 0;
  const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  write("left", time);
  write("phase", running ? "Running" : paused ? "Paused" : set > 0 ? "Time is up" : "Ready");
  document.body.dataset.phase = running ? "running" : paused ? "paused" : set > 0 ? "over" : "ready";

  const bar = /** @type {HTMLProgressElement} */ (find("bar"));
  bar.max = Math.max(1, set);
  bar.value = left;

  const pause = button("pause");
  pause.textContent = paused ? "Resume" : "Pause";
  pause.disabled = !running && !paused;
  pause.onclick = () => (paused ? push({ Resume: {} }, "Resume") : push({ Pause: {} }, "Pause"));
  button("reset").disabled = set === 0;
  return time;
}

button("reset").onclick = () => push({ Reset: {} }, "Reset");

/** @type {NodeListOf<HTMLButtonElement>} */
const starts = document.querySelectorAll("button[data-seconds]");
for (const start of starts) {
  start.onclick = () => push({ Start: { seconds: Number(start.dataset.seconds) } }, `starting ${start.textContent}`);
}
