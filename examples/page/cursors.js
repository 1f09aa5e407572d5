// @ts-check
// Where the others in a shared text are. What they say of it counts in a text that the server had said when they said it; from
// then on their cursors move with what changes.

import { points, units } from "./draft.js";
import { difference, move } from "./merge.js";

/**
 * What a session says of itself: a name, and where its cursor is if it has one, in code points of the text at seq.
 * @typedef {{ name: string, at?: number, to?: number, seq?: number }} Presence
 */

/** @typedef {{ client: number, name: string, at?: number, to?: number }} Person   positions are in what the server has said */

const kept = 20; // texts

export class Cursors {
  /** @type {{ seq: number, text: string }[]} that the server has said, each from its seq on, the latest last */
  #texts = [{ seq: 0, text: "" }];
  /** @type {Map<number, { said: unknown, person: Person }>} */
  #people = new Map();

  /**
   * Takes what the server says: everyone's cursor moves with it, behind what is inserted there.
   * @param {number} seq
   * @param {string} text
   */
  change(seq, text) {
    const changes = difference(this.#texts.at(-1)?.text ?? "", text);
    if (changes.length === 0) return;
    for (const { person } of this.#people.values()) {
      if (person.at !== undefined) person.at = move(person.at, changes, "before");
      if (person.to !== undefined) person.to = move(person.to, changes, "before");
    }
    this.#texts = [...this.#texts.slice(1 - kept), { seq, text }];
  }

  /**
   * Takes who is present.
   * @param {Map<number, { value: any }>} presences
   */
  attend(presences) {
    /** @type {Map<number, { said: unknown, person: Person }>} */
    const people = new Map();
    for (const [client, { value }] of presences) {
      const known = this.#people.get(client);
      people.set(client, known && known.said === value ? known : { said: value, person: this.#read(client, value) });
    }
    this.#people = people;
  }

  /** Everyone, in the order of their sessions. */
  get people() {
    return [...this.#people.values()].map(({ person }) => person).sort((a, b) => a.client - b.client);
  }

  /**
   * Reads what somebody says, who may say anything.
   * @param {number} client
   * @param {any} value
   * @returns {Person}
   */
  #read(client, value) {
    const name = String(value?.name || `guest ${client}`).slice(0, 40);
    const { at, to, seq } = value ?? {};
    if (![at, to, seq].every((n) => Number.isSafeInteger(n) && n >= 0)) return { client, name };
    return { client, name, at: this.#follow(at, seq), to: this.#follow(to, seq) };
  }

  /**
   * Returns where a position in an earlier text is now.
   * @param {number} point
   * @param {number} seq
   */
  #follow(point, seq) {
    const found = this.#texts.findLastIndex((text) => text.seq <= seq);
    const [first, ...later] = this.#texts.slice(Math.max(found, 0));
    let text = first?.text ?? "";
    let position = units(text, point);
    for (const next of later) {
      position = move(position, difference(text, next.text), "before");
      text = next.text;
    }
    return position;
  }
}

/**
 * What to say of oneself.
 * @param {string} name
 * @param {{ at: number, to: number } | undefined} cursor   in a text, if there is one
 * @param {string} text   that the server has said
 * @param {number} seq
 * @returns {Presence}
 */
export function presenceAt(name, cursor, text, seq) {
  return cursor ? { name, at: points(text, cursor.at), to: points(text, cursor.to), seq } : { name };
}
