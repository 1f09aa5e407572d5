// Package client in a browser: a replica that runs the rules itself, over a WebSocket, with its session in the page's storage.

import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { launch, root } from "./browser.mjs";
import { demo } from "./page.mjs";

/** @typedef {import("node:test").TestContext} T */
/** @typedef {import("playwright-core").Page} Page */

const browser = await launch({ after });
const run = promisify(execFile);
const html = `<!doctype html><title>Replica</title><script src="/wasm_exec.js"></script><script>
  const go = new Go();
  WebAssembly.instantiateStreaming(fetch("/main.wasm"), go.importObject).then(({ instance }) => go.run(instance));
</script>`;
/** @type {Record<string, { contentType: string, body: string | Uint8Array }>} */
const files = { "": { contentType: "text/html", body: html } };
const directory = await mkdtemp(join(tmpdir(), "aper-test-"));
after(() => rm(directory, { recursive: true, force: true }));

before(async () => {
  const program = join(directory, "main.wasm");
  const env = { ...process.env, GOOS: "js", GOARCH: "wasm" };
  await run("go", ["build", "-o", program, "./examples/counter/cmd/wasm"], { cwd: root, env });
  const { stdout } = await run("go", ["env", "GOROOT"], { cwd: root });
  const support = await readFile(join(stdout.trim(), "lib/wasm/wasm_exec.js"));
  files["main.wasm"] = { contentType: "application/wasm", body: await readFile(program) };
  files["wasm_exec.js"] = { contentType: "text/javascript", body: support };
});

/**
 * Serves the page, and passes WebSockets on to the demo, which may come and go.
 * @param {T} t
 * @param {string} address   host:port of the demo
 */
async function site(t, address) {
  const [host, port] = address.split(":");
  const server = createServer((/** @type {any} */ request, /** @type {any} */ response) => {
    const file = files[request.url.slice("/".length)];
    response.writeHead(file ? 200 : 404, file && { "Content-Type": file.contentType });
    response.end(file?.body);
  });
  server.on("upgrade", (/** @type {any} */ request, /** @type {any} */ near) => {
    const far = connect({ host, port: Number(port) });
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
    const lines = request.rawHeaders.map((/** @type {string} */ text, /** @type {number} */ i) => text + (i % 2 ? "\r\n" : ": "));
    far.write(`GET ${request.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
    near.pipe(far).pipe(near);
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  t.after(() => (server.close(), server.closeAllConnections()));
  return `localhost:${server.address().port}`;
}

/**
 * A browser with storage of its own.
 * @param {T} t
 */
async function visitor(t) {
  const context = await browser.newContext();
  t.after(() => context.close());
  return context;
}

/**
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} address   host:port of the site
 */
async function replica(context, address) {
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`http://${address}/#ws://${address}/counter/wasm`);
  await page.waitForFunction(() => "counter" in window || "failed" in window);
  return page;
}

/**
 * Waits until a method of the page's client returns what is wanted.
 * @param {Page} page
 * @param {string} method
 * @param {unknown} wanted
 */
const becomes = (page, method, wanted) =>
  page.waitForFunction(([m, w]) => /** @type {any} */ (window).counter[/** @type {string} */ (m)]() === w, [method, wanted]);

/**
 * @param {Page} page
 * @param {number} by
 */
const add = (page, by) => page.evaluate((by) => /** @type {any} */ (window).counter.add(by), by);

test("two replicas in browsers, and one that is closed while the server is away", async (t) => {
  const file = join(directory, "wasm.db");
  let server = await demo(t, "-file", file);
  const [mine, other] = [await visitor(t), await visitor(t)];
  const address = await site(t, server.address);
  let one = await replica(mine, address);
  const two = await replica(other, address);
  await add(one, 1);
  await add(two, 10);
  for (const page of [one, two]) await becomes(page, "value", 11);
  await becomes(one, "waiting", 0);

  process.kill(server.pid, "SIGKILL");
  await server.ended;
  await becomes(one, "online", false);
  await add(one, 100);
  await add(one, 1000);
  await becomes(one, "value", 1111); // shown at once
  await one.close();
  one = await replica(mine, address); // another page, which begins from what the storage has
  await becomes(one, "value", 1111);
  await becomes(one, "waiting", 2);

  server = await demo(t, "-file", file, "-addr", server.address);
  await becomes(one, "waiting", 0);
  for (const page of [one, two]) await becomes(page, "value", 1111);
  await add(two, -1);
  for (const page of [one, two]) await becomes(page, "value", 1110);
});

test("a session is of one page at a time, and goes on in the next", async (t) => {
  const address = await site(t, (await demo(t)).address);
  const context = await visitor(t);
  const first = await replica(context, address);
  await add(first, 1);
  await becomes(first, "waiting", 0);
  const second = await replica(context, address);
  assert.match(await second.evaluate(() => /** @type {any} */ (window).failed), /another client uses it/);
  await first.reload();
  await first.waitForFunction(() => "counter" in window || "failed" in window);
  await becomes(first, "value", 1);
});

test("what is not a session is left as it is", async (t) => {
  const address = await site(t, (await demo(t)).address);
  const context = await visitor(t);
  await context.addInitScript(() => localStorage.setItem("session", "aper session 1 !"));
  const page = await replica(context, address);
  assert.match(await page.evaluate(() => /** @type {any} */ (window).failed), /damaged/);
  assert.equal(await page.evaluate(() => localStorage.getItem("session")), "aper session 1 !");
});
