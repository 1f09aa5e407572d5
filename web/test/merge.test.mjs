// What two people do to one text at once, against characters that know who they are.

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { moduleAddress } from "./module.mjs";

const { apply, difference, merge, move } = await import(await moduleAddress("merge.js"));
const { Draft, points, units } = await import(await moduleAddress("draft.js"));
const { Cursors, presenceAt } = await import(await moduleAddress("cursors.js"));

/** @typedef {import("../../examples/page/merge.js").Splice} Splice */

/** Numbers that are the same in each run (mulberry32). @param {number} seed */
function random(seed) {
  return (/** @type {number} */ below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** So many characters that were not there before, some of them outside of the BMP. */
function writer() {
  let next = 0x4e00;
  let high = 0x20000;
  return (/** @type {number} */ count) => {
    let text = "";
    for (; count > 0; count--) text += String.fromCodePoint((next + high) % 3 ? next++ : high++);
    return text;
  };
}

/**
 * One to three splices of a text, in order.
 * @param {(below: number) => number} below
 * @param {string} text
 * @param {(count: number) => string} write
 * @returns {Splice[]}
 */
function typed(below, text, write) {
  const splices = [];
  const letters = Array.from(text);
  for (let n = 1 + below(3), at = 0; n > 0 && at <= letters.length; n--) {
    at += below(letters.length - at + 1);
    const remove = below(2) * below(Math.min(4, letters.length - at) + 1);
    const insert = below(3) ? write(1 + below(4)) : "";
    const unitsBefore = letters.slice(0, at).join("").length;
    if (remove || insert) splices.push({ at: unitsBefore, remove: letters.slice(at, at + remove).join("").length, insert });
    at += remove + 1;
  }
  return splices;
}

test("a difference leads from one text to the other, and is the shortest", () => {
  const below = random(1);
  const letters = ["a", "b", "😀", "😁", "\n", "\ud83d"];
  const text = () => Array.from({ length: below(12) }, () => letters[below(letters.length)]).join("");
  for (let n = 0; n < 20_000; n++) {
    const [before, after] = [text(), text()];
    const splices = difference(before, after);
    assert.equal(apply(before, splices), after);
    let end = -1;
    for (const { at, remove, insert } of splices) {
      assert.ok(at > end && (remove > 0 || insert !== ""), `${JSON.stringify([before, after, splices])}`);
      end = at + remove;
    }
  }
  assert.deepEqual(difference("the cat sat", "a cat sat down"), [{ at: 0, remove: 3, insert: "a" }, { at: 11, remove: 0, insert: " down" }]);
  assert.deepEqual(difference("😀", "😁"), [{ at: 0, remove: 2, insert: "😁" }]); // no half characters
  assert.deepEqual(difference("x", "x"), []);
});

test("a difference too large to be found out is one splice, and soon there", () => {
  const [before, after] = ["a".repeat(100_000), "b".repeat(100_000)];
  const began = performance.now();
  assert.equal(apply(`(${before})`, difference(`(${before})`, `(${after})`)), `(${after})`);
  const paragraph = "What is long has some other words at its end. ".repeat(2_000);
  assert.equal(difference(`1${paragraph}1`, `2${paragraph}2`).length, 2);
  assert.ok(performance.now() - began < 2_000);
});

test("what two typed at once is there whole, what either deleted is gone, and the rest stands as it stood", () => {
  const below = random(2);
  for (let n = 0; n < 20_000; n++) {
    const write = writer();
    const base = write(below(12));
    const [own, others] = [typed(below, base, write), typed(below, base, write)];
    const [mine, theirs] = [apply(base, own), apply(base, others)];
    const merged = apply(mine, merge(base, mine, theirs));
    const context = JSON.stringify([base, own, others, merged]);
    for (const { insert } of [...own, ...others]) assert.ok(merged.includes(insert), context);
    const kept = Array.from(base).filter((letter) => mine.includes(letter) && theirs.includes(letter));
    assert.deepEqual(Array.from(merged).filter((letter) => base.includes(letter)), kept, context);
    const all = Array.from(base + [...own, ...others].map(({ insert }) => insert).join(""));
    assert.equal(Array.from(merged).length, new Set(Array.from(merged)).size, context); // nothing twice
    assert.ok(Array.from(merged).every((letter) => all.includes(letter)), context);
  }
});

test("at one place what is typed here comes first, also where the other deleted around it", () => {
  const merged = (/** @type {string} */ mine, /** @type {string} */ theirs) => apply(mine, merge("abcd", mine, theirs));
  assert.equal(merged("ab1cd", "ab2cd"), "ab12cd");
  assert.equal(merged("ab2cd", "ab1cd"), "ab21cd");
  assert.equal(merged("ad", "ab2cd"), "a2d");
  assert.equal(merged("ab1cd", "ad"), "a1d");
  assert.equal(merged("a1d", "a2d"), "a12d");
  assert.equal(merged("ab", "abcd"), "ab");
});

test("a cursor stays behind the character that it was behind", () => {
  const below = random(3);
  for (let n = 0; n < 20_000; n++) {
    const write = writer();
    const base = write(1 + below(10));
    const splices = typed(below, base, write);
    const after = apply(base, splices);
    const letters = Array.from(base);
    const index = below(letters.length);
    const letter = letters[index] ?? "";
    const behind = letters.slice(0, index + 1).join("").length;
    const context = JSON.stringify([base, splices, after, behind]);
    if (after.includes(letter)) {
      assert.equal(move(behind, splices), after.indexOf(letter) + letter.length, context);
      assert.equal(move(behind - letter.length, splices, "before"), after.indexOf(letter), context);
    }
    assert.ok(move(behind, splices) <= move(behind, splices, "before"), context);
  }
});

test("positions in code points and in UTF-16 lead to each other", () => {
  const text = "a😀b𠀀é"; // at 0, 1, 3, 4 and 6
  assert.deepEqual([0, 1, 2, 3, 4, 5, 99].map((n) => units(text, n)), [0, 1, 3, 4, 6, 7, 7]);
  assert.deepEqual([0, 1, 3, 4, 6, 7].map((n) => points(text, n)), [0, 1, 2, 3, 4, 5]);
});

/** @typedef {{ draft: any, told: number, sent?: { on: number, edit: any } }} Person   told: the version that the draft has taken */

/** A server that finds out what splices mean by now, as data.Text does but for what moves with it. @param {string} text */
function roomOf(text) {
  const versions = [text];
  /** @param {Person} person @param {"decided" | "again"} [fate] */
  function tell(person, fate) {
    person.told = versions.length - 1;
    person.draft.receive(versions[person.told], fate);
  }
  /** @param {Person} person */
  function send(person) {
    const edit = person.draft.send();
    if (edit) person.sent = { on: person.told, edit };
  }
  /** @param {Person} person @param {boolean} stale */
  function decide(person, stale) {
    const { on, edit } = person.sent ?? { on: 0, edit: {} };
    person.sent = undefined;
    const [base, latest] = [versions[on] ?? "", versions.at(-1) ?? ""];
    const at = units(base, edit.at);
    const theirs = apply(base, [{ at, remove: units(base.slice(at), edit.count), insert: edit.text }]);
    if (!stale) versions.push(apply(theirs, merge(base, theirs, latest)));
    tell(person, stale ? "again" : "decided");
  }
  return { tell, send, decide };
}

// A page guesses where the server puts what is on its way beside what others typed there. Where it is wrong, what was deleted
// at that place meanwhile may come back.
test("three people write at once: what is typed is there once, what is deleted is gone, and everyone has the same", (t) => {
  const counts = { typed: 0, deleted: 0, back: 0 };
  for (let seed = 0; seed < 1_000; seed++) {
    const below = random(seed);
    const write = writer();
    const alive = new Set(write(8));
    const room = roomOf([...alive].join(""));
    const people = [0, 1, 2].map(() => /** @type {Person} */ ({ draft: new Draft(), told: 0 }));
    for (const person of people) room.tell(person);
    const deleted = new Set();
    for (let step = 0; step < 80; step++) {
      const person = /** @type {Person} */ (people[below(3)]);
      const { draft } = person;
      switch (below(4)) {
        case 0: {
          const splices = typed(below, draft.text, write);
          for (const letter of draft.text) if (!apply(draft.text, splices).includes(letter)) deleted.add(letter);
          for (const { insert } of splices) for (const letter of insert) alive.add(letter);
          draft.text = apply(draft.text, splices);
          break;
        }
        case 1:
          if (!person.sent) room.send(person);
          break;
        case 2:
          if (person.sent) room.decide(person, below(8) === 0);
          break;
        case 3:
          room.tell(person);
      }
    }
    for (let busy = true; busy; ) {
      busy = false;
      for (const person of people) {
        room.tell(person);
        if (!person.sent) room.send(person);
        if (!person.sent) continue;
        room.decide(person, false);
        busy = true;
      }
    }
    const [text] = people.map(({ draft }) => draft.text);
    for (const { draft } of people) assert.equal(draft.text, text, `seed ${seed}`);
    const letters = Array.from(text);
    assert.equal(new Set(letters).size, letters.length, `seed ${seed}: something is there twice`);
    const lost = [...alive].filter((letter) => !deleted.has(letter) && !letters.includes(letter));
    assert.deepEqual(lost, [], `seed ${seed}`);
    counts.typed += alive.size;
    counts.deleted += deleted.size;
    counts.back += letters.filter((letter) => deleted.has(letter)).length;
  }
  t.diagnostic(`${counts.typed} characters were typed; ${counts.back} of ${counts.deleted} that were deleted came back`);
  assert.ok(counts.back * 500 < counts.deleted);
});

test("what is long is sent in pieces, none of which ends within a character", () => {
  const draft = new Draft();
  draft.receive("");
  const text = "x" + "😀".repeat(12_000);
  draft.text = text;
  let said = "";
  let pieces = 0;
  for (let edit = draft.send(); edit; edit = draft.send(), pieces++) {
    assert.doesNotThrow(() => encodeURIComponent(edit.text)); // no half characters
    assert.ok(JSON.stringify(edit).length < 20_000);
    const at = units(said, edit.at);
    said = said.slice(0, at) + edit.text + said.slice(at);
    draft.receive(said, "decided");
  }
  assert.equal(said, text);
  assert.equal(pieces, 3);
});

test("a cursor is told where it is in what the server has said, and follows what happens to it", () => {
  const draft = new Draft();
  const cursors = new Cursors();
  const say = (/** @type {number} */ seq, /** @type {string} */ text) => {
    draft.receive(text);
    cursors.change(seq, text);
  };
  say(3, "😀 one two");
  draft.text = "😀 one and two"; // and what is typed here is not known to others
  assert.deepEqual(presenceAt("Ann", { at: draft.outward(7), to: draft.outward(10) }, draft.said, 3), { name: "Ann", at: 6, to: 6, seq: 3 });
  const ann = { name: "Ann", at: 2, to: 5, seq: 3 };
  const people = () => cursors.people.map((/** @type {any} */ { at, to }) => [at, to]);
  say(4, "1 😀 one two");
  cursors.attend(new Map([[7, { value: ann }]])); // of seq 3
  assert.deepEqual(people(), [[5, 8]]);
  say(5, "1 😀 ones two"); // where the cursor is: it is behind that
  assert.deepEqual(people(), [[5, 9]]);
  assert.deepEqual(draft.inward([5, 9]), [5, 9]);
  say(6, "two");
  assert.deepEqual(people(), [[0, 0]]);
});

test("whatever others say of themselves, they have a name and no strange cursor", () => {
  const cursors = new Cursors();
  cursors.change(1, "text");
  const odd = [null, 7, "x", {}, { name: {} }, { name: "x".repeat(1_000), at: 1 }, { at: -1, to: 2, seq: 1 }, { at: 1e9, to: 0.5, seq: 1 }, { at: 9, to: 9, seq: 9 }];
  cursors.attend(new Map(odd.map((value, client) => [client, { value }])));
  for (const { client, name, at } of cursors.people) {
    assert.ok(name.length > 0 && name.length <= 40);
    assert.equal(at, client === 8 ? 4 : undefined);
  }
});
