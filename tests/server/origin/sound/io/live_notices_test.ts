import assert from "node:assert/strict";
import { openAudioSource } from "../../../../../server/origin/sound/io/audio_source.ts";
import { concat } from "../../../../../shared/core/bytes.ts";
import { serializeOpusHead } from "../../../../../shared/media/opus_packet.ts";
import { opusFrame } from "../../../../shared/media/frames.ts";
import { oggPagesOf } from "./sound_files.ts";

const VORBIS = Uint8Array.of(1, ...new TextEncoder().encode("vorbis"), ...new Uint8Array(23));

/** A link of a chain: a head, tags to skip, then packets. */
function link(
  serialNumber: number,
  head: Uint8Array,
  packets: readonly Uint8Array[],
): Uint8Array[] {
  const rest = [new TextEncoder().encode("tags"), ...packets];
  return [
    ...oggPagesOf(head, { serialNumber, isFirst: true }),
    ...rest.flatMap((packet, index) =>
      oggPagesOf(packet, { serialNumber, firstSequence: index + 1 })
    ),
  ];
}

Deno.test("source: a radio whose chain switches to another codec twice is reported twice", async () => {
  const song = Array.from({ length: 20 }, (_, index) => opusFrame(40, index));
  const opus = (serialNumber: number) =>
    link(serialNumber, serializeOpusHead(2, 0), song.map(({ bytes }) => bytes));
  const vorbis = (serialNumber: number) => link(serialNumber, VORBIS, [Uint8Array.of(4, 4)]);
  const rest = concat(...vorbis(2), ...opus(3), ...vorbis(4), ...opus(5));
  const onAir = Promise.withResolvers<void>();
  const body = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      async start(controller) {
        controller.enqueue(concat(...opus(1)));
        await onAir.promise;
        controller.enqueue(rest);
        controller.close();
      },
    });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    // Without a length it is live.
    () => new Response(body()),
  );
  const source = await openAudioSource([`http://127.0.0.1:${server.addr.port}/live`], {
    loop: false,
    signal: new AbortController().signal,
  });
  const notices: string[] = [];
  source.onNotice = (text) => notices.push(text);
  const frames = [];
  for await (const frame of source.frames()) {
    frames.push(frame);
    onAir.resolve();
  }
  await server.shutdown();
  assert.deepEqual(frames, [...song, ...song, ...song]);
  assert.equal(notices.filter((text) => text.includes("goes on with Vorbis")).length, 2);
});
