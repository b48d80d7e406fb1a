import assert from "node:assert/strict";
import type { ScreenCodec } from "../../shared/media/channel.ts";
import { requireTool, testWith } from "../tools.ts";
import { freeEvenPort, sleep, TemporaryFolder } from "./fixtures.ts";
import { hashesIn, makeClip, picturesOf } from "./screen_clip.ts";
import { listen, serve } from "./streamer.ts";

/** What ordinary players, told no more than the SDP file, make of `serve --rtp-screen-to`. */
const RATE = 15;
const SECONDS = 6;
const ENOUGH_PICTURES = 3 * RATE;
/** GStreamer is stopped after some more: a decoder that is stopped drops pictures that wait for their turn. */
const DROPPED_AT_END = 5;

for (const codec of ["h264", "vp8"] as const) {
  testWith(
    ["ffmpeg"],
    `ffmpeg decodes a plain screen in ${codec} from the SDP: the source's pictures`,
    async () => {
      await using stage = await openStage(codec);
      const args = [
        ...["-nostdin", "-v", "error", "-protocol_whitelist", "file,udp,rtp", "-i", stage.sdp],
        ...[
          "-frames:v",
          String(ENOUGH_PICTURES),
          "-fps_mode",
          "passthrough",
          "-f",
          "framemd5",
          "-",
        ],
      ];
      const { stdout, stderr } = await playFromStart(stage, requireTool("ffmpeg"), args);
      assert.equal(stderr, "");
      assertFirstOf(hashesIn(stdout), stage.pictures);
    },
  );

  testWith(
    ["ffmpeg", "gst-launch-1.0"],
    `GStreamer decodes a plain screen in ${codec} from the SDP: the source's pictures`,
    async () => {
      await using stage = await openStage(codec);
      const raw = stage.folder.file("heard.yuv");
      const decode = codec === "h264"
        ? ["rtph264depay", "!", "h264parse", "!", "avdec_h264"]
        : ["rtpvp8depay", "!", "avdec_vp8"];
      const args = [
        ...["-q", "filesrc", `location=${stage.sdp}`, "!", "sdpdemux", "!", ...decode, "!"],
        ...["identity", `eos-after=${ENOUGH_PICTURES + DROPPED_AT_END}`, "!", "videoconvert", "!"],
        ...["video/x-raw,format=I420", "!", "filesink", `location=${raw}`],
      ];
      const { stderr } = await playFromStart(stage, requireTool("gst-launch-1.0"), args);
      assert.doesNotMatch(stderr, /ERROR|WARN/);
      const { pictures } = await picturesOf(raw, ["-f", "rawvideo", "-s", "1280x720"]);
      assertFirstOf(pictures, stage.pictures);
    },
  );
}

interface Stage extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly sdp: string;
  readonly port: number;
  readonly link: string;
  /** The source's, as ffmpeg decodes them. */
  readonly pictures: readonly string[];
}

/** A host that waits for one listener before it sends. */
async function openStage(codec: ScreenCodec): Promise<Stage> {
  const folder = new TemporaryFolder();
  const clip = folder.file("clip.mkv");
  await makeClip(clip, { codec, rate: RATE, seconds: SECONDS });
  const { pictures } = await picturesOf(clip);
  const port = freeEvenPort();
  const sdp = folder.file("session.sdp");
  const plain = ["--rtp-screen-to", `127.0.0.1:${port}`, "--sdp", sdp];
  const { host, link } = await serve(["--screen", clip, "--loop", "--wait-for", "1", ...plain]);
  return {
    ...{ folder, sdp, port, link, pictures },
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Runs a player that is there when the broadcast begins, until it has had enough. */
async function playFromStart({ port, link }: Stage, command: string, args: readonly string[]) {
  const player = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = player.output();
  await untilSomebodyListens(port);
  await using _listener = listen([link]);
  const { stdout, stderr } = await output;
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr).trim() };
}

/** Fails after a minute and a half, which a busy machine may need to start a player. */
async function untilSomebodyListens(port: number): Promise<void> {
  const place = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  for (let attempt = 0; attempt < 900; attempt++) {
    const tables = ["/proc/net/udp", "/proc/net/udp6"].map((path) => Deno.readTextFileSync(path));
    if (tables.some((table) => table.includes(place))) return;
    await sleep(100);
  }
  assert.fail(`nobody listens at port ${port}`);
}

function assertFirstOf(heard: readonly string[], pictures: readonly string[]): void {
  assert.ok(heard.length >= ENOUGH_PICTURES, `only ${heard.length} pictures`);
  assert.deepEqual(heard.slice(0, ENOUGH_PICTURES), pictures.slice(0, ENOUGH_PICTURES));
}
