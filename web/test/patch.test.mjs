// What the pages do with a JSON Patch.

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { moduleAddress } from "./module.mjs";

/** @type {typeof import("../../examples/page/patch.js")} */
const { applyPatch } = await import(await moduleAddress("patch.js"));

/** @typedef {import("../../examples/page/patch.js").Operation} Operation */

/** @type {[name: string, before: unknown, patch: Operation[], after: unknown][]} */
const cases = [
  ["nothing", { a: 1 }, [], { a: 1 }],
  ["the whole", { a: 1 }, [{ op: "replace", path: "", value: [2] }], [2]],
  ["a member", { a: { b: 1 }, c: 2 }, [{ op: "replace", path: "/a/b", value: null }], { a: { b: null }, c: 2 }],
  ["another member", { a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
  ["one that is there", { a: 1 }, [{ op: "add", path: "/a", value: 2 }], { a: 2 }],
  ["one less", { a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
  ["an item at the beginning", [1, 2], [{ op: "add", path: "/0", value: 0 }], [0, 1, 2]],
  ["an item at the end", [1, 2], [{ op: "add", path: "/2", value: 3 }], [1, 2, 3]],
  ["an item less", [1, 2, 3], [{ op: "remove", path: "/1" }], [1, 3]],
  ["another item", [1, 2, 3], [{ op: "replace", path: "/2", value: 4 }], [1, 2, 4]],
  ["an item upwards", [1, 2, 3], [{ op: "move", from: "/2", path: "/0" }], [3, 1, 2]],
  ["an item downwards", [1, 2, 3], [{ op: "move", from: "/0", path: "/2" }], [2, 3, 1]],
  ["several, in order", { l: [1] }, [{ op: "add", path: "/l/0", value: 0 }, { op: "remove", path: "/l/1" }], { l: [0] }],
  ["odd keys", { "a/b": { "~1": 1, "": 2 } }, [
    { op: "replace", path: "/a~1b/~01", value: 3 },
    { op: "remove", path: "/a~1b/" },
  ], { "a/b": { "~1": 3 } }],
];
for (const [name, before, patch, after] of cases) {
  test(`a patch changes ${name}`, () => {
    const text = JSON.stringify(before);
    assert.deepEqual(applyPatch(before, patch), after);
    assert.equal(JSON.stringify(before), text);
  });
}

test("a key can be __proto__", () => {
  const after = applyPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: 1 } }]);
  assert.equal(JSON.stringify(after), '{"__proto__":{"polluted":1}}');
  assert.equal(Object.getPrototypeOf(after), Object.prototype);
  assert.equal(JSON.stringify(applyPatch(after, [{ op: "replace", path: "/__proto__/polluted", value: 2 }])), '{"__proto__":{"polluted":2}}');
  assert.throws(() => applyPatch({}, [{ op: "replace", path: "/__proto__/polluted", value: 1 }]), /not there/);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

test("what a patch leaves alone is shared", () => {
  const before = { a: { deep: 1 }, list: [{ id: 1 }, { id: 2 }] };
  const after = applyPatch(before, [{ op: "replace", path: "/list/1/id", value: 3 }]);
  assert.equal(after.a, before.a);
  assert.equal(after.list[0], before.list[0]);
  assert.notEqual(after.list, before.list);
});

/** @type {[before: unknown, operation: Operation][]} */
const wrong = [
  [{}, { op: "replace", path: "/a", value: 1 }],
  [{}, { op: "remove", path: "/a" }],
  [{}, { op: "move", from: "/a", path: "/b" }],
  [{}, { op: "add", path: "/a/b", value: 1 }],
  [{ a: 1 }, { op: "add", path: "/a/b", value: 1 }],
  [null, { op: "add", path: "/a", value: 1 }],
  [[1], { op: "add", path: "/2", value: 1 }],
  [[1], { op: "add", path: "/-1", value: 1 }],
  [[1], { op: "add", path: "/one", value: 1 }],
  [[1], { op: "remove", path: "/1" }],
  [{}, { op: "copy", from: "", path: "/a" }],
];
for (const [before, operation] of wrong) {
  test(`a patch that does not fit fails: ${JSON.stringify(operation)} of ${JSON.stringify(before)}`, () => {
    assert.throws(() => applyPatch(before, [operation]), /a patch asks for/);
  });
}
