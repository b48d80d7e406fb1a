import assert from "node:assert/strict";
import { deflateSync } from "fflate";
import type { ListenerOutput } from "../../client/interface/output.ts";
import type { DataMessage } from "../../shared/data/data_message.ts";
import { DataStore } from "../../viewer/data_store.ts";
import { head, withImage } from "../shared/data/messages.ts";
import { joined } from "./fakes/outputs.ts";

const data = (message: DataMessage): ListenerOutput => ({
  kind: "data",
  channel: "data",
  message,
  at: 0,
});
const plain = (count: number) => ({ head: head({ count }) });

function raw(pixels: Uint8Array): DataMessage {
  const image = deflateSync(pixels);
  const { head: { image: facts, ...others } } = withImage(pixels);
  const mimeType = "application/octet-stream";
  const size = { width: pixels.length, height: 1 };
  const about = { ...facts!, ...size, mimeType, format: "gray8", deflated: true } as const;
  return { head: { ...others, image: about }, image };
}

function taken(...outputs: ListenerOutput[]): DataStore {
  const store = new DataStore();
  for (const output of outputs) store.take(output);
  return store;
}

Deno.test("the last message, and the last picture although later messages have none", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const setup = { values: { energy: { unit: "MeV" } } };
  const store = taken(
    joined(),
    { kind: "data-setup", setup },
    data(withImage(Uint8Array.of(9), 1)),
    data(withImage(bytes, 2)),
    data(plain(3)),
  );
  assert.equal(store.latest?.head.count, 3);
  assert.equal(store.picture?.head.count, 2);
  assert.deepEqual(store.openPicture(), bytes);
  assert.deepEqual(store.setup, setup);
  store.take(data(withImage(Uint8Array.of(7), 4)));
  assert.deepEqual(store.openPicture(), Uint8Array.of(7));
});

Deno.test("a raw picture is inflated, once", () => {
  const pixels = new Uint8Array(500).fill(3);
  const store = taken(data(raw(pixels)));
  const opened = store.openPicture();
  assert.deepEqual(opened, pixels);
  assert.equal(store.openPicture(), opened);
});

Deno.test("bytes that can't be inflated are no picture", () => {
  const message = raw(new Uint8Array(500).fill(3));
  const store = taken(data({ ...message, image: message.image!.subarray(1) }));
  assert.equal(store.openPicture(), undefined);
  assert.equal(store.latest?.head.count, 17);
});

Deno.test("a listener that joins again keeps all; another broadcast begins with nothing", () => {
  const store = taken(joined(), data(withImage(Uint8Array.of(9), 1)), joined({}, true));
  assert.equal(store.latest?.head.count, 1);
  store.take(joined({ broadcastId: "00000000000000dd" }));
  assert.deepEqual(
    [store.latest, store.picture, store.openPicture(), store.setup],
    [undefined, undefined, undefined, undefined],
  );
});

Deno.test("messages of another channel are not the broadcast's live data", () => {
  const store = taken({ kind: "data", channel: "screen", message: plain(1), at: 0 });
  assert.equal(store.latest, undefined);
});
