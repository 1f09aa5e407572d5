// The modules of the pages, in Node: there is no package.json beside them that says what they are.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./browser.mjs";

/**
 * Returns an address from which a page's module can be imported, with what it imports itself.
 * @param {string} name   "view.js"
 * @returns {Promise<string>}
 */
export async function moduleAddress(name) {
  let source = await readFile(join(root, "examples/page", name), "utf8");
  for (const [, part] of source.matchAll(/ from "\.\/(.*?)"/g)) {
    source = source.replace(`"./${part}"`, JSON.stringify(await moduleAddress(part)));
  }
  return "data:text/javascript," + encodeURIComponent(source);
}
