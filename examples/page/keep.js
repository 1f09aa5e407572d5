// @ts-check
// What one page of a tab leaves for the next: a record under a key of sessionStorage, which is there only while no page is
// looking at it. A page takes it away when it comes, and puts it back when it goes or is hidden, because browsers may end
// hidden pages without a word. So a copy of the tab finds nothing to take, and two never go on with the same.

export class Keep {
  #key;
  #record;
  #lost;
  #away = document.hidden;
  /** @type {string | null} what was put there, and not taken back */
  #left = null;
  #listening = new AbortController();

  /**
   * @param {string} key
   * @param {() => object} record   what there is to keep, now
   * @param {() => void} lost       another page took it while this one was away
   */
  constructor(key, record, lost) {
    this.#key = key;
    this.#record = record;
    this.#lost = lost;
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave() : this.#comeBack()), { signal });
    addEventListener("pagehide", () => this.#leave(), { signal });
    addEventListener("pageshow", () => this.#comeBack(), { signal });
  }

  /** Returns what an earlier page of this tab left, if any. Nobody else finds it any more. */
  take() {
    const text = this.#read();
    this.#write(null);
    try {
      return JSON.parse(text ?? "null");
    } catch {
      return null; // not ours
    }
  }

  /** Says that there is something new to keep. */
  update() {
    if (this.#away) this.#leave();
  }

  /**
   * Ends it.
   * @param {boolean} forNext   leave the record for another page
   */
  close(forNext) {
    this.#listening.abort();
    if (forNext) this.#leave();
    else if (this.#left !== null) this.#write(null);
  }

  #leave() {
    this.#away = true;
    this.#left = JSON.stringify(this.#record());
    if (!this.#write(this.#left)) this.#left = null;
  }

  #comeBack() {
    if (!this.#away || document.hidden) return;
    this.#away = false;
    if (this.#left === null) return;
    const mine = this.#read() === this.#left;
    this.#left = null;
    if (mine) this.#write(null);
    else this.#lost();
  }

  #read() {
    try {
      return sessionStorage.getItem(this.#key);
    } catch {
      return null; // the browser forbids it
    }
  }

  /** @param {string | null} text */
  #write(text) {
    try {
      sessionStorage.removeItem(this.#key);
      if (text !== null) sessionStorage.setItem(this.#key, text);
      return true;
    } catch {
      return false; // full or forbidden: the next page begins anew
    }
  }
}
