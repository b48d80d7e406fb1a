import assert from "node:assert/strict";
import { requireTool, testWith } from "../tools.ts";
import { freeEvenPort, run, TemporaryFolder, untilListening } from "./fixtures.ts";
import { listen, serve, type Streamer } from "./streamer.ts";

/**
 * What ordinary players of RTP make of `serve --rtp-screen-to`: decoded, their pictures are exactly those that ffmpeg
 * decodes of the file.
 */
const [WIDTH, HEIGHT, SECONDS] = [320, 180, 4];
const PICTURE_BYTES = WIDTH * HEIGHT * 3 / 2;
const SOURCE = [
  ...["-f", "lavfi", "-i", `testsrc2=size=${WIDTH}x${HEIGHT}:rate=25:duration=${SECONDS}`],
];
/** A player may miss the last pictures, since nothing follows them. */
const LEAST_PICTURES = 60;

const CODECS = {
  h264: {
    encode: ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25", "-bf", "2"],
    file: "a.mp4",
    encoding: "H264",
    payloadType: 99,
    decode: ["rtph264depay", "!", "h264parse", "!", "avdec_h264"],
  },
  vp8: {
    encode: ["-c:v", "libvpx", "-b:v", "500k", "-g", "25", "-deadline", "realtime"],
    file: "a.webm",
    encoding: "VP8",
    payloadType: 101,
    decode: ["rtpvp8depay", "!", "vp8dec"],
  },
} as const;
type Codec = keyof typeof CODECS;

for (const codec of ["h264", "vp8"] as const) {
  testWith(
    ["ffmpeg"],
    `ffmpeg decodes the plain ${codec} of the SDP without a warning`,
    async () => {
      await using stage = await openStage(codec);
      const raw = stage.folder.file("shown.yuv");
      const player = new Deno.Command(requireTool("ffmpeg"), {
        args: [
          ...["-nostdin", "-v", "warning", "-protocol_whitelist", "file,udp,rtp", "-i", stage.sdp],
          ...[
            "-fps_mode",
            "passthrough",
            "-frames:v",
            String(LEAST_PICTURES),
            "-f",
            "rawvideo",
            raw,
          ],
        ],
        stdout: "null",
        stderr: "piped",
      }).spawn();
      const output = player.output();
      await untilListening(stage.port);
      await stage.start();
      const said = new TextDecoder().decode((await output).stderr);
      assert.equal(said.trim(), "");
      assertShown(await Deno.readFile(raw), stage.pictures);
    },
  );

  testWith(["ffmpeg", "gst-launch-1.0"], `GStreamer decodes the plain ${codec}`, async () => {
    await using stage = await openStage(codec);
    const { encoding, payloadType, decode } = CODECS[codec];
    const raw = stage.folder.file("shown.yuv");
    const caps = `media=video,clock-rate=90000,encoding-name=${encoding},payload=${payloadType}`;
    const player = new Deno.Command(requireTool("gst-launch-1.0"), {
      args: [
        ...["-q", "-e", "udpsrc", "address=127.0.0.1", `port=${stage.port}`],
        ...[`caps=application/x-rtp,${caps}`, "!", "rtpjitterbuffer", "!", ...decode],
        ...["!", "videoconvert", "!", "video/x-raw,format=I420"],
        ...["!", "filesink", `location=${raw}`, "sync=false"],
      ],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const output = player.output();
    try {
      await untilListening(stage.port);
      await stage.start();
      await stage.host.end();
    } finally {
      player.kill("SIGINT");
    }
    const { stderr } = await output;
    assert.doesNotMatch(new TextDecoder().decode(stderr), /ERROR|WARN/);
    assertShown(await Deno.readFile(raw), stage.pictures);
  });
}

/** All pictures that were shown are those of the source, from its first on, in their order. */
function assertShown(shown: Uint8Array, pictures: Uint8Array): void {
  const count = Math.floor(shown.length / PICTURE_BYTES);
  assert(count >= LEAST_PICTURES, `only ${count} pictures`);
  for (let index = 0; index < count; index++) {
    const at = [index * PICTURE_BYTES, (index + 1) * PICTURE_BYTES] as const;
    const [one, other] = [shown.subarray(...at), pictures.subarray(...at)];
    assert(one.every((value, place) => value === other[place]), `picture ${index} is another`);
  }
}

interface Stage extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly sdp: string;
  readonly port: number;
  /** All pictures of the source, decoded, one behind the other. */
  readonly pictures: Uint8Array;
  readonly host: Streamer;
  /** Lets the broadcast start. */
  start(): Promise<void>;
}

async function openStage(codec: Codec): Promise<Stage> {
  const folder = new TemporaryFolder();
  const { encode, file: name } = CODECS[codec];
  const [file, raw, sdp] = [folder.file(name), folder.file("source.yuv"), folder.file("s.sdp")];
  const ffmpeg = requireTool("ffmpeg");
  await run(ffmpeg, ["-nostdin", "-v", "error", ...SOURCE, ...encode, file]);
  const passing = ["-fps_mode", "passthrough", "-f", "rawvideo", raw];
  await run(ffmpeg, ["-nostdin", "-v", "error", "-i", file, ...passing]);
  const port = freeEvenPort();
  const plain = ["--rtp-screen-to", `127.0.0.1:${port}`, "--sdp", sdp];
  const { host, link } = await serve(["--screen", file, "--wait-for", "1", ...plain]);
  let listener: Streamer | undefined;
  return {
    folder,
    sdp,
    port,
    host,
    pictures: await Deno.readFile(raw),
    async start() {
      listener = listen([link]);
      await listener.line("joined");
    },
    async [Symbol.asyncDispose]() {
      await listener?.[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
