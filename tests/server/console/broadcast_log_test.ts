import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import { BroadcastLog } from "../../../server/console/broadcast_log.ts";
import type { ServerOutput } from "../../../server/interface/output.ts";
import { BroadcastTotals } from "../../../server/console/broadcast_totals.ts";
import { goal, serveOptions, Stage, START } from "../kit.ts";

const ADDRESS = { hostname: "10.0.0.9", port: 4000 };
const SECRET = "open-sesame";
const READY = {
  host: "10.0.0.1",
  port: 5004,
  link: `streamer://10.0.0.1:5004/?t=${SECRET}`,
  ways: [],
  channels: [{ channel: "events", codec: "json", ssrc: 1 }] as const,
};

/** A logger of its own that writes to a list; nothing global is configured. */
function listLogger() {
  const lines: string[] = [];
  const record =
    (level: string) => (template: string, properties: Record<string, unknown> = {}) => {
      const text = template.replace(/\{(\w+)\}/g, (_, key) => String(properties[key]));
      lines.push(`${level}: ${text}`);
      assert(!JSON.stringify({ template, properties }).includes(SECRET));
    };
  const logger = { info: record("info"), warn: record("warn"), error: record("error") };
  const all = { ...getLogger(["test"]), ...logger, warning: record("warning") };
  return { lines, logger: all as unknown as ReturnType<typeof getLogger> };
}

Deno.test("all that happened is written down, without a token", () => {
  const { lines, logger } = listLogger();
  const tally = new BroadcastTotals(START);
  const log = new BroadcastLog(logger, tally);
  const stage = new Stage();
  stage.tell((core) => core.advance(stage.now)).tell((core) => core.pushEvent(goal(), stage.now));
  const [sent] = stage.said("event-sent");
  log.start(READY, serveOptions({ capacity: 3, tokens: [SECRET] }));
  const outputs: ServerOutput[] = [
    { kind: "started", at: START },
    { kind: "listener-joined", id: "0a", address: ADDRESS, name: "Ann", listeners: 1 },
    sent!,
    {
      ...stage.core.stats(),
      packetsSent: 38,
      bytesSent: 15_000,
      listeners: 1,
      data: { received: 1, refused: 1, superseded: 0, sent: 0 },
    },
    { kind: "rejected", address: ADDRESS, code: 1402, reason: "all 3 places are taken" },
    { kind: "notice", level: "warning", text: "odd" },
    { kind: "listener-left", id: "0a", address: ADDRESS, reason: "silent", listeners: 0 },
    { kind: "ended", reason: "duration" },
  ];
  for (const output of outputs) {
    tally.note(output, START + 1000);
    log.write(output);
  }
  log.write({ kind: "more-rejected", count: 312, codes: { 1401: 300, 1402: 12 } });
  log.end();
  assert.deepEqual(lines, [
    "info: Ready at 10.0.0.1:5004: events (json); capacity 3, by token",
    "info: The broadcast has started",
    'info: Joined: 0a "Ann" from 10.0.0.9:4000; 1 connected',
    "info: Event 1: 12:34 GOAL! (1 x 0)",
    "info: Sent 38 packets and 15000 bytes per second to 1 listener",
    "warn: Refused 10.0.0.9:4000: 1402, all 3 places are taken",
    "warning: odd",
    "info: Left (silent): 0a from 10.0.0.9:4000; 0 connected",
    "info: The broadcast has ended: duration",
    "warn: Refused 312 more: 1401 300 times, 1402 12 times",
    "info: Total: 1 joined, at most 1 at the same time, 1 refused, 1 event, 38 packets with 15000 bytes",
    "info: Total of the data: 1 message received, 1 refused, 0 superseded, 0 sent",
  ]);
});
