// @ts-check
// The page of a game for two. It holds no rules: it shows the state, pushes what is pressed, and tells what the server says.

import { button, find, join, make, write } from "./shell.js";

/** @typedef {{ user: string, client: number }} Player */
/**
 * Cells go row after row from the lowest; seat 0 is red and 1 yellow, and so are disc and result 1 and 2.
 * @typedef {{ cells: number[], seats: [Player, Player], turn: 0 | 1, result: number, line: number[] }} Game
 */

const columns = 7;
const rows = 6;
const draw = 3;
/** @type {["Red", "Yellow"]} */
const names = ["Red", "Yellow"];

/** @type {import("./shell.js").Push<object>} */
const push = join("dropfour", show);

/** @param {import("./shell.js").Shown<Game>} shown */
function show({ state, me }) {
  const mine = state.seats.findIndex((player) => player.client === me);
  showBoard(state);
  state.seats.forEach((player, seat) => showSeat(seat, player, mine));
  button("new").hidden = state.result === 0 || mine < 0;
  const words = turn(state, mine);
  write("turn", words);
  find("turn").className = state.result ? ["", "red", "yellow", ""][state.result] ?? "" : names[state.turn].toLowerCase();
  return words;
}

/**
 * @param {Game} state
 * @param {number} mine   the own seat, or -1
 */
function turn({ seats, turn, result }, mine) {
  if (result === draw) return "A draw";
  if (result > 0) return mine === result - 1 ? "You win" : `${names[/** @type {0 | 1} */ (result - 1)]} wins`;
  if (seats.some((player) => player.client === 0)) return mine < 0 ? "Take a seat" : "Waiting for another player";
  return mine === turn ? "Your turn" : `${names[turn]}’s turn`;
}

/**
 * @param {number} seat
 * @param {Player} player
 * @param {number} mine
 */
function showSeat(seat, player, mine) {
  const name = names[seat]?.toLowerCase() ?? "";
  const who = seat === mine ? "you" : player.client ? `guest ${player.client}` : "free";
  find(name).textContent = `${names[seat]}: ${who}`;
  const key = button(`sit-${name}`);
  key.textContent = seat === mine ? "Stand" : "Sit";
  key.ariaLabel = seat === mine ? `Stand up, ${name}` : `Sit down, ${name}`;
  key.hidden = seat !== mine && player.client !== 0;
  key.onclick = () => (seat === mine ? push({ Stand: {} }, "standing up") : push({ Sit: { seat } }, "sitting down"));
}

button("new").onclick = () => push({ NewGame: {} }, "a new game");

// ---- the board

const board = Array.from({ length: columns }, (_, column) => {
  const cells = Array.from({ length: rows }, () => make("span", { className: "cell" }));
  const key = make("button", { type: "button", className: "column", onclick: () => drop(column) }, ...cells.toReversed());
  find("board").append(key);
  return { key, cells };
});

/** @param {Game} state */
function showBoard({ cells, line, result }) {
  const won = result === 1 || result === 2;
  board.forEach(({ key, cells: elements }, column) => {
    const discs = elements.map((element, row) => {
      const at = row * columns + column;
      const disc = ["", "red", "yellow"][cells[at] ?? 0] ?? "";
      element.className = `cell ${disc} ${won && line.includes(at) ? "won" : ""}`;
      return disc;
    });
    key.ariaLabel = `Column ${column + 1}, from below: ${discs.filter(Boolean).join(", ") || "empty"}`;
  });
}

/** @param {number} column */
function drop(column) {
  push({ Drop: { column } }, `column ${column + 1}`);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (/^[1-7]$/.test(event.key)) drop(Number(event.key) - 1);
});
