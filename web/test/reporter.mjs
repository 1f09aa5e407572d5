// Reports node's tests in the events of `go test -json`, one package for each file, so that internal/testcount counts
// both alike: tests and subtests once each. A describe() is a heading and no test, unless it fails by itself.

import { relative } from "node:path";
import process from "node:process";
import { inspect } from "node:util";

/** @typedef {{ Action: string, Package: string, Test?: string, Output?: string, Elapsed?: number }} GoEvent */

/**
 * @param {AsyncIterable<{ type: string, data: any }>} source
 * @returns {AsyncGenerator<string>}
 */
export default async function* report(source) {
  /** @type {Map<string, { failed: boolean, seconds: number }>} */
  const files = new Map();

  for await (const { type, data } of source) {
    if (!data?.file) continue; // node's own summary
    const path = relative(process.cwd(), data.file);
    const file = files.get(path) ?? { failed: false, seconds: 0 };
    files.set(path, file);

    if (type === "test:stdout" || type === "test:stderr") {
      yield line({ Action: "output", Package: path, Output: data.message });
    } else if (type === "test:pass" || type === "test:fail") {
      const verdict = judge(type, data);
      if (!verdict) continue;
      const name = isWholeFile(data) ? "(the whole file)" : `${data.name} (line ${data.line})`;
      if (verdict.why) yield line({ Action: "output", Package: path, Test: name, Output: `--- FAIL: ${name}\n${verdict.why}\n` });
      yield line({ Action: verdict.action, Package: path, Test: name });
      file.failed ||= verdict.action === "fail";
      if (data.nesting === 0) file.seconds += data.details.duration_ms / 1000;
    }
  }
  for (const [path, file] of files) {
    yield line({ Action: file.failed ? "fail" : "pass", Package: path, Elapsed: file.seconds });
  }
}

/** @param {GoEvent} event */
function line(event) {
  return JSON.stringify(event) + "\n";
}

/**
 * What became of a test; nothing, when it does not count.
 * @param {string} type
 * @param {any} data
 * @returns {{ action: "pass" | "fail" | "skip", why?: string } | undefined}
 */
function judge(type, data) {
  const error = data.details.error;
  const isSuite = data.details.type === "suite";
  if (data.skip !== undefined || data.todo !== undefined) return { action: "skip" };
  if (type === "test:pass") {
    if (isWholeFile(data)) return { action: "fail", why: "it holds no test" };
    return isSuite ? undefined : { action: "pass" };
  }
  if (isSuite && error?.failureType === "subtestsFailed") return undefined;
  return { action: "fail", why: inspect(error?.cause ?? error) };
}

/**
 * Node reports a file as if it were a test when it holds none, or dies.
 * @param {any} data
 */
function isWholeFile(data) {
  return data.nesting === 0 && (data.name === data.file || data.file.endsWith("/" + data.name));
}
