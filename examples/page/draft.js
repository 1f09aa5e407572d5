// @ts-check
// A text that is being written here, and shared. The server knows the rules; this only keeps apart what it has said, what is on
// its way to it, and what was typed since. What is on its way means what it meant on the text that the server had said, so there
// is one splice of it at a time. Whatever comes, what was typed here stays where it was typed.

import { apply, difference, merge, move } from "./merge.js";

/** @typedef {import("./merge.js").Splice} Splice */

/**
 * What became of what was on its way: it was decided, and the server has said the text that follows from that; or it has to be
 * sent anew, on another text.
 * @typedef {"decided" | "again"} Fate
 */

const longest = 10_000; // UTF-16 units that are sent at a time; a transition may have 64 KiB

export class Draft {
  text = ""; // as it is here; whoever types changes it
  said = ""; // by the server
  #expected = ""; // what the server would say when it took what is on its way, and nothing else happened
  #waiting = false;

  /**
   * Takes what the server says. A fate comes together with the text in which it was decided, or a later one.
   * @param {string} said
   * @param {Fate} [fate]
   * @returns {Splice[]} what happened to the text here
   */
  receive(said, fate) {
    const base = fate === "again" ? this.said : this.#expected;
    if (fate) this.#waiting = false;
    this.#expected = this.#waiting ? apply(this.#expected, merge(this.said, this.#expected, said)) : said;
    this.said = said;
    const steps = merge(base, this.text, this.#expected);
    this.text = apply(this.text, steps);
    return steps;
  }

  /**
   * Returns what to send, if anything was typed that is not on its way. Positions are in code points, and count in the text
   * that the server has said, with what is on its way.
   * @returns {{ at: number, count: number, text: string } | undefined}
   */
  send() {
    const [first] = difference(this.#expected, this.text);
    if (!first) return undefined;
    const { at, remove, insert } = { ...first, insert: beginning(first.insert) };
    const edit = { at: points(this.#expected, at), count: points(this.#expected.slice(at), remove), text: insert };
    this.#waiting = true;
    this.#expected = apply(this.#expected, [{ at, remove, insert }]);
    return edit;
  }

  /**
   * Returns where a position in the text here is in what the server has said.
   * @param {number} position
   */
  outward(position) {
    return move(position, difference(this.text, this.said));
  }

  /**
   * Returns where positions in what the server has said are in the text here.
   * @param {number[]} positions
   */
  inward(positions) {
    const own = difference(this.said, this.text);
    return positions.map((position) => move(position, own, "before"));
  }
}

/** As much of a text as is sent at a time. @param {string} text */
function beginning(text) {
  const split = (text.charCodeAt(longest - 1) & 0xfc00) === 0xd800; // in the middle of a character
  return text.slice(0, split ? longest - 1 : longest);
}

/**
 * How many code points stand before a position that counts UTF-16 units.
 * @param {string} text
 * @param {number} units
 */
export function points(text, units) {
  let count = 0;
  for (const letter of text) {
    if (units <= 0) break;
    units -= letter.length;
    count++;
  }
  return count;
}

/**
 * The position in UTF-16 units that comes after so many code points, or the end.
 * @param {string} text
 * @param {number} points
 */
export function units(text, points) {
  let position = 0;
  for (const letter of text) {
    if (points-- <= 0) break;
    position += letter.length;
  }
  return position;
}
