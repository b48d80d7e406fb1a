import assert from "node:assert/strict";
import { AudioRelay } from "../../viewer/audio_relay.ts";
import type { EncodedFrame } from "../../shared/media/channel.ts";

const MP3 = { codec: "mp3", sampleRate: 44_100, channelCount: 2 } as const;

function frames(from: number, count: number): EncodedFrame[] {
  return Array.from({ length: count }, (_, index) => ({
    bytes: Uint8Array.of(Math.floor((from + index) / 256), (from + index) % 256),
    sampleCount: 1152,
    sampleRate: 44_100,
  }));
}

Deno.test("a reader gets every frame in order from the moment it came", async () => {
  const relay = new AudioRelay();
  relay.setFormat(MP3);
  relay.publish(frames(0, 5));
  const reader = relay.open()!.body.getReader();
  relay.publish(frames(5, 2));
  const first = await reader.read();
  relay.publish(frames(7, 1));
  const second = await reader.read();
  assert.deepEqual([...first.value!, ...second.value!], [0, 5, 0, 6, 0, 7]);
  await reader.cancel();
});

Deno.test("a slow reader loses the oldest frames, whole and counted; a fast one none", async () => {
  const relay = new AudioRelay();
  relay.setFormat(MP3);
  const slow = relay.open()!.body.getReader();
  const fast = relay.open()!.body.getReader();
  let heard = 0;
  for (let from = 0; from < 1000; from += 10) {
    relay.publish(frames(from, 10));
    heard += (await fast.read()).value!.length / 2;
  }
  assert.equal(heard, 1000);
  const early = (await slow.read()).value!;
  const late = (await slow.read()).value!;
  assert.equal(relay.losses.get("framesDropped"), 1000 - (early.length + late.length) / 2);
  assert.deepEqual([...late.slice(-2)], [Math.floor(999 / 256), 999 % 256]);
  assert.ok(late.length / 2 <= 128);
  await slow.cancel();
  await fast.cancel();
});

Deno.test("another format ends the responses of the old one; the same format continues", async () => {
  const relay = new AudioRelay();
  assert.equal(relay.open(), undefined);
  relay.setFormat(MP3);
  const reader = relay.open()!.body.getReader();
  relay.setFormat({ ...MP3 });
  relay.publish(frames(1, 1));
  assert.deepEqual([...(await reader.read()).value!], [0, 1]);
  relay.setFormat({ ...MP3, sampleRate: 22_050 });
  assert.equal((await reader.read()).done, true);
});

Deno.test("too many readers are refused until one leaves", async () => {
  const relay = new AudioRelay();
  relay.setFormat(MP3);
  const bodies = Array.from({ length: 64 }, () => relay.open()!.body);
  assert.equal(relay.open(), undefined);
  assert.equal(relay.losses.get("listenersRefused"), 1);
  await bodies[0]!.cancel();
  const another = relay.open();
  assert.ok(another);
  await another.body.cancel();
  for (const body of bodies.slice(1)) await body.cancel();
});
