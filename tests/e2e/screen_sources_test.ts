import assert from "node:assert/strict";
import { canonicalH264, splitAnnexB } from "../../shared/media/video/h264.ts";
import { requireTool, testWith } from "../tools.ts";
import { framesOfIvf } from "../ivf_frames.ts";
import { COMMENTARY_MP3, freeEvenPort, run, TemporaryFolder, untilListening } from "./fixtures.ts";
import { testWithPipe } from "./pipes.ts";
import { type JsonLine, listen, serve, Streamer } from "./streamer.ts";

/**
 * Every kind of source through the real program: what a plain player gets by `--rtp-screen-to` and the SDP are the
 * pictures of the file, bit for bit and in their order.
 */
const PICTURES = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4"];
const TONE = ["-f", "lavfi", "-i", "sine=duration=4:sample_rate=48000", "-ac", "2"];
const H264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25", "-bf", "2"];
const VP8 = ["-c:v", "libvpx", "-b:v", "500k", "-g", "25", "-deadline", "realtime"];
/** Of video to be received before a player passes. */
const SECONDS = 3;

interface Case {
  readonly file: string;
  readonly codecs: readonly string[];
  readonly codec: "h264" | "vp8";
  readonly sound?: "mp3" | "opus";
  readonly from: "file" | "stdin" | "http";
}

const CASES: readonly Case[] = [
  {
    file: "a.mp4",
    codecs: [...H264, "-c:a", "libopus"],
    codec: "h264",
    sound: "opus",
    from: "file",
  },
  {
    file: "b.mp4",
    codecs: [...H264, "-c:a", "libmp3lame", "-movflags", "+frag_keyframe+empty_moov"],
    codec: "h264",
    sound: "mp3",
    from: "stdin",
  },
  {
    file: "c.mkv",
    codecs: [...H264, "-c:a", "libopus"],
    codec: "h264",
    sound: "opus",
    from: "stdin",
  },
  {
    file: "d.webm",
    codecs: [...VP8, "-c:a", "libopus"],
    codec: "vp8",
    sound: "opus",
    from: "http",
  },
  {
    file: "e.webm",
    codecs: [...VP8, "-c:a", "libopus", "-live", "1"],
    codec: "vp8",
    sound: "opus",
    from: "stdin",
  },
  {
    file: "f.ts",
    codecs: [...H264, "-c:a", "libmp3lame"],
    codec: "h264",
    sound: "mp3",
    from: "stdin",
  },
  { file: "g.h264", codecs: [...H264, "-an"], codec: "h264", from: "stdin" },
  { file: "h.ivf", codecs: [...VP8, "-an"], codec: "vp8", from: "stdin" },
];

async function ffmpeg(...args: readonly string[]): Promise<void> {
  await run(requireTool("ffmpeg"), ["-nostdin", "-v", "error", "-y", ...args]);
}

for (const { file: name, codecs, codec, sound, from } of CASES) {
  testWith(["ffmpeg"], `${name} from ${from}: a plain player gets its pictures`, async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file(name);
    await ffmpeg(...PICTURES, ...TONE, ...codecs, file);
    await using source = openSource(file, from);
    const [port, sdp] = [freeEvenPort(), folder.file("session.sdp")];
    const { host, link } = await serve([
      ...["--screen", source.location, "--wait-for", "1"],
      ...["--rtp-screen-to", `127.0.0.1:${port}`, "--sdp", sdp],
    ], from === "stdin" ? { stdin: await Deno.readFile(file) } : {});
    await using _host = host;
    const ready = await host.line("ready");
    assert.deepEqual(
      ready.channels.map(({ channel, codec }: JsonLine) => [channel, codec]),
      [...(sound ? [["audio", sound]] : []), ["screen", codec]],
    );
    const shown = receivePlain(sdp, folder, codec);
    // The player has to be there before the first packet.
    await untilListening(port);
    await using listener = listen([link]);
    const received = await shown;
    const sent = await picturesOf(file, folder, codec);
    assert(received.length >= (SECONDS - 1) * 25, `only ${received.length} pictures`);
    const start = sent.indexOf(received[0]!);
    assert(start >= 0, "the first picture is none of the source");
    assert.deepEqual(received, sent.slice(start, start + received.length));
    await listener.end();
    const summary = await host.end();
    assert.equal(summary.reason, "end of broadcast");
    for (const { channel, packetCount } of summary.channels) {
      assert(packetCount > 0, `${channel} sent nothing`);
    }
    assert(!/Error|undefined/.test(host.stderr), host.stderr);
  });
}

function openSource(file: string, from: Case["from"]): { location: string } & AsyncDisposable {
  if (from !== "http") {
    const location = from === "stdin" ? "-" : file;
    return { location, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const bytes = Deno.readFileSync(file);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(bytes),
  );
  return {
    location: `http://127.0.0.1:${server.addr.port}/screen`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What ffmpeg, told no more than the SDP, makes of the packets: hashes of its pictures. */
async function receivePlain(sdp: string, folder: TemporaryFolder, codec: Case["codec"]) {
  const file = folder.file(codec === "h264" ? "received.h264" : "received.ivf");
  await ffmpeg(
    ...["-protocol_whitelist", "file,udp,rtp", "-i", sdp],
    ...["-t", String(SECONDS), "-map", "0:v", "-c", "copy", file],
  );
  return await picturesOf(file, folder, codec);
}

/** Of each picture in decoding order, in the form in which frames are compared. */
async function picturesOf(
  file: string,
  folder: TemporaryFolder,
  codec: Case["codec"],
): Promise<string[]> {
  const bare = folder.file(codec === "h264" ? "bare.h264" : "bare.ivf");
  await ffmpeg("-i", file, "-map", "0:v", "-c", "copy", bare);
  const bytes = await Deno.readFile(bare);
  const pictures = codec === "vp8" ? framesOfIvf(bytes) : await accessUnitsOf(bare, bytes);
  return await Promise.all(pictures.map(hash));
}

/** By ffprobe's view of where they are. */
async function accessUnitsOf(file: string, bytes: Uint8Array): Promise<Uint8Array[]> {
  const packets = JSON.parse(
    await run(requireTool("ffprobe"), ["-v", "error", "-show_packets", "-of", "json", file]),
  ).packets as { pos: string; size: string }[];
  return packets.map(({ pos, size }) =>
    canonicalH264(splitAnnexB(bytes.subarray(Number(pos), Number(pos) + Number(size))))
  );
}

async function hash(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice())).toHex();
}

testWith(
  ["ffmpeg"],
  "a screen that can't be sent says so in one line, and sound and events go on",
  async () => {
    await using folder = new TemporaryFolder();
    const cases: readonly (readonly [string, readonly string[], RegExp, boolean])[] = [
      [
        "a.webm",
        ["-c:v", "libvpx-vp9", "-deadline", "realtime"],
        /holds VP9; only H\.264 and VP8/,
        false,
      ],
      ["b.mp4", H264, /index \(moov\) at the end/, true],
      ["c.mp4", H264, /is cut off before anything in it can be read/, false],
    ];
    await Promise.all(cases.map(async ([name, codec, wanted, isPiped], index) => {
      const file = folder.file(name);
      await ffmpeg(...PICTURES, ...codec, file);
      if (index === 2) await Deno.truncate(file, 20_000);
      const args = ["--audio", COMMENTARY_MP3, "--simulate", "--duration", "3s"];
      const options = isPiped ? { stdin: await Deno.readFile(file) } : {};
      const { host } = await serve([...args, "--screen", isPiped ? "-" : file], options);
      await using _host = host;
      const summary = await host.end(1);
      assert.equal(summary.reason, "duration");
      const counts = new Map<string, number>(
        summary.channels.map(({ channel, packetCount }: JsonLine) => [channel, packetCount]),
      );
      assert(counts.get("audio")! > 50 && counts.get("events")! > 0);
      assert(!counts.has("screen"));
      const said = host.stderr.trim().split("\n");
      assert.match(said[0]!, wanted);
      // The same line ends the program, whose exit status it explains.
      assert.deepEqual(said.slice(1), [`Error: ${said[0]}`]);
    }));
  },
);

testWith(
  ["ffmpeg"],
  "alone, such a screen ends the start with exit status 1; a wrong flag with 2",
  async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("a.txt");
    await Deno.writeTextFile(file, "no video at all. ".repeat(100));
    for (
      const [args, code, wanted] of [
        [["--screen", file], 1, /is text; give MP4, MKV/],
        [["--screen", "browser", "--studio", "0.0.0.0:0"], 2, /--studio.*this machine alone/],
        [["--screen", file, "--screen-rate", "0"], 2, /--screen-rate.*no rate of pictures/],
      ] as const
    ) {
      await using program = new Streamer(["serve", "--port", "0", "--json", ...args]);
      await program.end(code);
      assert.match(program.stderr, wanted);
      assert.equal(program.stderr.trim().split("\n").length, 1);
    }
  },
);

testWithPipe({
  name: "a pipe that begins late: the screen starts when it comes",
  tools: ["ffmpeg"],
  fn: async () => {
    await using folder = new TemporaryFolder();
    const [file, pipe] = [folder.file("a.ts"), folder.file("pipe")];
    await ffmpeg(...PICTURES, ...TONE, ...H264, "-c:a", "libmp3lame", file);
    await run("mkfifo", [pipe]);
    const { host } = await serve(["--screen", pipe, "--duration", "60s"]);
    await using _host = host;
    const notice = "waits for a program that writes to this pipe";
    await host.until(() => host.stderr.includes(notice), "word of the wait");
    using writer = await Deno.open(pipe, { write: true });
    const bytes = await Deno.readFile(file);
    for (let at = 0; at < bytes.length;) at += await writer.write(bytes.subarray(at));
    await host.line("channel-started", ({ channel }) => channel === "screen");
    await host.line("channel-started", ({ channel }) => channel === "audio");
    const isSent = ({ channels }: JsonLine) =>
      channels.some(({ channel, packetCount }: JsonLine) =>
        channel === "screen" && packetCount > 50
      );
    await host.line("stats", isSent);
    host.kill("SIGINT");
    await host.end();
  },
});

testWith(
  ["ffmpeg", "Xvfb"],
  "the desktop is grabbed, and its ffmpeg ends with the broadcast",
  async () => {
    await using display = await openDisplay();
    const env = { DISPLAY: display.name };
    const args = ["--screen", "desktop", "--screen-size", "640x360", "--screen-rate", "10"];
    const { host } = await serve([...args, "--duration", "4s"], { env });
    await using _host = host;
    const ready = await host.line("ready");
    assert.deepEqual(ready.channels.map(({ codec }: JsonLine) => codec), ["h264"]);
    const child = await run("pgrep", ["-P", String(host.pid), "ffmpeg"]);
    assert.match(child, /^\d+\n$/);
    const summary = await host.end();
    assert.equal(summary.reason, "duration");
    assert(summary.channels[0].packetCount > 30);
    assert.equal(host.stderr, "");
    assert.throws(() => Deno.kill(Number(child), "SIGCONT"), "its ffmpeg still runs");
  },
);

/** An X server without a screen, on a display that it chooses. */
async function openDisplay(): Promise<{ name: string } & AsyncDisposable> {
  const size = ["-screen", "0", "800x600x24"];
  const server = new Deno.Command(requireTool("Xvfb"), {
    args: ["-displayfd", "1", ...size, "-nolisten", "tcp"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let number = "";
  while (!number.endsWith("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("Xvfb did not start");
    number += value;
  }
  return {
    name: `:${number.trim()}`,
    async [Symbol.asyncDispose]() {
      server.kill("SIGTERM");
      await reader.cancel();
      await server.status;
    },
  };
}
