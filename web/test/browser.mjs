// What browser tests need: a Chromium, and a Go command to talk to.
//
//   import { launch, startGo } from "./browser.mjs";
//
//   test("the counter counts", async (t) => {
//     const server = await startGo(t, "./cmd/aper", ["demo", "-addr", "127.0.0.1:0"]);
//     const browser = await launch(t);
//     const page = await browser.newPage();
//     await page.goto(server.url);
//   });
//
// Both end with the test t that they are given; instead of a test, `{ after }` from node:test ends them with the file.

import { spawn, execFile } from "node:child_process";
import { accessSync, constants, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

/** @typedef {{ after(fn: () => unknown): void }} Scope  a test, or something else that ends */

/** The repository's root: where Go commands are built and run. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Launches Chromium without a window, with a profile of its own that is gone afterwards.
 * @param {Scope} scope
 */
export async function launch(scope) {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: flags }); // makes a fresh user-data-dir
  scope.after(() => browser.close());
  return browser;
}

/** Finds Chromium: APER_CHROMIUM, or else the usual places. Playwright itself never gets to download one. */
export function chromiumPath() {
  if (process.env.APER_CHROMIUM) return process.env.APER_CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
  /** @type {string[]} */
  const directories = (process.env.PATH ?? "").split(delimiter);
  const places = names.flatMap((name) => directories.map((directory) => join(directory, name)));
  places.push("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium");
  const found = places.find(isExecutable);
  if (!found) throw new Error("no Chromium found: install it (apt-get install chromium), or set APER_CHROMIUM to its path");
  return found;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Builds a Go command into a temporary directory, starts it there, and waits until it prints, on stdout, the address
 * it listens on: a URL, or host:port.
 * @param {Scope} scope
 * @param {string} pkg   the command's package, from the root: "./cmd/aper"
 * @param {string[]} [args]
 * @param {{ env?: Record<string, string>, patience?: number }} [options]  patience: milliseconds until it must listen
 */
export async function startGo(scope, pkg, args = [], { env = {}, patience = 30_000 } = {}) {
  const directory = await mkdtemp(join(tmpdir(), "aper-test-"));
  scope.after(() => rm(directory, { recursive: true, force: true }));

  const binary = join(directory, basename(pkg));
  await promisify(execFile)("go", ["build", "-o", binary, pkg], { cwd: root });

  const child = spawn(binary, args, { cwd: directory, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const printed = { stdout: "", stderr: "" };
  const output = () => printed.stdout + printed.stderr;
  const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(signal ?? code)));
  const stop = () => terminate(child, ended);
  scope.after(stop);
  dieWithUs(child, directory);

  /** @type {Promise<string>} */
  const listening = new Promise((resolve, reject) => {
    const complain = (/** @type {string} */ what) => reject(new Error(`${pkg} ${what}; it printed:\n${output()}`));
    child.stdout.setEncoding("utf8").on("data", (text) => {
      printed.stdout += text;
      const address = findAddress(printed.stdout);
      if (address) resolve(address);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => (printed.stderr += text));
    child.once("error", (error) => complain(`did not start (${error.message})`));
    ended.then((how) => complain(`ended (${how}) before it printed an address`));
    const timer = setTimeout(() => complain(`printed no address for ${patience / 1000} s`), patience);
    ended.then(() => clearTimeout(timer));
    scope.after(() => clearTimeout(timer));
  });
  const address = await listening;
  return { address, url: `http://${address}`, pid: child.pid, output, stop, ended };
}

/**
 * The first host:port in a whole line of text, fit to connect to.
 * @param {string} text
 */
export function findAddress(text) {
  const lines = text.slice(0, text.lastIndexOf("\n") + 1);
  const found = /(?:localhost|\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+/.exec(lines);
  return found?.[0].replace(/^(0\.0\.0\.0|\[::\])/, "localhost");
}

/**
 * Asks the command to end; insists after five seconds.
 * @param {import("node:child_process").ChildProcess} child
 * @param {Promise<unknown>} ended
 */
async function terminate(child, ended) {
  child.kill("SIGTERM");
  const insist = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(insist);
}

/**
 * Leaves nothing behind when the test process is cut short.
 * @param {import("node:child_process").ChildProcess} child
 * @param {string} directory
 */
function dieWithUs(child, directory) {
  const die = () => {
    child.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  };
  process.once("exit", die);
  child.once("close", () => process.off("exit", die));
}
