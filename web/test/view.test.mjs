// The page's View, against a server that says what the test wants, when the test wants.

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { setImmediate } from "node:timers";
import { moduleAddress } from "./module.mjs";

/** @typedef {import("node:test").TestContext} T */
/** @typedef {import("../../examples/page/view.js").View<{ value: number }, object>} View */

const { View } = await import(await moduleAddress("view.js"));
const { mock } = /** @type {any} */ (await import("node:test"));

const session = { client: 7, token: "aa", epoch: "12345678901234567890" };
const plus = { Increment: { by: 1 } };

/** The server's end of a WebSocket, too. */
class FakeSocket {
  /** @type {FakeSocket[]} */
  static all = [];
  /** @type {any[]} */
  heard = [];
  closed = false;
  onopen = () => {};
  onclose = (/** @type {{ code: number, reason: string }} */ _) => {};
  onmessage = (/** @type {{ data: string }} */ _) => {};

  /**
   * @param {string} url
   * @param {string} protocol
   */
  constructor(url, protocol) {
    assert.equal(protocol, "aper.json.1");
    FakeSocket.all.push(this);
  }

  /** @param {string} text */
  send(text) {
    this.heard.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  /** @param {object} message */
  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  /** @param {object} [welcome] */
  welcome(welcome) {
    this.onopen();
    this.say({ welcome: { mode: "fresh", decided: 0, session, ...welcome }, seq: 0, state: { value: 0 } });
  }

  /** The pushes that came, without their transitions. */
  pushes() {
    return this.heard.filter((m) => m.push).map(({ push, known }) => [push, known]);
  }
}

/**
 * Makes a view; time stands still until it is told to go on.
 * @param {T} t
 * @param {object} [options]
 */
function start(t, options) {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const real = globalThis.WebSocket;
  globalThis.WebSocket = /** @type {any} */ (FakeSocket);
  FakeSocket.all = [];
  let changes = 0;
  /** @type {View} */
  const view = new View("ws://there/room", { onchange: () => changes++, ...options });
  t.after(() => {
    view.close();
    globalThis.WebSocket = real;
    mock.timers.reset();
  });
  return { view, changes: () => changes };
}

/** The socket made last. */
function socket() {
  const last = FakeSocket.all.at(-1);
  if (!last) throw new Error("it did not connect");
  return last;
}

/** The connection breaks, and there is another. */
function reconnect() {
  const before = FakeSocket.all.length;
  socket().onclose({ code: 1006, reason: "" });
  mock.timers.tick(10_000);
  assert.equal(FakeSocket.all.length, before + 1);
}

/**
 * What became of pushes by now.
 * @param {Promise<object>[]} pushes
 */
async function outcomes(pushes) {
  await new Promise((resolve) => setImmediate(resolve));
  return Promise.all(pushes.map((p) => Promise.race([p, Promise.resolve("none")])));
}

test("pushes are numbered, wait for the welcome, and get their outcome after the state", async (t) => {
  const { view, changes } = start(t);
  const one = view.push(plus);
  assert.equal(view.status, "connecting");
  socket().onopen();
  assert.deepEqual(socket().heard, [{ hello: { patch: true } }]);
  socket().welcome();
  assert.equal(view.status, "open");
  const two = view.push(plus);
  assert.deepEqual(socket().heard.filter((m) => m.push), [
    { push: 1, known: 0, transition: plus },
    { push: 2, known: 0, transition: plus },
  ]);
  const before = changes();
  const then = one.then(() => view.state);
  socket().say({ outcomes: [{ push: 1, confirmed: 1 }, { push: 2, rejected: "no", path: "a.b" }], seq: 1, state: { value: 1 } });
  assert.equal(changes(), before + 1); // all in one step
  assert.deepEqual(await outcomes([one, two]), [{ confirmed: 1 }, { rejected: "no", path: "a.b" }]);
  assert.deepEqual(await then, { value: 1 });
  assert.deepEqual(view.pending, []);
  view.push(plus);
  assert.deepEqual(socket().pushes().at(-1), [3, 2]);
});

test("a resumed session sends again what is not decided, and nothing else", async (t) => {
  const { view } = start(t);
  socket().welcome();
  const pushes = [1, 2, 3, 4].map(() => view.push(plus));
  socket().say({ outcomes: [{ push: 1, confirmed: 1 }], seq: 1, state: { value: 1 } });
  reconnect();
  pushes.push(view.push(plus)); // 5, not sent so far
  socket().onopen();
  assert.deepEqual(socket().heard, [{ hello: { session, known: 1, sent: 4, patch: true } }]);
  socket().say({ welcome: { mode: "resumed", decided: 3, session }, outcomes: [{ push: 2, confirmed: 2 }], seq: 3, state: { value: 3 } });
  assert.deepEqual(socket().pushes(), [[4, 0], [5, 1]]);
  socket().say({ outcomes: [{ push: 3, confirmed: 3 }], seq: 3, state: { value: 3 } });
  assert.deepEqual(socket().pushes(), [[4, 0], [5, 1]]);
  assert.deepEqual(await outcomes(pushes), [{ confirmed: 1 }, { confirmed: 2 }, { confirmed: 3 }, "none", "none"]);
});

test("when the server forgot the session, what was sent is unknown and the rest is sent under new numbers", async (t) => {
  const { view } = start(t);
  socket().welcome();
  const pushes = [view.push(plus), view.push(plus)];
  reconnect();
  pushes.push(view.push({ Decrement: { by: 3 } }));
  socket().welcome({ mode: "fresh" });
  assert.deepEqual(socket().heard.slice(1), [{ push: 1, known: 0, transition: { Decrement: { by: 3 } } }]);
  assert.deepEqual(await outcomes(pushes), [{ unknown: true }, { unknown: true }, "none"]);
  view.push(plus);
  assert.deepEqual(socket().pushes().at(-1), [2, 0]);
});

test("when the room's past is another one, everything is sent under new numbers", async (t) => {
  const { view } = start(t);
  socket().welcome();
  const pushes = [1, 2, 3].map(() => view.push(plus));
  socket().say({ outcomes: [{ push: 1, confirmed: 1 }], seq: 1, state: { value: 1 } });
  reconnect();
  socket().welcome({ mode: "forked" });
  assert.deepEqual(socket().pushes(), [[1, 0], [2, 0]]);
  socket().say({ outcomes: [{ push: 1, confirmed: 1 }, { push: 2, confirmed: 2 }], seq: 2, state: { value: 2 } });
  assert.deepEqual(await outcomes(pushes), [{ confirmed: 1 }, { confirmed: 1 }, { confirmed: 2 }]);
});

test("a session that is lost to another is not asked for again", async (t) => {
  const { view } = start(t);
  socket().welcome();
  const push = view.push(plus);
  socket().say({ close: { code: 4200, reason: "taken over", action: "new session" } });
  assert.equal(view.status, "waiting");
  assert.equal(view.reason, "taken over");
  mock.timers.tick(500);
  socket().welcome();
  assert.deepEqual(socket().heard, [{ hello: { patch: true } }]);
  assert.deepEqual(await outcomes([push]), [{ unknown: true }]);
});

for (const how of ["message", "frame"]) {
  test(`it stops when it is told to, by a close ${how}`, async (t) => {
    const { view } = start(t);
    socket().welcome();
    const push = view.push(plus);
    if (how === "message") socket().say({ close: { code: 4300, reason: "no such thing", action: "stop" } });
    else socket().onclose({ code: 4300, reason: "no such thing" });
    assert.equal(view.status, "stopped");
    assert.equal(view.reason, "no such thing");
    assert.deepEqual(await outcomes([push]), [{ unknown: true }]);
    view.nudge();
    mock.timers.tick(60_000);
    assert.equal(FakeSocket.all.length, 1);
    await assert.rejects(view.push(plus), /no such thing/);
  });
}

test("it waits longer after every failure, never too long, and not as long as others", (t) => {
  const { view } = start(t);
  const waits = [];
  for (let i = 0; i < 12; i++) {
    socket().onclose({ code: 1006, reason: "" });
    assert.equal(view.status, "waiting");
    waits.push(view.retryAt - Date.now());
    mock.timers.tick(10_000);
    assert.equal(view.status, "connecting");
  }
  waits.forEach((wait, i) => {
    const most = Math.min(10_000, 500 * 2 ** i);
    assert.ok(wait >= most / 2 && wait <= most, `wait ${i} is ${wait} ms`);
  });
  assert.ok(new Set(waits.slice(5)).size > 1);
  socket().welcome();
  socket().onclose({ code: 1006, reason: "" });
  assert.ok(view.retryAt - Date.now() <= 500);
});

test("it does not wait when it is nudged, and connects once", (t) => {
  const { view } = start(t);
  socket().welcome();
  socket().onclose({ code: 1006, reason: "" });
  view.nudge();
  view.nudge();
  assert.equal(FakeSocket.all.length, 2);
  socket().welcome({ mode: "resumed" });
  mock.timers.tick(9_000);
  assert.equal(FakeSocket.all.length, 2);
});

test("a server that says nothing is given up", (t) => {
  const { view } = start(t);
  mock.timers.tick(10_000); // not even a connection
  assert.equal(view.status, "waiting");
  assert.ok(socket().closed);
  mock.timers.tick(500);
  socket().welcome();
  for (let i = 0; i < 10; i++) {
    mock.timers.tick(25_000);
    assert.deepEqual(socket().heard.at(-1), { ping: {}, known: 0 });
    socket().say({ pong: true, seq: 0, state: { value: 0 } });
  }
  assert.equal(view.status, "open");
  view.push(plus);
  mock.timers.tick(9_999);
  assert.equal(view.status, "open");
  mock.timers.tick(1);
  assert.equal(view.status, "waiting");
  assert.equal(view.reason, "the server does not answer");
});

test("what a connection says that was given up is not heard", (t) => {
  const { view } = start(t);
  socket().welcome();
  const [old] = FakeSocket.all;
  reconnect();
  socket().welcome({ mode: "resumed" });
  old?.say({ seq: 5, state: { value: 5 } });
  old?.onclose({ code: 4300, reason: "late" });
  assert.deepEqual(view.state, { value: 0 });
  assert.equal(view.status, "open");
});

test("too many and too large pushes are refused here; the server would end the connection", async (t) => {
  const { view } = start(t);
  for (let i = 0; i < 1000; i++) view.push(plus);
  await assert.rejects(view.push(plus), /too many/);
  await assert.rejects(view.push({ Name: "x".repeat(300_001) }), /too large/);
  assert.equal(view.pending.length, 1000);
  socket().welcome();
  socket().say({ outcomes: [{ push: 1, confirmed: 1 }], seq: 1, state: { value: 1 } });
  view.push(plus);
  assert.deepEqual(socket().pushes().at(-1), [1001, 1]);
});

test("what changed comes as a patch, and what did not change is the same as before", (t) => {
  const { view, changes } = start(t);
  const says = /** @type {View & { state: any }} */ (view);
  socket().welcome();
  socket().say({ seq: 1, state: { value: 1, names: ["a"], more: { deep: true } } });
  const before = says.state;
  const was = changes();
  socket().say({ seq: 3, patch: [{ op: "replace", path: "/value", value: 2 }, { op: "add", path: "/names/1", value: "b" }] });
  assert.deepEqual(says.state, { value: 2, names: ["a", "b"], more: { deep: true } });
  assert.deepEqual(before, { value: 1, names: ["a"], more: { deep: true } });
  assert.equal(says.state.more, before.more);
  assert.equal(view.seq, 3);
  assert.equal(changes(), was + 1);
  socket().say({ seq: 4 }); // nothing that is seen
  assert.equal(view.seq, 4);
  assert.equal(says.state.value, 2);
});

test("when a patch does not fit, its outcomes are not believed, and another connection brings the whole state", async (t) => {
  const { view } = start(t);
  socket().welcome();
  const push = view.push(plus);
  socket().say({ outcomes: [{ push: 1, confirmed: 1 }], seq: 1, patch: [{ op: "replace", path: "/nothing", value: 1 }] });
  assert.equal(view.status, "waiting");
  assert.match(view.reason, /nothing/);
  mock.timers.tick(500);
  socket().onopen();
  assert.deepEqual(socket().heard, [{ hello: { session, known: 0, sent: 1, patch: true } }]);
  socket().say({ welcome: { mode: "resumed", decided: 1, session }, outcomes: [{ push: 1, confirmed: 1 }], seq: 1, state: { value: 1 } });
  assert.deepEqual(view.state, { value: 1 });
  assert.deepEqual(await outcomes([push]), [{ confirmed: 1 }]);
});

test("it stops when it has sent more than the server takes", async (t) => {
  const { view } = start(t);
  socket().welcome();
  const push = view.push(plus);
  socket().onclose({ code: 1009, reason: "" });
  assert.equal(view.status, "stopped");
  assert.equal(view.reason, "a change was larger than the server takes");
  assert.deepEqual(await outcomes([push]), [{ unknown: true }]);
});

/** What was pushed on the last connection, and on which state. */
const bases = () => socket().heard.filter((m) => m.push).map(({ push, known, seq }) => [push, known, seq]);

test("where transitions mean something relative to the state that is shown, pushes name it, also when they are sent again", (t) => {
  const { view } = start(t);
  view.push(plus); // nothing is shown yet
  socket().welcome({ anchored: true });
  view.push(plus);
  socket().say({ outcomes: [{ push: 1, confirmed: 5 }], seq: 7, state: { value: 1 } });
  view.push(plus);
  assert.deepEqual(bases(), [[1, 0, undefined], [2, 0, 0], [3, 1, 7]]);
  view.nudge();
  assert.deepEqual(socket().heard.at(-1), { ping: {}, known: 1, seq: 0 });
  socket().say({ pong: true, seq: 9, state: { value: 1 } });
  reconnect();
  socket().onopen();
  assert.deepEqual(socket().heard, [{ hello: { session, known: 1, sent: 3, seq: 0, patch: true } }]);
  socket().say({ welcome: { mode: "resumed", decided: 1, session, anchored: true }, seq: 9, state: { value: 1 } });
  assert.deepEqual(bases(), [[2, 0, 0], [3, 1, 7]]);
  socket().say({ outcomes: [{ push: 2, confirmed: 10 }, { push: 3, confirmed: 11 }], seq: 11, state: { value: 3 } });
  mock.timers.tick(25_000);
  assert.deepEqual(socket().heard.at(-1), { ping: {}, known: 3, seq: 11 });
});

for (const [how, welcome, seq] of /** @type {[string, object, number][]} */ ([
  ["another epoch", { mode: "resumed", decided: 1, session: { ...session, epoch: "5" } }, 20],
  ["a forked session", { mode: "forked" }, 20],
  ["an earlier state", { mode: "resumed", decided: 1 }, 3],
])) {
  test(`what was made on a state that is gone is rejected, and its number is free: ${how}`, async (t) => {
    const { view } = start(t);
    socket().welcome({ anchored: true });
    socket().say({ seq: 7, state: { value: 0 } });
    const pushes = [view.push(plus), view.push(plus)];
    socket().say({ outcomes: [{ push: 1, confirmed: 8 }], seq: 8, state: { value: 1 } });
    reconnect();
    const gone = { rejected: "the room went back to an older past, and this was made on a state that is gone" };
    socket().onopen();
    socket().say({ welcome: { decided: 0, session, anchored: true, ...welcome }, seq, state: { value: 0 } });
    assert.deepEqual(await outcomes(pushes), [{ confirmed: 8 }, gone]);
    assert.deepEqual(socket().pushes(), []);
    view.push(plus);
    const [push] = bases();
    assert.deepEqual([push?.[0], push?.[2]], ["mode" in welcome && welcome.mode === "forked" ? 1 : 2, seq]);
  });
}

test("it tells who is present: all at first, and then what changes", (t) => {
  const { view, changes } = start(t, { presence: true });
  socket().onopen();
  assert.deepEqual(socket().heard, [{ hello: { patch: true, presence: true } }]);
  const ann = { user: "", value: { name: "Ann" } };
  socket().say({ welcome: { mode: "fresh", decided: 0, session }, seq: 0, state: {}, presences: { 3: ann }, all: true });
  const first = view.presences;
  assert.deepEqual([...first], [[3, ann]]);
  const was = changes();
  socket().say({ presences: { 3: null, 4: { user: "bob", value: 7 } } });
  assert.deepEqual([...view.presences], [[4, { user: "bob", value: 7 }]]);
  assert.deepEqual([...first], [[3, ann]]);
  assert.equal(changes(), was + 1);
  assert.equal(view.seq, 0);
  reconnect();
  assert.equal(view.presences.size, 1); // what was known last
  socket().onopen();
  socket().say({ welcome: { mode: "resumed", decided: 0, session }, seq: 0, state: {}, presences: {}, all: true });
  assert.equal(view.presences.size, 0);
});

test("its own presence is said over each new connection, and only the last", (t) => {
  const { view } = start(t);
  view.setPresence({ at: 1 });
  const said = () => socket().heard.filter((m) => "presence" in m).map((m) => m.presence);
  socket().welcome();
  assert.deepEqual(said(), [{ at: 1 }]);
  view.setPresence({ at: 2 });
  view.setPresence(null);
  assert.deepEqual(said(), [{ at: 1 }, { at: 2 }, null]);
  view.setPresence("here");
  reconnect();
  view.setPresence("there"); // before the welcome
  socket().welcome({ mode: "resumed" });
  assert.deepEqual(said(), ["there"]);
  assert.throws(() => view.setPresence("é".repeat(2048)), /too large/);
  mock.timers.tick(9_000); // a presence has no answer
  assert.equal(view.status, "open");
});
