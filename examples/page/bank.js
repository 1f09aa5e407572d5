// @ts-check
// The page of a bank. Amounts are whole cents; large ones come as strings, and are never numbers of JavaScript here.

import { find, input, join, make, tell } from "./shell.js";

/** @typedef {{ accounts: Record<string, number | string>, paid: number | string }} Bank */

/** @type {import("./shell.js").Push<object>} */
const push = join("bank", show);

const cash = ""; // in the choice of accounts: what is outside of the bank
const [from, to] = /** @type {HTMLSelectElement[]} */ ([find("from"), find("to")]);

/** @param {import("./shell.js").Shown<Bank>} shown */
function show({ state }) {
  const names = Object.keys(state.accounts).sort((a, b) => a.localeCompare(b));
  const rows = names.map((name) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, money(state.accounts[name] ?? 0))));
  if (names.length === 0) rows.push(make("tr", { className: "none" }, make("td", { colSpan: 2 }, "No account yet.")));
  find("accounts").replaceChildren(...rows);
  find("paid").textContent = money(state.paid);
  offer(from, names);
  offer(to, names);
  return money(state.paid);
}

/**
 * Lets people choose among accounts; what was chosen stays.
 * @param {HTMLSelectElement | undefined} select
 * @param {string[]} names
 */
function offer(select, names) {
  if (!select) return;
  const offered = [cash, ...names];
  const chosen = select.value;
  if (select.length === offered.length && offered.every((name, i) => select.options[i]?.value === name)) return;
  select.replaceChildren(...offered.map((name) => make("option", { value: name }, name || "cash")));
  if (offered.includes(chosen)) select.value = chosen;
}

/** @param {number | string} amount   in cents */
function money(amount) {
  const digits = String(amount).padStart(3, "0");
  return `${BigInt(digits.slice(0, -2)).toLocaleString("en")}.${digits.slice(-2)}`;
}

/**
 * Reads an amount such as 12, 12.5 or 1,200.50.
 * @param {string} text
 * @returns {string | undefined} in cents
 */
function cents(text) {
  const [, whole, part = ""] = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text.replace(/[,\s]/g, "")) ?? [];
  return whole === undefined ? undefined : String(BigInt(whole + part.padEnd(2, "0")));
}

find("open").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = input("name").value.trim();
  if (name) push({ Open: { name } }, `opening ${name}`);
  input("name").value = "";
});

find("move").addEventListener("submit", async (event) => {
  event.preventDefault();
  const amount = cents(input("amount").value);
  const [payer, payee] = [from?.value ?? cash, to?.value ?? cash];
  if (amount === undefined) tell("An amount looks like 12 or 12.50.");
  else if (payer === payee) tell("Choose two different places to move money between.");
  else {
    const label = `${money(amount)} from ${payer || "cash"} to ${payee || "cash"}`;
    if (await push(movement(payer, payee, amount), label)) input("amount").value = "";
  }
});

/**
 * @param {string} from
 * @param {string} to
 * @param {string} amount
 */
function movement(from, to, amount) {
  if (from === cash) return { Deposit: { to, amount } };
  if (to === cash) return { Withdraw: { from, amount } };
  return { Transfer: { from, to, amount } };
}
