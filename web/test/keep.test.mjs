// What a view leaves for the next page of its tab: a session that goes on, and pushes that still take effect once.

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { setImmediate } from "node:timers";
import { moduleAddress } from "./module.mjs";

/** @typedef {import("node:test").TestContext} T */
/** @typedef {import("../../examples/page/view.js").View<{ value: number }, object>} View */

const { View } = await import(await moduleAddress("view.js"));
const { mock } = /** @type {any} */ (await import("node:test"));

const session = { client: 7, token: "aa", epoch: "12345678901234567890" };
const key = "room";

/** What a page finds around itself; several tabs have each their own storage, and a copied tab a copy of it. */
class Tab {
  /** @type {Map<string, string>} */
  storage;
  window = new EventTarget();
  document = Object.assign(new EventTarget(), { hidden: false });
  /** @type {{ heard: any[], onopen(): void, onclose(event: object): void, onmessage(event: object): void }[]} */
  sockets = [];

  constructor(storage = new Map()) {
    this.storage = storage;
  }

  /** Makes this tab the one whose pages run. */
  enter() {
    const tab = this;
    class Socket {
      heard = /** @type {any[]} */ ([]);
      onopen() {}
      onclose() {}
      onmessage() {}
      constructor() {
        tab.sockets.push(this);
      }
      send(/** @type {string} */ text) {
        this.heard.push(JSON.parse(text));
      }
      close() {}
    }
    Object.assign(globalThis, {
      WebSocket: Socket,
      document: this.document,
      addEventListener: this.window.addEventListener.bind(this.window),
      sessionStorage: {
        getItem: (/** @type {string} */ key) => this.storage.get(key) ?? null,
        setItem: (/** @type {string} */ key, /** @type {string} */ value) => this.storage.set(key, value),
        removeItem: (/** @type {string} */ key) => this.storage.delete(key),
      },
    });
    return this;
  }

  /**
   * Loads a page in it.
   * @param {(outcome: object, transition: object) => void} [onoutcome]
   * @returns {View}
   */
  load(onoutcome) {
    this.enter();
    return new View("ws://there/room", { keep: key, onoutcome });
  }

  /** The page goes; whatever its connection says is not heard. */
  leave() {
    this.window.dispatchEvent(new Event("pagehide"));
    this.window = new EventTarget();
    this.document = Object.assign(new EventTarget(), { hidden: false });
  }

  /** @param {boolean} hidden */
  hide(hidden) {
    this.document.hidden = hidden;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  get socket() {
    const last = this.sockets.at(-1);
    if (!last) throw new Error("it did not connect");
    return last;
  }

  /** @param {object} message */
  say(message) {
    this.socket.onmessage({ data: JSON.stringify(message) });
  }

  /** @param {object} [welcome] */
  welcome(welcome) {
    this.socket.onopen();
    this.say({ welcome: { mode: "fresh", decided: 0, session, ...welcome }, seq: 0, state: { value: 0 } });
  }

  pushes() {
    return this.socket.heard.filter((m) => m.push).map(({ push, known, transition }) => [push, known, transition.n]);
  }
}

/**
 * A tab, in which time stands still.
 * @param {T} t
 */
function tab(t) {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const names = ["WebSocket", "document", "addEventListener", "sessionStorage"];
  const real = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
  t.after(() => {
    mock.timers.reset();
    names.forEach((name, i) => {
      delete (/** @type {any} */ (globalThis)[name]);
      if (real[i]) Object.defineProperty(globalThis, name, real[i]);
    });
  });
  return new Tab();
}

/** What is not immediate has happened. */
const soon = () => new Promise((resolve) => setImmediate(resolve));

test("the next page goes on with the session and with what is pending, under the same numbers", async (t) => {
  const one = tab(t);
  const view = one.load();
  one.welcome();
  for (const n of [1, 2, 3]) view.push({ n });
  one.say({ outcomes: [{ push: 1, confirmed: 1 }], seq: 1, state: { value: 1 } });
  one.socket.onclose({ code: 1006, reason: "" });
  view.push({ n: 4 }); // not sent so far
  assert.equal(one.storage.size, 0); // while somebody looks at the page
  one.leave();

  /** @type {[object, object][]} */
  const told = [];
  const next = one.load((outcome, transition) => told.push([outcome, transition]));
  assert.equal(one.storage.size, 0);
  assert.equal(next.pending.length, 3);
  next.push({ n: 5 });
  one.socket.onopen();
  assert.deepEqual(one.socket.heard, [{ hello: { session, known: 1, sent: 3, patch: true } }]);
  one.say({ welcome: { mode: "resumed", decided: 2, session }, outcomes: [{ push: 2, confirmed: 2 }], seq: 2, state: { value: 2 } });
  assert.equal(next.client, 7);
  assert.deepEqual(one.pushes(), [[3, 0, 3], [4, 1, 4], [5, 1, 5]]);
  one.say({ outcomes: [{ push: 3, rejected: "no" }], seq: 2, state: { value: 2 } });
  await soon();
  assert.deepEqual(told, [[{ confirmed: 2 }, { n: 2 }], [{ rejected: "no" }, { n: 3 }]]);
});

test("a page without anything pending goes on with the next number", (t) => {
  const one = tab(t);
  one.load().push({ n: 1 });
  one.welcome();
  one.say({ outcomes: [{ push: 1, confirmed: 1 }], seq: 1, state: { value: 1 } });
  one.leave();
  one.load().push({ n: 2 });
  one.welcome({ mode: "resumed", decided: 1 });
  assert.deepEqual(one.socket.heard[0], { hello: { session, known: 1, sent: 1, patch: true } });
  assert.deepEqual(one.pushes(), [[2, 1, 2]]);
});

test("what was never sent is sent by the next page", (t) => {
  const one = tab(t);
  one.load().push({ n: 1 }); // there is no server
  one.leave();
  one.load();
  one.welcome();
  assert.deepEqual(one.socket.heard[0], { hello: { patch: true } });
  assert.deepEqual(one.pushes(), [[1, 0, 1]]);
});

test("the same when a view is closed, and another is made in the same page", (t) => {
  const one = tab(t);
  const view = one.load();
  one.welcome();
  view.push({ n: 1 });
  view.close();
  one.load();
  one.welcome({ mode: "resumed" });
  assert.deepEqual(one.pushes(), [[1, 0, 1]]);
});

test("a copy of a tab that is looked at is another session", (t) => {
  const one = tab(t);
  one.load().push({ n: 1 });
  one.welcome();
  const two = new Tab(new Map(one.storage)).enter();
  two.load();
  two.welcome();
  assert.deepEqual(two.socket.heard, [{ hello: { patch: true } }]);
});

test("a page that ended while it was hidden has left all that it knew", (t) => {
  const one = tab(t);
  const view = one.load();
  one.welcome();
  one.hide(true);
  view.push({ n: 1 });
  one.say({ outcomes: [{ push: 1, confirmed: 1 }], seq: 1, state: { value: 1 } });
  const after = new Tab(new Map(one.storage)); // the old one is gone without a word
  after.load();
  after.welcome({ mode: "resumed", decided: 1 });
  assert.deepEqual(after.socket.heard, [{ hello: { session, known: 1, sent: 1, patch: true } }]);
});

test("a page that is looked at again goes on, and leaves nothing to copy", (t) => {
  const one = tab(t);
  const view = one.load();
  one.welcome();
  one.hide(true);
  assert.equal(one.storage.size, 1);
  one.hide(false);
  assert.equal(one.storage.size, 0);
  assert.equal(view.status, "open");
  assert.equal(one.sockets.length, 1);
});

test("a hidden tab and its copy: one keeps the session, the other takes a new one, and neither repeats what both have", async (t) => {
  const one = tab(t);
  const view = one.load();
  one.welcome();
  one.socket.onclose({ code: 1006, reason: "" });
  /** @type {object[]} */
  const told = [];
  view.push({ n: 1 }).then((outcome) => told.push(outcome));
  one.hide(true);
  const two = new Tab(new Map(one.storage));
  two.load();
  two.welcome({ mode: "resumed" });
  assert.deepEqual(two.pushes(), [[1, 0, 1]]); // the copy is first

  one.enter().hide(false);
  mock.timers.tick(500);
  one.socket.onopen();
  one.say({ close: { code: 4201, reason: "older than what it has pushed", action: "new session" } });
  mock.timers.tick(1_000);
  one.welcome({ session: { ...session, client: 8 } });
  assert.deepEqual(one.socket.heard, [{ hello: { patch: true } }]);
  await soon();
  assert.deepEqual(told, [{ unknown: true }]);
  assert.equal(view.client, 8);
  assert.equal(one.sockets.length, 3); // and that is the end of it
  assert.equal(two.sockets.length, 1);
});

test("a page that comes back after another took over begins a new session", async (t) => {
  const one = tab(t);
  const view = one.load();
  one.welcome();
  one.hide(true);
  one.storage.delete(key); // another page of this tab took it
  one.hide(false);
  assert.equal(view.status, "waiting");
  mock.timers.tick(500);
  one.socket.onopen();
  assert.deepEqual(one.socket.heard, [{ hello: { patch: true } }]);
});

test("nothing is kept of a view that was told to stop", (t) => {
  const one = tab(t);
  one.load();
  one.welcome();
  one.hide(true);
  one.say({ close: { code: 4303, reason: "not allowed", action: "stop" } });
  assert.equal(one.storage.size, 0);
  one.leave();
  assert.equal(one.storage.size, 0);
});

test("a browser that keeps nothing loses the session with the page, and nothing else", (t) => {
  const one = tab(t).enter();
  const fail = () => {
    throw new Error("forbidden");
  };
  Object.assign(globalThis.sessionStorage, { getItem: fail, setItem: fail, removeItem: fail });
  const view = new View("ws://there/room", { keep: key });
  one.welcome();
  one.hide(true);
  one.hide(false);
  assert.equal(view.status, "open");
  assert.equal(one.sockets.length, 1);
});

test("what is kept there by somebody else is not taken for a session", (t) => {
  const one = tab(t);
  one.storage.set(key, "no JSON");
  one.load();
  one.welcome();
  assert.deepEqual(one.socket.heard, [{ hello: { patch: true } }]);
});
