// What tests of pages need, besides a browser.

import { strict as assert } from "node:assert";
import { startGo } from "./browser.mjs";

/** @typedef {import("node:test").TestContext} T */
/** @typedef {import("playwright-core").Page} Page */

const quick = 15_000; // milliseconds; the machine may be busy

/**
 * @param {import("./browser.mjs").Scope} scope
 * @param {string[]} args
 */
export function demo(scope, ...args) {
  return startGo(scope, "./cmd/aper", ["demo", "-addr", "localhost:0", "-file", "", ...args]); // the last -addr and -file count
}

/**
 * Opens a page in a window of its own and waits until it is connected. Whatever it complains about fails the test,
 * except the lines that match allowed.
 * @param {T} t
 * @param {import("playwright-core").Browser} browser
 * @param {string} at
 * @param {{ allowed?: RegExp, width?: number, joins?: boolean, before?: (page: Page) => void }} [options]
 *   joins: the page joins a room; before: called before it is loaded
 */
export async function open(t, browser, at, { allowed, width = 1000, joins = true, before = () => {} } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(quick);
  /** @type {string[]} */
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && complaints.push(m.text()));
  page.on("response", (r) => r.status() >= 400 && complaints.push(`${r.status()} ${r.url()}`));
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints.filter((line) => !allowed?.test(line)), []);
  });
  before(page);
  await page.goto(at);
  if (!joins) return page;
  await page.evaluate(() => {
    const message = document.querySelector("#message");
    const told = /** @type {(string | null)[]} */ ([]);
    new MutationObserver(() => message?.textContent && told.push(message.textContent)).observe(message ?? document, { childList: true });
    Object.assign(window, { told });
  });
  await is(page, "#status", "Connected");
  return page;
}

/**
 * All messages that the page has shown, also those that are gone.
 * @param {Page} page
 * @returns {Promise<string[]>}
 */
export const told = (page) => page.evaluate(() => /** @type {any} */ (window).told);

/**
 * Waits until an element's text is as wanted, and says what it was when it does not become so.
 * @param {Page} page
 * @param {string} selector
 * @param {string | RegExp} want
 */
export async function is(page, selector, want) {
  const matches = (/** @type {string} */ text) => (typeof want === "string" ? text === want : want.test(text));
  const deadline = Date.now() + quick;
  for (;;) {
    const text = (await page.textContent(selector)) ?? "";
    if (matches(text)) return;
    if (Date.now() > deadline) assert.fail(`${selector} is ${JSON.stringify(text)}, not ${want}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/**
 * @param {Page} page
 * @param {string} label   "+1"
 * @param {number} [times]
 */
export async function press(page, label, times = 1) {
  const button = page.getByText(label, { exact: true }).and(page.locator("button"));
  for (let i = 0; i < times; i++) await button.click();
}

/** Nothing is under way. @param {Page} page */
export const settled = (page) => page.locator("#sending:not(.on)").waitFor({ state: "attached" });
