// @ts-check
// Texts that change in two places at once: what differs between two, what two people did to one, and where a position goes.
// Positions and lengths count UTF-16 units, as strings of JavaScript do, and never fall into the middle of a character.

/**
 * At a position of a text, so much is removed and something inserted. A list of these is in order, without overlaps, and all
 * positions count in the text as it was before.
 * @typedef {{ at: number, remove: number, insert: string }} Splice
 */

/**
 * @param {string} text
 * @param {Splice[]} splices
 */
export function apply(text, splices) {
  let result = "";
  let end = 0;
  for (const { at, remove, insert } of splices) {
    result += text.slice(end, at) + insert;
    end = at + remove;
  }
  return result + text.slice(end);
}

/**
 * Returns what was done to mine so that it has what was done to theirs, too: what either removed is gone, what either
 * inserted is there and whole. At one place mine comes first.
 * @param {string} base   the text that both began with
 * @param {string} mine
 * @param {string} theirs
 */
export function merge(base, mine, theirs) {
  return rebase(difference(base, theirs), difference(base, mine));
}

/**
 * Returns where a position of a text goes when it is changed. What is inserted right there comes behind it, or before it.
 * @param {number} position
 * @param {Splice[]} splices
 * @param {"before" | "behind"} [inserted]
 */
export function move(position, splices, inserted = "behind") {
  let moved = position;
  for (const { at, remove, insert } of splices) {
    if (at > position || (at === position && (remove > 0 || inserted === "behind"))) {
      if (at === position && inserted === "before") moved += insert.length;
      break;
    }
    const inside = position < at + remove;
    moved += inside ? at - position : -remove;
    if (!inside || inserted === "before") moved += insert.length;
  }
  return moved;
}

/**
 * Returns splices of a text as they are after others were made to it, which come first at one place.
 * @param {Splice[]} splices
 * @param {Splice[]} others
 */
function rebase(splices, others) {
  /** @type {Splice[]} */
  const rebased = [];
  for (const { at, remove, insert } of splices) {
    const start = move(at, others, "before");
    if (insert) add(rebased, { at: start, remove: 0, insert });
    for (const part of remains(at, at + remove, others)) {
      add(rebased, { at: move(part.from, others, "before"), remove: part.to - part.from, insert: "" });
    }
  }
  return rebased;
}

/**
 * Returns what is left of a stretch of a text, in pieces between which others have inserted or removed something.
 * @param {number} from
 * @param {number} to
 * @param {Splice[]} others
 */
function remains(from, to, others) {
  const pieces = [];
  for (const { at, remove } of others) {
    if (at > from) pieces.push({ from, to: Math.min(at, to) });
    from = Math.max(from, at + remove);
    if (from >= to) break;
  }
  if (from < to) pieces.push({ from, to });
  return pieces.filter((piece) => piece.from < piece.to);
}

/**
 * Adds a splice that follows those of a list.
 * @param {Splice[]} list
 * @param {Splice} next
 */
function add(list, next) {
  const last = list.at(-1);
  if (last && last.at + last.remove === next.at && next.insert === "") last.remove += next.remove;
  else list.push(next);
}

/** How many characters may differ before the difference is taken for one splice: finding more costs too much. */
const mostEdits = 1000;

/**
 * Returns what leads from one text to another.
 * @param {string} before
 * @param {string} after
 * @returns {Splice[]}
 */
export function difference(before, after) {
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start++;
  if (start > 0 && isHigh(before, start - 1)) start--;
  let [end, endAfter] = [before.length, after.length];
  while (end > start && endAfter > start && before[end - 1] === after[endAfter - 1]) [end, endAfter] = [end - 1, endAfter - 1];
  if (isLow(before, end) || isLow(after, endAfter)) [end, endAfter] = [end + 1, endAfter + 1];
  const removed = before.slice(start, end);
  const inserted = after.slice(start, endAfter);
  if (removed === "" && inserted === "") return [];
  const whole = { at: start, remove: removed.length, insert: inserted };
  if (removed === "" || inserted === "") return [whole];
  return compare(Array.from(removed), Array.from(inserted), start) ?? [whole];
}

/**
 * @param {string} text
 * @param {number} index
 */
function isHigh(text, index) {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800;
}

/**
 * @param {string} text
 * @param {number} index
 */
function isLow(text, index) {
  return (text.charCodeAt(index) & 0xfc00) === 0xdc00;
}

/**
 * Finds the shortest way from one list of characters to another (Myers, An O(ND) difference algorithm, 1986). On diagonal k
 * of round d it keeps how far d removals and insertions lead.
 * @param {string[]} before
 * @param {string[]} after
 * @param {number} offset   of both in their texts
 */
function compare(before, after, offset) {
  const most = Math.min(mostEdits, before.length + after.length);
  const furthest = new Int32Array(2 * most + 3);
  const rounds = [];
  for (let d = 0; d <= most; d++) {
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(furthest, most + k) < at(furthest, most + k + 2));
      let x = down ? at(furthest, most + k + 2) : at(furthest, most + k) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++;
      furthest[most + k + 1] = x;
      if (x >= before.length && x - k >= after.length) return trace(rounds, before, after, offset);
    }
    rounds.push(furthest.slice(most - d, most + d + 3));
  }
  return undefined;
}

/**
 * @param {Int32Array} list
 * @param {number} index
 */
function at(list, index) {
  return list[index] ?? 0;
}

/**
 * Follows the way back from the end, and joins what stands side by side.
 * @param {Int32Array[]} rounds
 * @param {string[]} before
 * @param {string[]} after
 * @param {number} offset
 */
function trace(rounds, before, after, offset) {
  /** @type {{ from: number, to: number, insert: string[] }[]} in characters, the last first */
  const steps = [];
  let [x, y] = [before.length, after.length];
  for (let d = rounds.length; d > 0; d--) {
    const last = rounds[d - 1] ?? new Int32Array();
    const reached = (/** @type {number} */ k) => at(last, d + k); // on diagonal k in the round before
    const k = x - y;
    const down = k === -d || (k !== d && reached(k - 1) < reached(k + 1));
    const [fromX, fromY] = down ? [reached(k + 1), reached(k + 1) - k - 1] : [reached(k - 1), reached(k - 1) - k + 1];
    const next = steps.at(-1);
    const [to, letters] = down ? [fromX, [after[fromY] ?? ""]] : [fromX + 1, []];
    if (next && next.from === to) [next.from, next.insert] = [fromX, [...letters, ...next.insert]];
    else steps.push({ from: fromX, to, insert: letters });
    [x, y] = [fromX, fromY];
  }
  const units = before.reduce((sums, letter) => (sums.push((sums.at(-1) ?? 0) + letter.length), sums), [0]);
  const unitsAt = (/** @type {number} */ index) => units[index] ?? 0;
  return steps.reverse().map(({ from, to, insert }) => {
    return { at: offset + unitsAt(from), remove: unitsAt(to) - unitsAt(from), insert: insert.join("") };
  });
}
