import assert from "node:assert/strict";
import type { LedgerSnapshot } from "../../../shared/ledger/ledger.ts";
import type { Terminal } from "../../../shared/driver/machine.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { type Moment, openProgress } from "../../../scripts/demo/progress.ts";

function fakeTerminal(isTerminal: boolean, columns = 80) {
  const printed: string[] = [];
  const terminal: Terminal = {
    out: (text) => printed.push(text),
    err: () => assert.fail("nothing is wrong"),
    isTerminal,
    color: false,
    isUnicode: true,
    rows: () => 24,
    columns: () => columns,
  };
  return { terminal, printed };
}

const EMPTY: LedgerSnapshot = { at: 0, channels: [], junk: {} };

function moment(second: number): Moment {
  return { second, event: undefined, ledgers: [EMPTY, EMPTY, EMPTY] };
}

Deno.test("on a terminal the same lines are rewritten, and none is longer than it is wide", () => {
  const { terminal, printed } = fakeTerminal(true, 40);
  const progress = openProgress(terminal, false);
  progress.show(moment(0));
  progress.show(moment(1));
  const lineCount = printed[0]!.split("\n").length - 1;
  assert.ok(printed[1]!.startsWith(`\x1b[${lineCount}A`));
  for (const line of printed[0]!.replaceAll("\x1b[2K", "").split("\n")) {
    assert.ok(line.length < 40, line);
  }
});

Deno.test("what is rewritten may be left out, but not what it is rewritten over", () => {
  const terminal = new FakeTerminal(true);
  const progress = openProgress(terminal, false);
  for (let second = 0; second < 3; second++) progress.show(moment(second));
  assert.equal(terminal.statuses.length, 2);
  assert.ok(terminal.written.endsWith(terminal.statuses.join("")));
});

Deno.test("elsewhere it prints plain lines, one block in ten seconds", () => {
  const { terminal, printed } = fakeTerminal(false);
  const progress = openProgress(terminal, false);
  for (let second = 0; second <= 30; second++) progress.show(moment(second));
  assert.equal(printed.length, 3);
  assert.ok(printed.every((text) => !text.includes("\x1b")));
});

Deno.test("as JSON each second is one object on one line", () => {
  const { terminal, printed } = fakeTerminal(true);
  openProgress(terminal, true).show(moment(4));
  assert.equal(printed.join("").trim().split("\n").length, 1);
  assert.equal(JSON.parse(printed[0]!).second, 4);
});
