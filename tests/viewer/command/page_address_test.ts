import assert from "node:assert/strict";
import { pageAddresses, tellPage } from "../../../viewer/command/page_address.ts";
import { PageKey } from "../../../shared/http/page_key.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { addressLines } from "../../../shared/text/address_lines.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";

const PAGE = {
  url: "http://192.168.1.7:8080/#k=x",
  others: ["http://10.8.0.2:8080/#k=x", "http://127.0.0.1:8080/#k=x"],
};
const CODE = /^█+\n/;

Deno.test("a page on all addresses is told at each of them, and at last on this machine", () => {
  const terminal = new FakeTerminal();
  tellPage(PAGE, true, { json: false }, terminal);
  assert.deepEqual(terminal.lines, [
    "The page is at http://192.168.1.7:8080/#k=x",
    "  or http://10.8.0.2:8080/#k=x",
    "  on this machine http://127.0.0.1:8080/#k=x",
  ]);
});

Deno.test("no address is a wildcard, and each has the key", () => {
  const key = new PageKey(new SeededRng(1), 8080);
  for (const hostname of ["0.0.0.0", "::"]) {
    const { bare, url, others } = pageAddresses({ hostname, port: 8080 }, key);
    assert.equal(url, `${bare}#k=${key.text}`);
    for (const address of [url, ...others]) {
      assert.ok(address.endsWith(`:8080/#k=${key.text}`));
      assert.doesNotMatch(address, /0\.0\.0\.0|\[::\]/);
    }
  }
  const local = pageAddresses({ hostname: "127.0.0.1", port: 8080 }, undefined);
  assert.deepEqual(local.others, []);
  assert.equal(local.url, "http://127.0.0.1:8080/");
});

Deno.test("a terminal with room shows a code for a page that others may open", () => {
  const shown = (isForOthers: boolean, qr?: boolean) => {
    const terminal = new FakeTerminal(true);
    tellPage(PAGE, isForOthers, { json: false, ...(qr !== undefined && { qr }) }, terminal);
    return terminal.written;
  };
  assert.match(shown(true), CODE);
  assert.doesNotMatch(shown(true, false), CODE);
  assert.doesNotMatch(shown(false), CODE);
  assert.match(shown(false, true), CODE);
});

Deno.test("a script gets one line, and a code only if it asks, on standard error", () => {
  for (const qr of [undefined, true]) {
    const terminal = new FakeTerminal(true);
    tellPage(PAGE, true, { json: true, ...(qr !== undefined && { qr }) }, terminal);
    assert.equal(terminal.written, `{"kind":"ready","url":"${PAGE.url}"}\n`);
    assert.equal(CODE.test(terminal.errors), qr === true);
  }
});

Deno.test("of many addresses five are told, and that of the machine", () => {
  const others = Array.from({ length: 9 }, (_, index) => `http://10.0.0.${index}/`);
  const lines = addressLines([...others, "http://127.0.0.1/"]).split("\n").slice(0, -1);
  assert.equal(lines.length, 6);
  assert.equal(lines.at(-1), "  on this machine http://127.0.0.1/");
  assert.equal(addressLines([]), "");
});
