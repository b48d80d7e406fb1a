import assert from "node:assert/strict";
import type { ServerOutput } from "../../../server/interface/output.ts";
import { EdgeReports } from "../../../server/origin/edge_reports.ts";
import { Streams } from "../../../server/origin/streams.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { START } from "../kit.ts";

function open() {
  const outputs: ServerOutput[] = [];
  const say = (output: ServerOutput) => void outputs.push(output);
  const rng = new SeededRng(1);
  const streams = new Streams({ rng, sequenceStart: undefined, send: () => {}, say });
  const { id } = streams.open({ name: "screen", kind: "frames", codec: "vp8", aheadMillis: 0 });
  const reports = new EdgeReports({ streams, say });
  const said = (kind: ServerOutput["kind"]) => outputs.filter((output) => output.kind === kind);
  return { reports, streams, id, said };
}

Deno.test("the listeners of all edges are added up, without those of an edge that is gone", () => {
  const { reports } = open();
  reports.onMessage(0, { type: "listeners", joined: 5 }, START);
  reports.onMessage(1, { type: "listeners", joined: 7 }, START);
  reports.onMessage(0, { type: "listeners", joined: 6 }, START);
  assert.equal(reports.joined, 13);
  reports.remove(1);
  assert.equal(reports.joined, 6);
});

Deno.test("a source is asked for a key frame once a second, however many edges ask", () => {
  const { reports, id, said } = open();
  for (let tenth = 0; tenth < 100; tenth++) {
    for (let edge = 0; edge < 4; edge++) {
      reports.onMessage(edge, { type: "key-request", channel: id }, START + 100 * tenth);
    }
  }
  assert.equal(said("key-frame-wanted").length, 10);
});

Deno.test("each channel's source is asked apart from the others, and a new channel's at once", () => {
  const { reports, streams, id, said } = open();
  const ask = (channel: number) => reports.onMessage(0, { type: "key-request", channel }, START);
  const plan = { kind: "frames", codec: "h264", aheadMillis: 0 } as const;
  const other = streams.open({ name: "data", ...plan });
  for (const channel of [id, other.id, id]) ask(channel);
  streams.end(id);
  reports.forget(id);
  ask(streams.open({ name: "screen", ...plan }).id);
  const asked = said("key-frame-wanted").map((output) => "channel" in output && output.channel);
  assert.deepEqual(asked, ["screen", "data", "screen"]);
});

Deno.test("the losses of a channel are added up over the edges", () => {
  const { reports, id, said } = open();
  const tell = (edge: number, listeners: number, lossy: number) =>
    reports.onMessage(edge, { type: "losses", channel: id, listeners, lossy }, START);
  tell(0, 10, 1);
  tell(1, 100, 50);
  tell(0, 12, 0);
  reports.remove(1);
  tell(0, 12, 3);
  const sums = said("losses").map((output) =>
    output.kind === "losses" && [output.channel, output.listeners, output.lossy]
  );
  assert.deepEqual(sums, [
    ["screen", 10, 1],
    ["screen", 110, 51],
    ["screen", 112, 50],
    ["screen", 12, 3],
  ]);
});

Deno.test("what an edge says of a channel that has ended is told to nobody", () => {
  const { reports, streams, id, said } = open();
  streams.end(id);
  reports.forget(id);
  reports.onMessage(0, { type: "losses", channel: id, listeners: 3, lossy: 3 }, START);
  reports.onMessage(0, { type: "key-request", channel: id }, START);
  assert.deepEqual([said("losses"), said("key-frame-wanted")], [[], []]);
});
