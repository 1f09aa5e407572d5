// @ts-check
// JSON Patch (RFC 6902), as far as rooms send it: add, remove, replace and move. Nothing is changed in place. What a patch
// leaves alone is shared by the values before and after it, so a page can tell by === what is new.

/** @typedef {{ op: string, path: string, from?: string, value?: unknown }} Operation */

/**
 * Returns what follows a value. It fails when the patch was made for another value than this.
 * @param {any} value
 * @param {Operation[]} patch
 */
export function applyPatch(value, patch) {
  return patch.reduce(carryOut, value);
}

/**
 * @param {any} document
 * @param {Operation} operation
 */
function carryOut(document, { op, path, from = "", value }) {
  switch (op) {
    case "add":
    case "replace":
    case "remove":
      return change(document, stepsOf(path), op, value);
    case "move": {
      const moved = stepsOf(from).reduce(member, document);
      return change(change(document, stepsOf(from), "remove"), stepsOf(path), "add", moved);
    }
  }
  throw new Error(`a patch asks for ${op}, which is not known`);
}

/**
 * The steps of a JSON Pointer (RFC 6901).
 * @param {string} pointer
 */
function stepsOf(pointer) {
  return pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/**
 * @param {any} node
 * @param {string} step
 */
function member(node, step) {
  if (typeof node !== "object" || node === null || !Object.hasOwn(node, step)) throw new Error(`a patch asks for ${step}, which is not there`);
  return node[step];
}

/**
 * Returns a copy of the node in which the value at the end of the steps is another.
 * @param {any} node
 * @param {string[]} steps
 * @param {string} op
 * @param {unknown} [value]
 * @returns {any}
 */
function change(node, [step, ...rest], op, value) {
  if (step === undefined) return value; // of the whole
  if (rest.length > 0) return put(copyOf(node), step, change(member(node, step), rest, op, value));
  if (op !== "add") member(node, step); // it must be there
  const copy = copyOf(node);
  if (op === "replace") return put(copy, step, value);
  if (Array.isArray(copy)) return op === "add" ? insert(copy, step, value) : copy.filter((_, i) => i !== Number(step));
  if (op === "add") return put(copy, step, value);
  delete copy[step];
  return copy;
}

/** @param {any} node */
function copyOf(node) {
  if (typeof node !== "object" || node === null) throw new Error("a patch asks for a member of what has none");
  return Array.isArray(node) ? [...node] : { ...node };
}

/**
 * @param {any} copy
 * @param {string} step   any text: __proto__ is a key like others
 * @param {unknown} value
 */
function put(copy, step, value) {
  return Object.defineProperty(copy, step, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * @param {any[]} copy
 * @param {string} step
 * @param {unknown} value
 */
function insert(copy, step, value) {
  const index = Number(step);
  if (!(index >= 0 && index <= copy.length)) throw new Error(`a patch asks for place ${step} in a list of ${copy.length}`);
  copy.splice(index, 0, value);
  return copy;
}
