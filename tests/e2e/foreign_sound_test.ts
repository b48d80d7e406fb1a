import assert from "node:assert/strict";
import { requireTool, testWith } from "../tools.ts";
import { COMMENTARY_MP3, COMMENTARY_OPUS, run, TemporaryFolder } from "./fixtures.ts";
import { programCommand, serve, Streamer } from "./streamer.ts";

const HOST = ["serve", "--host", "127.0.0.1", "--port", "0", "--open", "--audio"];

testWith(
  ["ffmpeg"],
  "a pipe that stays open and is no sound is named while it is open, exit status 1",
  async () => {
    await using folder = new TemporaryFolder();
    const aac = folder.file("live.aac");
    await run(requireTool("ffmpeg"), ["-v", "error", "-i", COMMENTARY_MP3, "-t", "2", aac]);
    const cases: readonly (readonly [Uint8Array, RegExp])[] = [
      [
        Deno.readFileSync(aac),
        /standard input is AAC; .*ffmpeg -i INPUT -f mp3 - \| streamer serve/,
      ],
      [new Uint8Array(100).fill(0x9e), /standard input has no MP3 or Opus sound in it; /],
    ];
    for (const [bytes, told] of cases) {
      const { code, stderr } = await serveFromOpenPipe(bytes);
      assert.match(stderr, told);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
      assert.equal(code, 1);
    }
  },
);

Deno.test("a radio that stays silent under another content type is named by that, exit status 1", async () => {
  await using radio = openRadio(new Uint8Array(100).fill(0x9e), "audio/aacp");
  await using host = new Streamer([...HOST, radio.address]);
  await host.end(1);
  assert.match(host.stderr, /--audio "http:.*\/live" is AAC; .*ffmpeg -i ADDRESS /);
});

testWith(["ffmpeg"], "a radio that turns from Opus to Vorbis is told on the air", async () => {
  await using folder = new TemporaryFolder();
  const [opus, vorbis] = [folder.file("one.opus"), folder.file("two.ogg")];
  const cut = ["-v", "error", "-i", COMMENTARY_OPUS, "-t", "1"];
  await run(requireTool("ffmpeg"), [...cut, "-c", "copy", opus]);
  await run(requireTool("ffmpeg"), [...cut, "-ac", "2", "-c:a", "libvorbis", vorbis]);
  const bytes = [opus, vorbis].flatMap((file) => [...Deno.readFileSync(file)]);
  await using radio = openRadio(Uint8Array.from(bytes), "application/ogg");
  const { host } = await serve(["--open", "--audio", radio.address]);
  await using _host = host;
  await host.until(() => host.stderr.includes("Vorbis"), "word of Vorbis");
  assert.match(
    host.stderr,
    /\/live" goes on with Vorbis, which can't be sent; it is skipped until/,
  );
  host.kill("SIGINT");
  await host.end();
});

/** Runs a host whose standard input gets `bytes` and no end. */
async function serveFromOpenPipe(bytes: Uint8Array): Promise<{ code: number; stderr: string }> {
  const [command, ...before] = programCommand();
  const process = new Deno.Command(command!, {
    args: [...before, ...HOST, "-"],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(bytes.slice());
  const [{ code }, stderr] = await Promise.all([
    process.status,
    new Response(process.stderr).text(),
  ]);
  await writer.close().catch(() => {});
  return { code, stderr };
}

/** A server whose answer has no end: some bytes, then nothing. */
function openRadio(bytes: Uint8Array<ArrayBuffer>, contentType: string) {
  const stop = new AbortController();
  const body = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        controller.enqueue(bytes);
        stop.signal.addEventListener("abort", () => controller.error(new Error("over")));
      },
    });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(body(), { headers: { "content-type": contentType } }),
  );
  return {
    address: `http://127.0.0.1:${server.addr.port}/live`,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await server.shutdown();
    },
  };
}
