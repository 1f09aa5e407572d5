// What the counter's page does when its connection breaks and its server goes away: every press counts, once.

import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { launch } from "./browser.mjs";
import { demo, is, open, press, settled, told } from "./page.mjs";
import { wire } from "./wire.mjs";

const browser = await launch({ after });
const { url, address } = await demo({ after });

test("what was pushed while the server was away takes effect once", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "aper-test-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "aper.db");
  const first = await demo(t, "-file", file);
  const away = { allowed: /WebSocket connection to .* failed/ };
  const one = await open(t, browser, `${first.url}/counter/`, away);
  const two = await open(t, browser, `${first.url}/counter/`, away);
  await press(one, "+1", 2);
  await press(two, "+10");
  await is(one, "#value", "12");
  await settled(one);

  await first.stop();
  await is(one, "#status", "No connection.");
  await press(one, "+1", 3);
  await press(one, "−10", 2);
  await press(two, "+10");
  await is(one, "#sending", "5 changes wait to be sent");
  await is(two, "#sending", "1 change waits to be sent");
  await is(one, "#value", "12");

  await demo(t, "-file", file, "-addr", first.address);
  for (const page of [one, two]) {
    await is(page, "#status", "Connected");
    await settled(page);
  }
  await press(two, "+1");
  await settled(two);
  // The second −10 is refused, unless the other page's +10 came before.
  const refused = (await told(one)).length === 1;
  await is(two, "#value", refused ? "16" : "6");
  await is(one, "#value", refused ? "16" : "6");
});

test("a server that is killed while it is told something", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "aper-test-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "aper.db");
  let server = await demo(t, "-file", file);
  const page = await open(t, browser, `${server.url}/counter/`, { allowed: /WebSocket connection to .* failed/ });
  for (let round = 1; round <= 2; round++) {
    await page.evaluate(() => {
      const plus = [...document.querySelectorAll("button")].find((b) => b.textContent === "+1");
      for (let i = 0; i < 50; i++) plus?.click();
    });
    process.kill(server.pid, "SIGKILL");
    await server.ended;
    server = await demo(t, "-file", file, "-addr", server.address);
    await is(page, "#status", "Connected");
    await settled(page);
    await is(page, "#value", String(round * 50));
  }
});

test("a server that forgot the room gets what was waiting, once", async (t) => {
  const first = await demo(t);
  const page = await open(t, browser, `${first.url}/counter/`, { allowed: /WebSocket connection to .* failed/ });
  await press(page, "+10");
  await is(page, "#value", "10");
  await settled(page);
  await first.stop();
  await page.locator("#connection:not([data-status=open])").waitFor();
  await press(page, "+1", 2);
  await demo(t, "-addr", first.address);
  await is(page, "#value", "2");
  await settled(page);
  await press(page, "+1");
  await is(page, "#value", "3");
});

test("an outcome that was lost on the way comes after the connection is back, and the push is not repeated", async (t) => {
  const between = await wire(t, address);
  const page = await open(t, browser, `${between.url}/counter/#lost`);
  const witness = await open(t, browser, `${url}/counter/#lost`);
  await press(page, "+1", 2);
  await is(page, "#value", "2");

  between.deafen();
  await press(page, "+1", 3);
  await press(page, "−10");
  await is(witness, "#value", "5"); // the server has decided
  await is(page, "#value", "2");
  await is(page, "#sending", "sending 4…");

  between.cut();
  await page.locator("#connection[data-status=waiting]").waitFor();
  await press(page, "+1"); // not sent yet
  await is(page, "#status", "Connected");
  await settled(page);
  await is(page, "#value", "6");
  assert.deepEqual(await told(page), ["−10 was refused: the counter cannot go below zero."]);
  await is(witness, "#value", "6");

  between.cut(); // and again, with nothing under way
  await page.locator("#connection[data-status=waiting]").waitFor();
  await is(page, "#status", "Connected");
  await press(page, "+10");
  await is(witness, "#value", "16");
  await is(page, "#value", "16");
});

test("a connection that is cut again and again loses nothing and repeats nothing", async (t) => {
  const between = await wire(t, address);
  const page = await open(t, browser, `${between.url}/counter/#cuts`);
  const rounds = 6;
  for (let round = 1; round <= rounds; round++) {
    await press(page, "+1", 4);
    between.cut();
    await press(page, "+10");
  }
  await is(page, "#status", "Connected");
  await settled(page);
  await is(page, "#value", String(rounds * 14));
});

test("a server that is killed while two people write and count in two rooms of one file", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "aper-test-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "aper.db");
  let server = await demo(t, "-file", file);
  const away = { allowed: /WebSocket connection to .* failed/ };
  const counters = [await open(t, browser, `${server.url}/counter/`, away), await open(t, browser, `${server.url}/counter/`, away)];
  const lists = [await open(t, browser, `${server.url}/todo/`, away), await open(t, browser, `${server.url}/todo/`, away)];
  /** @type {string[]} */
  const written = [];
  const each = 20;
  for (let round = 1; round <= 2; round++) {
    for (const page of counters) {
      await page.evaluate((each) => {
        const plus = [...document.querySelectorAll("button")].find((b) => b.textContent === "+1");
        for (let i = 0; i < each; i++) plus?.click();
      }, each);
    }
    for (const [who, page] of lists.entries()) {
      const texts = Array.from({ length: each }, (_, i) => `${round} ${who} ${i}`);
      written.push(...texts);
      await page.evaluate((texts) => {
        for (const text of texts) {
          /** @type {any} */ (document.getElementById("text")).value = text;
          /** @type {any} */ (document.getElementById("add")).requestSubmit();
        }
      }, texts);
    }
    process.kill(server.pid, "SIGKILL");
    await server.ended;
    server = await demo(t, "-file", file, "-addr", server.address);
    for (const page of [...counters, ...lists]) {
      await is(page, "#status", "Connected");
      await settled(page);
      assert.deepEqual(await told(page), []);
    }
    for (const page of counters) await is(page, "#value", String(round * 2 * each));
    for (const page of lists) {
      await page.locator("#items li").nth(written.length - 1).waitFor();
      const shown = await page.$$eval("#items input.text", (all) => all.map((e) => /** @type {any} */ (e).value));
      assert.deepEqual(shown.toSorted(), written.toSorted()); // each once
      for (const who of ["0", "1"]) {
        const own = (/** @type {string[]} */ texts) => texts.filter((text) => text.split(" ")[1] === who);
        assert.deepEqual(own(shown), own(written)); // in the order in which they were written
      }
    }
  }
});
