import assert from "node:assert/strict";
import {
  followMoments,
  type MomentStream,
} from "../../../../scripts/demo/web/model/moment_source.ts";
import { NetworkModel } from "../../../../scripts/demo/web/model/network_model.ts";

const START = { loss: 0, delayMillis: 0, duplicate: 0, reorder: 0 };

class FakeStream implements MomentStream {
  readyState = 1;
  readonly #listeners = new Map<string, (event: MessageEvent) => void>();

  constructor(readonly url: string) {}

  addEventListener(kind: string, listener: (event: MessageEvent) => void): void {
    this.#listeners.set(kind, listener);
  }

  close(): void {
    this.readyState = 2;
  }

  say(kind: string, value: unknown): void {
    this.#listeners.get(kind)!(new MessageEvent(kind, { data: JSON.stringify(value) }));
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.#listeners.get("error")!(new MessageEvent("error"));
  }
}

function follow() {
  const model = new NetworkModel();
  const streams: FakeStream[] = [];
  followMoments(model, (url) => {
    streams.push(new FakeStream(url));
    return streams.at(-1)!;
  });
  return { model, streams };
}

Deno.test("another channel is another stream, and the one before ends", () => {
  const { model, streams } = follow();
  model.lookAt("data");
  assert.deepEqual(streams.map(({ url }) => url), [
    "/network/moments?channel=audio",
    "/network/moments?channel=data",
  ]);
  assert.equal(streams[0]!.readyState, 2);
});

Deno.test("a stream that the browser opens again is lost, one that it has given up is refused", () => {
  const { model, streams } = follow();
  streams[0]!.say("moment", { at: 1, channel: "audio", start: START, listeners: [] });
  assert.equal(model.link.value, "live");
  streams[0]!.fail(0);
  assert.equal(model.link.value, "lost");
  streams[0]!.fail(2);
  assert.equal(model.link.value, "refused");
});

Deno.test("after the verdict no stream is opened, and what was seen last stays", () => {
  const { model, streams } = follow();
  const listener = { number: 1, settings: START, packets: [{ sequence: 1, sentAt: 1 }] };
  streams[0]!.say("moment", { at: 1, channel: "audio", start: START, listeners: [listener] });
  streams[0]!.say("verdict", { line: "All 48 pairs agree" });
  model.lookAt("screen");
  assert.equal(streams.length, 1);
  assert.deepEqual([model.link.value, model.verdict.value], ["over", "All 48 pairs agree"]);
  assert.equal(model.packetsOf(model.lanes.value[0]!).newest, 1);
});
