import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../../../shared/core/bytes.ts";
import {
  ReceivedBytes,
  SkipBytes,
  SkipOrRestart,
} from "../../../../../server/origin/io/bytes/resumption.ts";
import { withMetadata } from "../../sound/io/sound_files.ts";
import { brokenFile, endless, FRAMES, play, RADIO, SOUND } from "../../sound/io/sound_server.ts";

const CUT = 417 * 10 + 33;

/** A partial answer with a part of the file. */
function part(first: number, headers: Record<string, string> = {}): Response {
  const range = `bytes ${first}-${SOUND.length - 1}/${SOUND.length}`;
  return new Response(SOUND.subarray(first), {
    status: 206,
    headers: { "content-range": range, ...headers },
  });
}

Deno.test("song titles that nobody asked for are taken out of a radio's sound", async () => {
  const sent = withMetadata(SOUND, 1000);
  const headers = { ...RADIO, "icy-metaint": "1000" };
  // Each connection counts from its own beginning.
  const { frames, requests } = await play([
    () => new Response(endless(sent.subarray(0, 5000), "drop"), { headers }),
    () => new Response(endless(sent, "end"), { headers }),
  ], 50);
  assert.deepEqual(frames.slice(0, 10), FRAMES.slice(0, 10));
  assert.deepEqual(frames.slice(-39), FRAMES.slice(0, 39));
  assert.equal(requests[0]!.headers.get("icy-metadata"), null);
});

Deno.test("a file from a server that can't begin in its midst: what was had is left out", async () => {
  const { frames, requests, notices } = await play([
    () => brokenFile(SOUND, CUT),
    () => brokenFile(SOUND, CUT * 2),
    () => new Response(SOUND),
  ]);
  assert.deepEqual(frames, FRAMES);
  assert.equal(requests[2]!.headers.get("range"), `bytes=${CUT * 2}-`);
  assert.equal(notices.length, 2);
});

Deno.test("a part that begins earlier than asked: what was had is left out", async () => {
  const { frames } = await play([() => brokenFile(SOUND, CUT), () => part(CUT - 1000)]);
  assert.deepEqual(frames, FRAMES);
});

for (
  const [name, wrong] of [
    ["begins later", () => part(CUT + 500)],
    [
      "is in pieces",
      () => part(CUT, { "content-range": "", "content-type": "multipart/byteranges" }),
    ],
    ["counts in something else", () => part(CUT, { "content-range": `lines 5-9/12` })],
    ["is not to be had (416)", () => new Response(null, { status: 416 })],
  ] as const
) {
  Deno.test(`a part that ${name} is not played; the whole file is asked for`, async () => {
    const { frames, requests, notices } = await play([
      () => brokenFile(SOUND, CUT),
      wrong,
      () => new Response(SOUND),
    ]);
    assert.deepEqual(frames, FRAMES);
    assert.equal(requests[2]!.headers.get("range"), null);
    assert.match(notices[1]!, /sends another part than the missing one; requesting the whole/);
  });
}

Deno.test("a file that grew meanwhile continues, and one that shrank ends; both are reported", async () => {
  const grown = concat(SOUND, SOUND);
  const longer = await play([() => brokenFile(SOUND, CUT), () => new Response(grown)]);
  assert.equal(longer.frames.length, FRAMES.length * 2);
  assert.match(longer.notices[1]!, /has changed since then; reading continues at the same byte$/);
  const shorter = await play([
    () => brokenFile(SOUND, CUT),
    () => new Response(SOUND.subarray(0, CUT - 50)),
  ]);
  assert.deepEqual(shorter.frames, FRAMES.slice(0, 10));
  assert.match(
    shorter.notices[1]!,
    /has no bytes after the point where the connection broke; the sound ends there$/,
  );
});

Deno.test("a file that always breaks off at the same place is given up after a minute", async () => {
  const { frames, notices, pauses } = await play([() => brokenFile(SOUND, CUT)]);
  assert.deepEqual(frames, FRAMES.slice(0, 10));
  assert.match(notices.find((text) => text.startsWith("gave up"))!, /no sound for 60 s$/);
  assert(pauses.length < 15);
});

Deno.test("a radio that names a length comes back after a drop, and after that length", async () => {
  const headers = { ...RADIO, "content-length": "999999" };
  const { frames, requests, isLive } = await play([
    () => new Response(endless(SOUND.subarray(0, 417 * 20), "drop"), { headers }),
    () => new Response(SOUND.subarray(417 * 20, 417 * 30), { headers: RADIO }),
    () => new Response(endless(SOUND.subarray(417 * 30), "end"), { headers: RADIO }),
  ], 38);
  assert(isLive);
  assert.deepEqual(frames, FRAMES.slice(0, 38));
  assert(requests.every(({ headers }) => headers.get("range") === null));
});

Deno.test("what was taken for a file and comes back as a radio is live from then on", async () => {
  const { frames } = await play([
    () => brokenFile(SOUND, 417 * 20),
    () => new Response(endless(SOUND.subarray(417 * 20), "end"), { headers: RADIO }),
  ], 38);
  assert.deepEqual(frames, FRAMES.slice(0, 38));
});

Deno.test("a file without a length that is cut does not start over", async () => {
  const { frames, notices } = await play([
    () => new Response(endless(SOUND.subarray(0, CUT), "drop")),
    () => new Response(endless(SOUND.subarray(0, 100), "drop")),
    () => new Response(endless(SOUND.subarray(0, CUT * 2), "drop")),
    () => new Response(endless(SOUND, "end")),
  ]);
  assert.deepEqual(frames, FRAMES);
  assert.equal(notices.filter((text) => text.startsWith("lost")).length, 2);
});

Deno.test("a file without a length that is always cut is given up after a minute", async () => {
  const { frames, notices } = await play([
    () => new Response(endless(SOUND.subarray(0, CUT), "drop")),
  ]);
  assert.deepEqual(frames, FRAMES.slice(0, 10));
  assert(notices.some((text) => text.startsWith("gave up ")));
});

Deno.test("a stream without radio headers continues live when it begins otherwise than before", async () => {
  const { frames } = await play([
    () => new Response(endless(SOUND.subarray(0, 417 * 20), "drop")),
    () => new Response(endless(SOUND.subarray(417 * 20), "end")),
  ]);
  assert.deepEqual(frames, FRAMES);
});

Deno.test("skipping and comparing give the rest, whatever the cuts", () => {
  const cases = fc.record({
    whole: fc.uint8Array({ minLength: 1, maxLength: 18_000, size: "max" }),
    had: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.integer({ min: 1, max: 20_000 }),
  });
  fc.assert(fc.property(cases, ({ whole, had, cut }) => {
    const position = Math.floor(whole.length * had);
    const before = new ReceivedBytes();
    before.add(whole.subarray(0, position));
    for (const continuation of [new SkipBytes(position), new SkipOrRestart(before)]) {
      const parts: Uint8Array[] = [];
      for (let from = 0; from < whole.length; from += cut) {
        for (const piece of continuation.push(whole.subarray(from, from + cut))) {
          if (piece === "restart") assert.equal(position, 0);
          else parts.push(piece);
        }
      }
      assert.deepEqual(concat(...parts), new Uint8Array(whole.subarray(position)));
    }
  }));
});

Deno.test("a stream that begins otherwise is passed on whole, as one that is live", () => {
  const before = new ReceivedBytes();
  before.add(Uint8Array.of(1, 2, 3, 4));
  const continuation = new SkipOrRestart(before);
  assert.deepEqual(continuation.push(Uint8Array.of(1, 2)), []);
  assert.deepEqual(
    continuation.push(Uint8Array.of(9)),
    ["restart", Uint8Array.of(1, 2), Uint8Array.of(9)],
  );
  assert.deepEqual(continuation.push(Uint8Array.of(5)), [Uint8Array.of(5)]);
});
