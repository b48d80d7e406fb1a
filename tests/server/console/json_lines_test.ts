import assert from "node:assert/strict";
import { JsonLines } from "../../../server/console/json_lines.ts";
import { BroadcastTotals } from "../../../server/console/broadcast_totals.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { serveOptions, START } from "../kit.ts";

const ADDRESS = { hostname: "10.0.0.9", port: 4000 };

Deno.test("a name can't turn the writing of JSON lines, and is read as it was", () => {
  const terminal = new FakeTerminal();
  const lines = new JsonLines(terminal, new BroadcastTotals(START), serveOptions());
  const name = "Ann\u202e\u0085\u009b2J";
  lines.show({ kind: "listener-joined", id: "0a", address: ADDRESS, name, listeners: 1 });
  assert.doesNotMatch(terminal.written.slice(0, -1), /[\p{Cc}\p{Cf}]/u);
  assert.equal(JSON.parse(terminal.lines[0]!).name, name);
});

Deno.test("refusals that were left out are one line with their number", () => {
  const terminal = new FakeTerminal();
  const lines = new JsonLines(terminal, new BroadcastTotals(START), serveOptions());
  lines.show({ kind: "more-rejected", count: 312, codes: { 1401: 300, 1402: 12 } });
  assert.deepEqual(JSON.parse(terminal.lines[0]!), {
    kind: "more-rejected",
    count: 312,
    codes: { 1401: 300, 1402: 12 },
  });
});

Deno.test("a QR code that is asked for goes to standard error, and no other does", () => {
  const ready = { host: "10.0.0.1", port: 5004, link: "streamer://10.0.0.1:5004/?t=x", ways: [] };
  for (const qr of [undefined, false, true]) {
    const terminal = new FakeTerminal(true);
    const options = serveOptions({ isPlain: false, ...(qr !== undefined && { qr }) });
    new JsonLines(terminal, new BroadcastTotals(START), options).start({ ...ready, channels: [] });
    assert.equal(JSON.parse(terminal.written).link, ready.link);
    assert.equal(terminal.errors.startsWith("█".repeat(20)), qr === true);
  }
});
