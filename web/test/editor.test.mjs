// The editor's page, with two people in one text: what they type, where their cursors are, and a server that goes away.

import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { launch } from "./browser.mjs";
import { demo, is, open, settled, told } from "./page.mjs";
import { wire } from "./wire.mjs";

/** @typedef {import("playwright-core").Page} Page */

const browser = await launch({ after });
const { url, address } = await demo({ after });

const body = "#body";
/** @param {Page} page */
const text = (page) => page.inputValue(body);

/** The cursor is after so much of the text. @param {Page} page */
const before = (page) => page.$eval(body, (e) => /** @type {any} */ (e).value.slice(0, /** @type {any} */ (e).selectionStart));

/** @param {Page} page @param {string} after */
async function click(page, after) {
  await page.focus(body);
  await page.$eval(body, (e, after) => {
    const area = /** @type {any} */ (e);
    const at = area.value.indexOf(after) + after.length;
    area.setSelectionRange(at, at);
  }, after);
}

/**
 * Waits until all pages show one text, that fulfils the condition, and nothing is under way.
 * @param {Page[]} pages
 * @param {(text: string) => boolean} done
 */
async function agree(pages, done) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const texts = await Promise.all(pages.map(text));
    const waiting = await Promise.all(pages.map((page) => page.$eval("#sending", (e) => e.classList.contains("on"))));
    const [first = ""] = texts;
    if (texts.every((text) => text === first) && done(first) && !waiting.includes(true)) return first;
    if (Date.now() > deadline) assert.fail(`they show ${JSON.stringify(texts)}, waiting: ${waiting}`);
    await pages[0]?.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/**
 * Two people in a room, who have begun with a text.
 * @param {import("node:test").TestContext} t
 * @param {string} at
 * @param {string} start
 * @param {object} [options]
 */
async function two(t, at, start, options) {
  const [one, other] = [await open(t, browser, at, options), await open(t, browser, at, options)];
  await one.locator(body).fill(start);
  await agree([one, other], (text) => text === start);
  return { one, other };
}

test("what two type at once at two places is there whole, and nobody's cursor goes astray", async (t) => {
  const { one, other } = await two(t, `${url}/editor/#places`, "Dear all,\n\nSincerely 😀");
  await click(one, "Dear");
  await click(other, "😀");
  await Promise.all([one.keyboard.type(" and valued 𠀀 customers, friends, and", { delay: 5 }), other.keyboard.type(" yours, the management", { delay: 4 })]);
  const want = "Dear and valued 𠀀 customers, friends, and all,\n\nSincerely 😀 yours, the management";
  await agree([one, other], (text) => text === want);
  assert.equal(await before(one), want.slice(0, want.indexOf(" all,")));
  assert.equal(await before(other), want);
});

test("what two type at once at one place is there whole, one after the other", async (t) => {
  const { one, other } = await two(t, `${url}/editor/#place`, "()");
  await click(one, "(");
  await click(other, "(");
  const [a, b] = ["the quick brown fox jumps", "OVER THE LAZY DOG"];
  await Promise.all([one.keyboard.type(a, { delay: 3 }), other.keyboard.type(b, { delay: 4 })]);
  const shown = await agree([one, other], (text) => text.length === a.length + b.length + 2);
  assert.ok(shown === `(${a}${b})` || shown === `(${b}${a})`, shown);
  assert.ok((await before(one)).endsWith(a));
  assert.ok((await before(other)).endsWith(b));
});

test("what is deleted, pasted and typed over by one while another types", async (t) => {
  const long = "Lorem ipsum dolor sit amet. ".repeat(1_000);
  const { one, other } = await two(t, `${url}/editor/#deleted`, "Keep this. Delete this. Keep this, too.");
  await one.$eval(body, (e) => {
    const area = /** @type {any} */ (e);
    area.focus();
    area.setSelectionRange(11, 24);
  });
  await click(other, "Delete th");
  await Promise.all([one.keyboard.press("Backspace"), other.keyboard.type("XYZ", { delay: 2 })]);
  await agree([one, other], (text) => text === "Keep this. XYZKeep this, too.");
  await click(one, "too.");
  await click(other, "Keep");
  await Promise.all([one.keyboard.insertText(long), other.keyboard.type(" all of", { delay: 20 })]);
  await agree([one, other], (text) => text === `Keep all of this. XYZKeep this, too.${long}`);
  assert.equal(await before(other), "Keep all of");
});

test("names and cursors are shown to the others, and go with who leaves", async (t) => {
  const { one, other } = await two(t, `${url}/editor/#names`, "one two three");
  await one.fill("#name", "Ann");
  await click(one, "one");
  await is(other, "#people", /Ann/);
  await is(other, "#people", /guest \d+ \(you\)/);
  await is(one, "#people", /Ann \(you\)/);
  const shownBefore = () => other.$eval("#behind", (e) => (e.querySelector("span") ? (e.textContent ?? "").split("Ann")[0] : undefined));
  const cursorAfter = async (/** @type {string} */ want) => {
    const deadline = Date.now() + 10_000;
    for (let got; (got = await shownBefore()) !== want; ) {
      assert.ok(Date.now() < deadline, `the cursor is after ${JSON.stringify(got)}`);
      await other.evaluate(() => new Promise(requestAnimationFrame));
    }
  };
  await cursorAfter("one");
  await click(other, "");
  await other.keyboard.type("zero ");
  await cursorAfter("zero one");
  await click(one, "two");
  await cursorAfter("zero one two");
  await one.keyboard.press("Shift+Home");
  await is(other, "#behind mark", "zero one two");
  await one.reload();
  await is(one, "#status", "Connected");
  assert.equal(await one.inputValue("#name"), "Ann");
  await one.close();
  await is(other, "#people", /^guest \d+ \(you\)$/);
  assert.equal(await other.$("#behind span"), null);
});

test("the title is shared", async (t) => {
  const { one, other } = await two(t, `${url}/editor/#title`, "text");
  await one.fill("#title", "Minutes");
  await one.keyboard.press("Tab");
  const deadline = Date.now() + 10_000;
  while ((await other.inputValue("#title")) !== "Minutes") assert.ok(Date.now() < deadline);
  assert.equal(await other.title(), "Minutes · title");
});

test("a connection that is cut while two type loses nothing and repeats nothing", async (t) => {
  const between = await wire(t, address);
  const away = { allowed: /WebSocket connection to .* failed/ };
  const one = await open(t, browser, `${between.url}/editor/#cuts`, away);
  const other = await open(t, browser, `${url}/editor/#cuts`);
  await one.locator(body).fill("<>");
  await agree([one, other], (text) => text === "<>");
  await click(one, "<");
  await click(other, "<>");
  const [a, b] = ["", ""].map((_, i) => Array.from({ length: 60 }, (_, n) => `${"ab"[i]}${n} `).join(""));
  const typing = [one.keyboard.type(a ?? "", { delay: 15 }), other.keyboard.type(b ?? "", { delay: 15 })];
  for (let cut = 0; cut < 4; cut++) {
    if (cut === 1) between.deafen();
    await one.waitForFunction((n) => /** @type {any} */ (document.getElementById("body")).value.includes(`a${n} `), (cut + 1) * 12);
    between.cut();
  }
  await Promise.all(typing);
  await agree([one, other], (text) => text === `<${a}>${b}`);
});

test("a server that is killed and started again while two type: nothing is lost and nothing doubled", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "aper-test-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "aper.db");
  let server = await demo(t, "-file", file);
  const { one, other } = await two(t, `${server.url}/editor/`, "<>", { allowed: /WebSocket connection to .* failed/ });
  await click(one, "<");
  await click(other, "<>");
  const [a, b] = ["a", "b"].map((who) => Array.from({ length: 80 }, (_, n) => `${who}${n} `).join(""));
  const typing = [one.keyboard.type(a ?? "", { delay: 4 }), other.keyboard.type(b ?? "", { delay: 4 })];
  for (let round = 1; round <= 2; round++) {
    await other.waitForFunction((n) => /** @type {any} */ (document.getElementById("body")).value.includes(`b${n} `), round * 25);
    process.kill(server.pid, "SIGKILL");
    await server.ended;
    server = await demo(t, "-file", file, "-addr", server.address);
  }
  await Promise.all(typing);
  await agree([one, other], (text) => text === `<${a}>${b}`);
  for (const page of [one, other]) assert.deepEqual(await told(page), []);
});

test("what was typed and not sent is there after the page is loaded again", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "aper-test-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const server = await demo(t);
  const between = await wire(t, server.address);
  const page = await open(t, browser, `${between.url}/editor/#again`, { allowed: /WebSocket connection to .* failed/ });
  page.on("dialog", (dialog) => dialog.accept());
  await page.locator(body).fill("begin ");
  await settled(page);
  between.deafen(); // the first letter is decided, and the others wait
  await click(page, "begin ");
  await page.keyboard.type("and go on");
  await page.$eval(body, (e) => {
    const area = /** @type {any} */ (e);
    area.setRangeText("To ", 0, 0, "end");
    area.dispatchEvent(new InputEvent("input"));
  });
  between.cut();
  await page.reload();
  await is(page, "#status", "Connected");
  await agree([page], (text) => text === "To begin and go on");
});

test("a narrow window shows everything without scrolling sideways", async (t) => {
  const page = await open(t, browser, `${url}/editor/#narrow`, { width: 320 });
  await page.locator(body).fill(`word ${"W".repeat(400)}\n\n`.repeat(3));
  await page.fill("#name", "W".repeat(40));
  await settled(page);
  const [width, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.equal(width, visible);
  const [area, behind] = await page.$$eval("#body, #behind", (all) => all.map((e) => [e.scrollHeight, e.clientHeight]));
  assert.ok(area && behind && area[0] === area[1] && behind[1] !== undefined, `${area} ${behind}`); // all lines are there
});
