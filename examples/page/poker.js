// @ts-check
// The page of a card game. It is never told a card that is hidden from this session, so there is nothing to hide here.

import { button, find, join, make, write } from "./shell.js";

/** @typedef {{ user: string, client: number }} Player */
/**
 * Part is 1 for who plays and 2 for who folded. A card is a number from 1 to 52, and 0 when it is hidden.
 * @typedef {{ player: Player, chips: number, away: boolean, part: number, hand: number[], bet: number, drawn: number,
 *   won: number, kind: number }} Seat
 */
/** @typedef {{ seats: Seat[], stage: number, dealer: number, turn: number, pot: number, raises: number }} Poker */

const stages = { none: 0, firstBets: 1, drawing: 2, secondBets: 3, showdown: 4, shown: 5, uncontested: 6 };
const kinds = ["", "high card", "one pair", "two pairs", "three of a kind", "a straight", "a flush", "a full house",
  "four of a kind", "a straight flush"];
const ranks = ["2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K", "A"];
/** @type {[symbol: string, name: string][]} */
const suits = [["♣", "clubs"], ["♦", "diamonds"], ["♥", "hearts"], ["♠", "spades"]];

/** @type {import("./shell.js").Push<object>} */
const push = join("poker", show);

/** @type {Set<number>} which of the own cards are to be exchanged */
const chosen = new Set();

/** @param {import("./shell.js").Shown<Poker>} shown */
function show({ state, me }) {
  const mine = state.seats.findIndex(({ player }) => player.client === me);
  if (!draws(state, mine)) chosen.clear();
  state.seats.forEach((seat, index) => showSeat(state, seat, index, mine));
  showKeys(state, mine);
  const words = turn(state, mine);
  write("turn", words);
  write("pot", runs(state) ? `Pot ${state.pot}` : "");
  return words;
}

/** Whether a hand is played. @param {{ stage: number }} state */
const runs = ({ stage }) => stage > stages.none && stage < stages.shown;

/**
 * @param {Poker} state
 * @param {number} mine   the own seat, or -1
 */
const draws = ({ stage, turn }, mine) => stage === stages.drawing && turn === mine;

/**
 * @param {Poker} state
 * @param {number} mine
 */
function turn({ seats, stage, turn }, mine) {
  const name = (/** @type {number} */ seat) => (seat === mine ? "You" : `Seat ${seat + 1}`);
  if (runs({ stage }) && stage !== stages.showdown) {
    if (turn === mine) return stage === stages.drawing ? "Exchange up to three cards" : "Your turn to bet";
    return `${name(turn)} ${stage === stages.drawing ? "exchanges cards" : "bets"}`;
  }
  const winners = seats.flatMap(({ won }, seat) => (won > 0 ? [`${name(seat)} won ${won}`] : []));
  if (winners.length > 0) return winners.join(", ");
  const players = seats.filter(({ player }) => player.client !== 0).length;
  return players < 2 ? "Two players are needed" : "Ready to deal";
}

// ---- the seats

const table = Array.from({ length: 6 }, (_, index) => {
  const parts = {
    name: make("h3"),
    chips: make("p", { className: "chips" }),
    cards: make("div", { className: "cards" }),
    says: make("p", { className: "says" }),
    sit: make("button", { type: "button", className: "key", ariaLabel: `Sit on seat ${index + 1}`, onclick: () => sit(index) }, "Sit"),
  };
  const element = make("li", {}, parts.name, parts.chips, parts.cards, parts.says, parts.sit);
  find("table").append(element);
  return { element, ...parts };
});

/** @param {number} seat */
const sit = (seat) => push({ Sit: { seat } }, "sitting down");

/**
 * @param {Poker} state
 * @param {Seat} seat
 * @param {number} index
 * @param {number} mine
 */
function showSeat(state, seat, index, mine) {
  const place = table[index];
  if (!place) return;
  const taken = seat.player.client !== 0;
  const who = index === mine ? "you" : taken ? `guest ${seat.player.client}` : "free";
  place.name.textContent = `Seat ${index + 1}: ${who}`;
  place.chips.textContent = taken ? `${seat.chips} chips` : "";
  place.says.textContent = says(seat, state.stage !== stages.none && state.dealer === index);
  place.sit.hidden = taken || mine >= 0;
  place.element.className = [taken || "free", index === mine && "mine", seat.won > 0 && "won", seat.part === 2 && "folded",
    runs(state) && state.turn === index && "turn"].filter((name) => typeof name === "string").join(" ");
  const cards = seat.part === 0 ? [] : seat.hand.map((card, i) => (draws(state, index) && index === mine ? choice(card, i) : shown(card)));
  if (!sameAs(place.cards, cards)) place.cards.replaceChildren(...cards); // what has the focus keeps it
}

/**
 * @param {Seat} seat
 * @param {boolean} deals
 */
function says({ away, part, bet, drawn, kind, won }, deals) {
  const words = [deals && "dealer", part === 2 && "folded", kind > 0 && kinds[kind], won > 0 && `won ${won}`, bet > 0 && won === 0 && `bet ${bet}`,
    drawn > 0 && `exchanged ${drawn}`, away && "away"];
  return words.filter(Boolean).join(" · ");
}

/**
 * @param {Element} place
 * @param {Element[]} cards
 */
function sameAs(place, cards) {
  return place.children.length === cards.length && cards.every((card, i) => place.children[i]?.outerHTML === card.outerHTML);
}

// ---- the cards

/** @param {number} card */
function face(card) {
  if (card === 0) return { className: "card back", text: "", name: "a hidden card" };
  const rank = ranks[Math.floor((card - 1) / 4)] ?? "";
  const [symbol, suit] = suits[(card - 1) % 4] ?? ["", ""];
  const red = suit === "diamonds" || suit === "hearts";
  return { className: `card ${red ? "red" : ""}`, text: `${rank}${symbol}\uFE0E`, name: `${rank} of ${suit}` };
}

/** @param {number} card */
function shown(card) {
  const { className, text, name } = face(card);
  return make("span", { className, role: "img", ariaLabel: name }, text);
}

/**
 * A card that can be chosen to be exchanged.
 * @param {number} card
 * @param {number} index
 */
function choice(card, index) {
  const { className, text, name } = face(card);
  const key = make("button", { type: "button", className, ariaLabel: `Exchange the ${name}`, ariaPressed: String(chosen.has(index)) }, text);
  key.onclick = () => {
    if (!chosen.delete(index)) chosen.add(index);
    key.ariaPressed = String(chosen.has(index));
    button("draw").textContent = drawLabel();
  };
  return key;
}

const drawLabel = () => (chosen.size === 0 ? "Keep all" : `Exchange ${chosen.size}`);

// ---- what can be done

/**
 * @param {Poker} state
 * @param {number} mine
 */
function showKeys(state, mine) {
  const seat = state.seats[mine];
  const bets = runs(state) && (state.stage === stages.firstBets || state.stage === stages.secondBets) && state.turn === mine;
  const toCall = state.raises * (state.stage === stages.secondBets ? 4 : 2) - (seat?.bet ?? 0);
  button("deal").hidden = !seat || runs(state);
  for (const id of ["call", "raise", "fold"]) button(id).hidden = !bets;
  button("call").textContent = toCall > 0 ? `Call ${toCall}` : "Check";
  button("draw").hidden = !draws(state, mine);
  button("draw").textContent = drawLabel();
  button("back").hidden = !seat?.away;
  button("stand").hidden = !seat;
}

button("deal").onclick = () => push({ Deal: {} }, "dealing");
button("call").onclick = ({ target }) => push({ Call: {} }, /** @type {HTMLElement} */ (target).textContent ?? "");
button("raise").onclick = () => push({ Raise: {} }, "raising");
button("fold").onclick = () => push({ Fold: {} }, "folding");
button("draw").onclick = () => push({ Draw: { cards: [0, 1, 2, 3, 4].map((i) => chosen.has(i)) } }, "exchanging cards");
button("back").onclick = () => push({ Back: {} }, "coming back");
button("stand").onclick = () => push({ Stand: {} }, "standing up");
