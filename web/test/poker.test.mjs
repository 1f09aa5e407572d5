// The page of poker, and what the server tells it: nobody's browser ever has a card that is hidden from him.

import { strict as assert } from "node:assert";
import { after, test } from "node:test";
import { launch } from "./browser.mjs";
import { demo, is, open } from "./page.mjs";

/** @typedef {import("node:test").TestContext} T */
/** @typedef {import("playwright-core").Page} Page */

const browser = await launch({ after });
const { url } = await demo({ after });

/**
 * Somebody at the table, with all that the server ever said to his page.
 * @typedef {{ page: Page, heard: string[] }} Guest
 */

/**
 * @param {T} t
 * @param {string} room
 * @returns {Promise<Guest>}
 */
async function join(t, room) {
  /** @type {string[]} */
  const heard = [];
  const before = (/** @type {Page} */ page) =>
    void page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => heard.push(String(payload))));
  return { page: await open(t, browser, `${url}/poker/#${room}`, { before }), heard };
}

/**
 * All cards in what the server said: the numbers in hands and in decks, of whole states and in patches.
 * @param {Guest} guest
 */
function cardsHeard({ heard }) {
  /** @type {Set<number>} */
  const cards = new Set();
  const collect = (/** @type {any} */ value, /** @type {boolean} */ areCards) => {
    if (areCards && typeof value === "number" && value !== 0) cards.add(value);
    if (typeof value !== "object" || value === null) return;
    for (const [key, member] of Object.entries(value)) collect(member, areCards || key === "hand" || key === "deck");
  };
  for (const text of heard) {
    const message = JSON.parse(text);
    collect(message.state, false);
    for (const { path, value } of message.patch ?? []) collect(value, /\/(hand|deck)(\/|$)/.test(path));
  }
  return cards;
}

/**
 * The cards of a seat as the page shows them, in words.
 * @param {Page} page
 * @param {number} seat   from 1
 */
const shown = (page, seat) =>
  page.$$eval(`#table li:nth-child(${seat}) .card`, (cards) => cards.map((card) => card.getAttribute("aria-label") ?? ""));

const hidden = Array(5).fill("a hidden card");

/** The card that words name. @param {string} name */
function numberOf(name) {
  const [, rank = "", suit = ""] = /(\w+) of (\w+)$/.exec(name) ?? [];
  const ranks = ["2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K", "A"];
  return ranks.indexOf(rank) * 4 + ["clubs", "diamonds", "hearts", "spades"].indexOf(suit) + 1;
}

/**
 * @param {Page} page
 * @param {string} label
 */
const press = (page, label) => page.getByRole("button", { name: label, exact: true }).click();

/**
 * Two who sit on seats 1 and 2 and were dealt cards, and one who watches.
 * @param {T} t
 * @param {string} room
 */
async function deal(t, room) {
  const guests = /** @type {[Guest, Guest, Guest]} */ ([await join(t, room), await join(t, room), await join(t, room)]);
  const [one, two] = guests;
  await press(one.page, "Sit on seat 1");
  await is(two.page, "#table li:nth-child(1) h3", /guest/);
  await press(one.page, "Deal");
  await is(one.page, "#message", "Dealing was refused: it takes two players who are there and have chips for a whole hand.");
  await press(two.page, "Sit on seat 2");
  await is(one.page, "#table li:nth-child(2) h3", /guest/);
  await press(one.page, "Deal");
  await is(two.page, "#pot", "Pot 2");
  await one.page.locator("#table li:nth-child(1) .card:not(.back)").nth(4).waitFor();
  return guests;
}

/** Whose turn it is, and who waits. @param {Guest[]} guests */
async function inTurn([one, two]) {
  if (!one || !two) throw new Error("two are needed");
  const shown = ":is(#call, #draw):not([hidden])";
  await Promise.race([one, two].map(({ page }) => page.waitForSelector(shown)));
  return (await one.page.$(shown)) ? [one, two] : [two, one];
}

test("each sees his own five cards and no others before they are shown, and neither does his browser", async (t) => {
  const guests = await deal(t, "hidden");
  const [one, two, watcher] = guests;
  const own = [await shown(one.page, 1), await shown(two.page, 2)];
  for (const cards of own) assert.equal(new Set(cards.map(numberOf)).size, 5);
  assert.deepEqual(await shown(one.page, 2), hidden);
  assert.deepEqual(await shown(two.page, 1), hidden);
  for (const seat of [1, 2]) assert.deepEqual(await shown(watcher.page, seat), hidden);

  const [first, second] = /** @type {[Guest, Guest]} */ (await inTurn(guests));
  await press(first.page, "Raise");
  await press(second.page, "Call 2");
  const [drawer, other] = /** @type {[Guest, Guest]} */ (await inTurn(guests));
  await drawer.page.locator(".mine .card").nth(0).click();
  await drawer.page.locator(".mine .card").nth(3).click();
  await press(drawer.page, "Exchange 2");
  await press(other.page, "Keep all");
  const better = /** @type {[Guest, Guest]} */ (await inTurn(guests));
  await one.page.reload(); // and the seat and the cards are still his
  await is(one.page, "#status", "Connected");
  await is(one.page, "#table li:nth-child(1) h3", "Seat 1: you");

  const last = [await shown(one.page, 1), await shown(two.page, 2)];
  const seen = own.map((cards, i) => new Set([...cards, ...(last[i] ?? [])].map(numberOf)));
  assert.equal(seen.reduce((sum, cards) => sum + cards.size, 0), 12); // two cards were exchanged
  assert.deepEqual(cardsHeard(one), seen[0]);
  assert.deepEqual(cardsHeard(two), seen[1]);
  assert.deepEqual(cardsHeard(watcher), new Set());

  await press(better[0].page, "Check");
  await press(better[1].page, "Check");
  await is(watcher.page, "#turn", /won \d+/);
  assert.deepEqual([await shown(watcher.page, 1), await shown(watcher.page, 2)], last);
  assert.deepEqual([await shown(one.page, 2), await shown(two.page, 1)], last.toReversed());
  assert.deepEqual(cardsHeard(watcher), new Set(last.flat().map(numberOf))); // not those that were exchanged
});

test("a hand that was folded is never shown", async (t) => {
  const guests = await deal(t, "folded");
  const [first, second] = /** @type {[Guest, Guest]} */ (await inTurn(guests));
  await press(first.page, "Fold");
  await is(second.page, "#turn", "You won 2");
  await is(first.page, "#turn", /^Seat \d won 2$/);
  assert.deepEqual(cardsHeard(guests[2]), new Set());
  for (const guest of [first, second]) assert.equal(cardsHeard(guest).size, 5);
});

test("the page fits into a narrow window", async (t) => {
  const page = await open(t, browser, `${url}/poker/#narrow`, { width: 320 });
  await press(page, "Sit on seat 3");
  await is(page, "#table li:nth-child(3) h3", "Seat 3: you");
  const [width, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.equal(width, visible);
});
