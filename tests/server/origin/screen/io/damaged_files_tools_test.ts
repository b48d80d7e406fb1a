import assert from "node:assert/strict";
import { CommandError } from "../../../../../shared/core/errors.ts";
import { viewOf } from "../../../../../shared/core/bytes.ts";
import { TemporaryFolder } from "../../../../e2e/fixtures.ts";
import { testWith } from "../../../../tools.ts";
import { withServer } from "../../sound/io/sound_server.ts";
import { ffmpeg, H264, MP3, open, pictures, tone, VP8 } from "./screen_files.ts";

/** Makes the number of samples in the first chunk of each track four billion. */
function damageChunks(file: Uint8Array): number {
  let count = 0;
  for (let at = 0; at + 24 < file.length; at++) {
    const name = String.fromCharCode(...file.subarray(at, at + 4));
    // Its version and flags, the number of rows, and of each row the first chunk and its samples.
    if (name !== "stsc") continue;
    viewOf(file).setUint32(at + 16, 0xff00_0001);
    count++;
  }
  return count;
}

async function refusal(location: string): Promise<string> {
  const error = await open(location).then(() => undefined, (error) => error);
  assert.ok(error instanceof CommandError, `${error}`);
  assert.ok(!error.message.includes("\n"));
  return error.message;
}

for (const order of [[], ["-movflags", "+faststart"]]) {
  testWith(
    ["ffmpeg"],
    `a damaged index, in front or not, is refused in a line, not read for hours: ${order}`,
    async () => {
      await using folder = new TemporaryFolder();
      const file = folder.file("damaged.mp4");
      await ffmpeg(...pictures(1), ...tone(1), ...H264, ...MP3, ...order, file);
      const bytes = await Deno.readFile(file);
      assert.equal(damageChunks(bytes), 2);
      await Deno.writeFile(file, bytes);
      assert.match(await refusal(file), /can't be read \(its index is damaged\)$/);
      if (order.length === 0) return;
      await withServer([() => new Response(bytes)], async (address) => {
        assert.match(await refusal(address), /can't be read \(its index is damaged\)$/);
      });
    },
  );
}

testWith(["ffmpeg"], "an IVF file that ends within its first picture is cut off", async () => {
  await using folder = new TemporaryFolder();
  const file = folder.file("cut.ivf");
  await ffmpeg(...pictures(1), ...VP8, "-an", file);
  const bytes = await Deno.readFile(file);
  for (const length of [33, 40, 200]) {
    await Deno.writeFile(file, bytes.subarray(0, length));
    assert.match(await refusal(file), /is cut off before anything in it can be read/);
  }
});
