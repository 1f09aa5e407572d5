// The pages of the examples, each with two people in one room who see what the other does.

import { strict as assert } from "node:assert";
import { after, test } from "node:test";
import { launch } from "./browser.mjs";
import { demo, is, open, press, settled, told } from "./page.mjs";

/** @typedef {import("playwright-core").Page} Page */

const browser = await launch({ after });
const { url } = await demo({ after });

// ---- todo

/** The lines of a list, with a tick before those that are done. @param {Page} page */
const lines = (page) =>
  page.$$eval("#items input.text", (all) => all.map((e) => (e.parentElement?.querySelector(":checked") ? "✓ " : "") + /** @type {any} */ (e).value));

/**
 * @param {Page} page
 * @param {string[]} want
 */
async function shows(page, want) {
  const text = (/** @type {string[]} */ list) => list.join("\n");
  for (let got = await lines(page), tries = 0; text(got) !== text(want); got = await lines(page)) {
    assert.ok(++tries < 300, `the list is ${got}, not ${want}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/**
 * @param {Page} page
 * @param {string[]} texts
 */
async function add(page, ...texts) {
  for (const text of texts) {
    await page.fill("#text", text);
    await page.press("#text", "Enter");
  }
}

/**
 * @param {Page} page
 * @param {string} text
 */
const line = (page, text) => page.locator("#items li").filter({ has: page.getByLabel(`Text of ${text}`, { exact: true }) });

test("todo: two people write one list", async (t) => {
  const one = await open(t, browser, `${url}/todo/#list`);
  const two = await open(t, browser, `${url}/todo/#list`);
  await one.fill("#title", "Saturday");
  await one.press("#title", "Enter");
  await add(one, "bread", "milk", "tea");
  await shows(two, ["bread", "milk", "tea"]);
  assert.equal(await two.inputValue("#title"), "Saturday");

  await line(two, "milk").getByRole("checkbox").check();
  await shows(one, ["bread", "✓ milk", "tea"]);
  await line(one, "tea").getByLabel("Move up").click();
  await line(one, "tea").getByLabel("Move up").click();
  await shows(two, ["tea", "bread", "✓ milk"]);
  await line(two, "tea").getByLabel("Move down").click();
  await shows(one, ["bread", "tea", "✓ milk"]);

  await line(two, "bread").locator(".text").fill("rye bread");
  await line(one, "bread").getByLabel("Move down").click(); // while two has not finished
  await shows(one, ["tea", "bread", "✓ milk"]);
  await shows(two, ["tea", "rye bread", "✓ milk"]); // what one types stays, and is where it was moved to
  assert.equal(await two.evaluate(() => /** @type {any} */ (document.activeElement).value), "rye bread");
  await two.keyboard.press("Enter");
  await shows(one, ["tea", "rye bread", "✓ milk"]);

  await line(one, "tea").getByLabel("Delete").click();
  await shows(two, ["rye bread", "✓ milk"]);
  assert.match(await two.title(), /^1 to do · list$/);
  await settled(one);
});

test("todo: a change of what somebody else has deleted is refused", async (t) => {
  const one = await open(t, browser, `${url}/todo/#gone`);
  const two = await open(t, browser, `${url}/todo/#gone`);
  await add(one, "bread");
  await shows(two, ["bread"]);
  const button = await two.$("#items [aria-label=Delete]");
  await line(one, "bread").getByLabel("Delete").click();
  await shows(two, []);
  await button?.evaluate((element) => /** @type {HTMLElement} */ (element).click()); // a little late
  await is(two, "#message", "“bread”: deleting it was refused: no such item.");
});

test("todo: what is typed and not finished is given up by Escape", async (t) => {
  const page = await open(t, browser, `${url}/todo/#escape`);
  await add(page, "bread");
  await shows(page, ["bread"]);
  await line(page, "bread").locator(".text").fill("rye");
  await page.keyboard.press("Escape");
  await shows(page, ["bread"]);
  await add(page, "milk");
  await shows(page, ["bread", "milk"]);
});

// ---- drop four

test("drop four: two play, a third watches, and a seat is kept when the page is loaded again", async (t) => {
  const red = await open(t, browser, `${url}/dropfour/#game`);
  const yellow = await open(t, browser, `${url}/dropfour/#game`);
  const guest = await open(t, browser, `${url}/dropfour/#game`);
  await is(red, "#turn", "Take a seat");
  await red.click("#sit-red");
  await is(red, "#turn", "Waiting for another player");
  await is(yellow, "#red", /^Red: guest \d+$/);
  await yellow.click("#sit-yellow");
  await is(red, "#turn", "Your turn");
  await is(yellow, "#turn", "Red’s turn");
  await is(guest, "#turn", "Red’s turn");

  const column = (/** @type {Page} */ page, /** @type {number} */ n) => page.locator(".column").nth(n - 1);
  await column(yellow, 1).click();
  await is(yellow, "#message", "Column 1 was refused: it is not your turn.");
  await guest.keyboard.press("1");
  await is(guest, "#message", "Column 1 was refused: take a seat first.");

  for (let i = 0; i < 3; i++) {
    await column(red, 2).click();
    await is(yellow, "#turn", "Your turn");
    if (i === 1) {
      await yellow.reload();
      await is(yellow, "#yellow", "Yellow: you");
    }
    await yellow.keyboard.press("3");
    await is(red, "#turn", "Your turn");
  }
  await column(red, 2).click();
  await is(red, "#turn", "You win");
  await is(yellow, "#turn", "Red wins");
  await is(guest, "#turn", "Red wins");
  assert.equal(await guest.locator(".cell.red.won").count(), 4);
  assert.equal(await guest.locator(".cell.yellow").count(), 3);
  assert.equal(await column(guest, 3).getAttribute("aria-label"), "Column 3, from below: yellow, yellow, yellow");
  assert.equal(await guest.isVisible("#new"), false);

  await yellow.click("#new");
  await is(yellow, "#turn", "Your turn"); // who lost begins
  assert.equal(await guest.locator(".cell.red").count(), 0);
  await red.getByRole("button", { name: "Stand up" }).click();
  await is(yellow, "#red", "Red: free");
  await is(yellow, "#turn", "Waiting for another player");
});

test("drop four: two tabs are two players, also when one was copied from the other", async (t) => {
  const one = await open(t, browser, `${url}/dropfour/#tabs`);
  await one.click("#sit-red");
  await is(one, "#red", "Red: you");
  const [two] = await Promise.all([one.waitForEvent("popup"), one.evaluate(() => window.open(location.href))]); // copies what is kept
  await is(two, "#status", "Connected");
  await is(two, "#red", /^Red: guest/);
  await two.click("#sit-yellow");
  await is(two, "#yellow", "Yellow: you");
  await is(one, "#turn", "Your turn");
  for (const page of [one, two]) await page.reload();
  await is(one, "#red", "Red: you");
  await is(two, "#yellow", "Yellow: you");
});

// ---- timer

test("timer: all see it run, pause and end", async (t) => {
  const one = await open(t, browser, `${url}/timer/#watch`);
  const two = await open(t, browser, `${url}/timer/#watch`);
  await is(one, "#left", "0:00");
  await press(one, "1 min");
  await is(two, "#phase", "Running");
  await is(two, "#left", "0:58");
  await two.click("#pause");
  await is(one, "#phase", "Paused");
  await settled(two);
  assert.equal(await one.textContent("#left"), await two.textContent("#left"));
  assert.equal(await one.textContent("#pause"), "Resume");

  await press(two, "10 s");
  await is(two, "#message", "Starting 10 s was refused: the countdown was started already; reset it first.");
  await one.click("#reset");
  await is(two, "#phase", "Ready");
  const start = two.getByText("10 s", { exact: true });
  await start.evaluate((button) => button.setAttribute("data-seconds", "1"));
  await start.click();
  await is(one, "#phase", "Time is up");
  await is(two, "#left", "0:00");
});

// ---- bank

/**
 * @param {Page} page
 * @param {string} from
 * @param {string} to
 * @param {string} amount
 */
async function pay(page, from, to, amount) {
  await page.selectOption("#from", from);
  await page.selectOption("#to", to);
  await page.fill("#amount", amount);
  await page.press("#amount", "Enter");
}

test("bank: transfers from both sides, and none that overdraws", async (t) => {
  const one = await open(t, browser, `${url}/bank/#bank`);
  const two = await open(t, browser, `${url}/bank/#bank`);
  for (const name of ["ben", "anna"]) {
    await one.fill("#name", name);
    await one.press("#name", "Enter");
  }
  await is(two, "#accounts", "anna0.00ben0.00");
  await pay(one, "", "anna", "1,000.50");
  await is(two, "#accounts", "anna1,000.50ben0.00");
  await is(two, "#paid", "1,000.50");

  await Promise.all([pay(one, "anna", "ben", "700"), pay(two, "anna", "ben", "700")]);
  await is(one, "#accounts", "anna300.50ben700.00");
  await settled(one);
  await settled(two);
  const refused = [...(await told(one)), ...(await told(two))];
  assert.deepEqual(refused, ["700.00 from anna to ben was refused: there is not enough money in the account."]);
  await pay(two, "ben", "", "0.05");
  await is(one, "#accounts", "anna300.50ben699.95");
  await is(one, "#paid", "1,000.45");

  await two.fill("#name", "anna");
  await two.press("#name", "Enter");
  await is(two, "#message", "Opening anna was refused: there is an account of this name already.");
  await pay(two, "ben", "ben", "1");
  await is(two, "#message", "Choose two different places to move money between.");
  await pay(two, "ben", "anna", "a lot");
  await is(two, "#message", "An amount looks like 12 or 12.50.");
  await pay(two, "", "anna", "5000000000000000.01"); // beyond the numbers of JavaScript
  await is(one, "#accounts", "anna5,000,000,000,000,300.51ben699.95");
});

for (const name of ["", "todo/", "dropfour/", "timer/", "bank/"]) {
  test(`/${name} shows everything in a narrow window without scrolling sideways`, async (t) => {
    const page = await open(t, browser, `${url}/${name}`, { width: 320, joins: name !== "" });
    const [width, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.equal(width, visible);
  });
}
