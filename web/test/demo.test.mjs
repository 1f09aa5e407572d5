// What a newcomer sees: `aper demo`, the list of examples, and the counter's page.

import { strict as assert } from "node:assert";
import { after, test } from "node:test";
import { launch } from "./browser.mjs";
import { demo, is, open, press, settled, told } from "./page.mjs";

const browser = await launch({ after });
const { url } = await demo({ after });

test("the list leads to the pages of all examples, and they lead back", async (t) => {
  const page = await open(t, browser, url, { joins: false });
  const names = await page.locator("main h2").allTextContents();
  assert.ok(names.length >= 5);
  for (const name of names) {
    await page.getByRole("link", { name, exact: true }).click();
    await is(page, "#status", "Connected");
    await is(page, ".mark", new RegExp(`^Aper ${name}$`));
    await is(page, "#room", "lobby");
    await page.locator(".mark").click();
    await is(page, "h1", "State machines to share");
  }
});

test("two pages in one room show one counter", async (t) => {
  const one = await open(t, browser, `${url}/counter/#together`);
  const two = await open(t, browser, `${url}/counter/?room=together`);
  await is(one, "#room", "together");
  await is(two, "#room", "together");
  await press(one, "+10");
  await press(two, "+1", 3);
  await is(one, "#value", "13");
  await is(two, "#value", "13");
  await press(two, "−1");
  await is(one, "#value", "12");
  assert.equal(await one.title(), "12 · together");
  await press(one, "Reset");
  await is(two, "#value", "0");
  await settled(one);
  await settled(two);
});

test("the keys + and − count, and buttons take Enter", async (t) => {
  const page = await open(t, browser, `${url}/counter/#keys`);
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await page.keyboard.press("=");
  await page.keyboard.press("-");
  await is(page, "#value", "2");
  await page.getByRole("button", { name: "Plus ten" }).press("Enter");
  await is(page, "#value", "12");
  await page.keyboard.press("Control++"); // the browser's own
  await page.keyboard.press("+");
  await is(page, "#value", "13");
});

test("a refused change says why, and changes nothing", async (t) => {
  const one = await open(t, browser, `${url}/counter/#zero`);
  const two = await open(t, browser, `${url}/counter/#zero`);
  await press(one, "+1", 3);
  await is(two, "#value", "3");
  await press(one, "−10");
  await is(one, "#message", "−10 was refused: the counter cannot go below zero.");
  assert.equal(await one.getAttribute("#message", "role"), "status");
  await is(one, "#value", "3");
  await press(two, "+1");
  await is(one, "#value", "4"); // so what two was shown before includes the refused one
  await is(two, "#value", "4");
  await settled(one);
  await is(one, "#message", ""); // after a while
  assert.deepEqual(await told(two), []);
});

test("rooms are separate, and the address changes them", async (t) => {
  const one = await open(t, browser, `${url}/counter/#red`);
  const two = await open(t, browser, `${url}/counter/#blue%20%C3%A9%3F/it's`);
  await is(two, "#room", "blue é?/it's");
  await press(one, "+1", 2);
  await is(one, "#value", "2");
  await press(two, "+10");
  await is(two, "#value", "10");
  await is(one, "#value", "2");
  await is(two, "#command", /^go run .* ws:\/\/localhost:\d+\/counter\/blue%20%C3%A9%3F\/it%27s$/);
  const loaded = two.waitForEvent("load");
  await two.evaluate(() => (location.hash = "#red"));
  await loaded;
  await is(two, "#room", "red");
  await is(two, "#value", "2");
  await press(two, "+1");
  await is(one, "#value", "3");
});

test("numbers beyond those of JavaScript are whole", async (t) => {
  const page = await open(t, browser, `${url}/counter/#big`);
  const button = page.getByRole("button", { name: "Plus ten" });
  await button.evaluate((b) => b.setAttribute("data-push", '{"Increment": {"by": "9007199254740993"}}'));
  await button.click();
  await is(page, "#value", "9007199254740993");
  await press(page, "+1");
  await is(page, "#value", "9007199254740994");
});

test("what the machine does not know is refused with the problem", async (t) => {
  const page = await open(t, browser, `${url}/counter/#unknown`);
  const button = page.getByRole("button", { name: "Plus ten" });
  await button.evaluate((b) => b.setAttribute("data-push", '{"Square": {}}'));
  await button.click();
  await is(page, "#message", /^\+10 was refused: .*Square/);
  await press(page, "+1");
  await is(page, "#value", "1");
  await settled(page);
});

test("a narrow window shows everything without scrolling sideways", async (t) => {
  const page = await open(t, browser, `${url}/counter/#a-room-with-a-name-as-long-as-nobody-would-ever-type-it`, { width: 320 });
  const button = page.getByRole("button", { name: "Plus ten" });
  await button.evaluate((b) => b.setAttribute("data-push", '{"Increment": {"by": "9223372036854775807"}}'));
  await button.click();
  await is(page, "#value", "9223372036854775807");
  const [width, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.equal(width, visible);
});
