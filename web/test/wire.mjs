// A network that a test can break.

import { connect, createServer } from "node:net";

/**
 * What the address at this end is told is passed on to the demo at the other, until it is cut.
 * @param {import("./browser.mjs").Scope} t
 * @param {string} target   host:port
 */
export async function wire(t, target) {
  const [host, port] = target.split(":");
  /** @type {Set<any>} */
  const ends = new Set();
  let deaf = false; // towards the browser
  const server = createServer((/** @type {any} */ near) => {
    const far = connect({ host, port: Number(port) });
    for (const end of [near, far]) {
      ends.add(end);
      end.on("error", () => {});
      end.on("close", () => (ends.delete(end), near.destroy(), far.destroy()));
    }
    near.on("data", (/** @type {any} */ data) => far.write(data));
    far.on("data", (/** @type {any} */ data) => deaf || near.write(data));
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const close = () => (ends.forEach((end) => end.destroy()), server.close());
  t.after(close);
  return {
    url: `http://localhost:${server.address().port}`,
    /** From now on the answers are lost. */
    deafen: () => (deaf = true),
    /** Ends all connections; new ones are whole. */
    cut: () => ((deaf = false), ends.forEach((end) => end.destroy())),
  };
}
