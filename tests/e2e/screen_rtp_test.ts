import assert from "node:assert/strict";
import { AnnexBSplitter } from "../../server/origin/screen/annex_b_splitter.ts";
import { IvfReader } from "../../server/origin/screen/ivf_reader.ts";
import { SequenceUnwrapper, toSequenceNumber, toTimestamp } from "../../shared/core/seq.ts";
import { canonicalH264 } from "../../shared/media/video/h264.ts";
import { H264Packer, H264Unpacker } from "../../shared/media/video/rtp_h264.ts";
import { Vp8Packer, Vp8Unpacker } from "../../shared/media/video/rtp_vp8.ts";
import type { FramePacket, VideoPayload } from "../../shared/media/video/video_payload.ts";
import { parseRtp, serializeRtp } from "../../shared/rtp/rtp.ts";
import { requireTool, testWith } from "../tools.ts";
import { freeEvenPort, run, sleep, TemporaryFolder } from "./fixtures.ts";

/** Whether other programs understand our RTP of pictures, and we theirs: every picture bit for bit. */
const RATE = 25;
const PICTURES = 50;
const TICKS_PER_PICTURE = 90_000 / RATE;
/** A large picture, so that key frames take many packets, and small ones between. */
const SOURCE = ["-f", "lavfi", "-i", `testsrc2=size=640x360:rate=${RATE}`];

interface Clip extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  /** With times: an H.264 byte stream has none. */
  readonly file: string;
  /** Each picture in the form in which it is compared. */
  readonly pictures: readonly string[];
  readonly payloads: (index: number) => VideoPayload[];
}

type Codec = "h264" | "vp8";
const CODECS = {
  h264: {
    payloadType: 99,
    encoding: "H264",
    flags: [
      "-c:v",
      "libx264",
      "-pix_fmt",
      "yuv420p",
      "-bf",
      "2",
      "-g",
      "20",
      "-preset",
      "veryfast",
    ],
  },
  vp8: {
    payloadType: 101,
    encoding: "VP8",
    flags: ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "20", "-b:v", "1M"],
  },
} as const;

const textOf = (bytes: Uint8Array) => bytes.toHex();

function picturesOf(codec: Codec, bytes: Uint8Array): string[] {
  if (codec === "vp8") return new IvfReader().push(bytes).map((picture) => textOf(picture.bytes));
  const splitter = new AnnexBSplitter(RATE);
  return [...splitter.push(bytes), ...splitter.end()]
    .map(({ nalUnits }) => textOf(canonicalH264(nalUnits)));
}

async function makeClip(codec: Codec): Promise<Clip> {
  const folder = new TemporaryFolder();
  const file = folder.file(codec === "h264" ? "sent.ts" : "sent.ivf");
  const ffmpeg = (...args: string[]) =>
    run(requireTool("ffmpeg"), ["-nostdin", "-v", "error", ...args]);
  await ffmpeg(...SOURCE, "-frames:v", String(PICTURES), ...CODECS[codec].flags, file);
  const bare = folder.file(`bare.${extensionOf(codec)}`);
  await ffmpeg("-i", file, "-c", "copy", bare);
  const bytes = await Deno.readFile(bare);
  const splitter = new AnnexBSplitter(RATE);
  const accessUnits = [...splitter.push(bytes), ...splitter.end()];
  const frames = codec === "vp8" ? new IvfReader().push(bytes) : [];
  const [h264, vp8] = [new H264Packer(), new Vp8Packer()];
  const pictures = picturesOf(codec, bytes);
  assert.equal(pictures.length, PICTURES);
  return {
    folder,
    file,
    pictures,
    payloads: (index) =>
      codec === "h264" ? h264.pack(accessUnits[index]!.nalUnits) : vp8.pack(frames[index]!.bytes),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Packets of another sender; it has no frame numbers, so timestamps tell the frames apart. */
class ForeignPackets {
  readonly #sequences = new SequenceUnwrapper();
  #frameNumber = 0;
  #timestamp: number | undefined;

  read(datagram: Uint8Array): FramePacket {
    const packet = parseRtp(datagram);
    assert.ok(packet.ok);
    const { sequenceNumber, timestamp, marker, payload } = packet.value;
    if (this.#timestamp !== undefined && timestamp !== this.#timestamp) this.#frameNumber++;
    this.#timestamp = timestamp;
    const sequence = this.#sequences.unwrap(sequenceNumber);
    return { sequence, frameNumber: this.#frameNumber, ticks: timestamp, marker, payload };
  }
}

/** Unpacks what a program sends to `port`, until it has sent all pictures or ended. */
async function receiveFrom(codec: Codec, sender: (port: number) => Deno.Command) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const process = sender((socket.addr as Deno.NetAddr).port).spawn();
  const ended = process.output().then(async (output) => {
    await sleep(200);
    socket.close();
    return output;
  });
  const [h264, vp8] = [new H264Unpacker(), new Vp8Unpacker()];
  const foreign = new ForeignPackets();
  const received: string[] = [];
  let lost = 0;
  for await (const [datagram] of socket) {
    // Reports share the port with the media of some senders (RFC 5761).
    if (datagram[1]! >= 192 && datagram[1]! <= 223) continue;
    const packet = foreign.read(datagram);
    const unpacked = codec === "h264" ? h264.push(packet) : vp8.push(packet);
    lost += unpacked.lost;
    if (unpacked.frame === undefined) continue;
    const { frame } = unpacked;
    received.push(textOf("nalUnits" in frame ? canonicalH264(frame.nalUnits) : frame.bytes));
  }
  const { stderr } = await ended;
  return { received, lost, errors: new TextDecoder().decode(stderr) };
}

const piped = { stdin: "null", stdout: "null", stderr: "piped" } as const;

for (const codec of ["h264", "vp8"] as const) {
  const { payloadType, encoding } = CODECS[codec];

  testWith(["ffmpeg"], `${encoding} that ffmpeg sends comes in bit for bit`, async () => {
    await using clip = await makeClip(codec);
    const { received, lost, errors } = await receiveFrom(codec, (port) => {
      const input = ["-re", "-i", clip.file];
      const output = [
        "-c",
        "copy",
        "-f",
        "rtp",
        `rtp://127.0.0.1:${port}?rtcpport=9&pkt_size=1200`,
      ];
      return new Deno.Command(requireTool("ffmpeg"), {
        args: ["-nostdin", "-v", "error", ...input, ...output],
        ...piped,
      });
    });
    assert.deepEqual([received.length, lost], [PICTURES, 0], errors);
    assert.deepEqual(received, clip.pictures);
  });

  testWith(
    ["ffmpeg", "gst-launch-1.0"],
    `${encoding} that GStreamer sends comes in bit for bit`,
    async () => {
      await using clip = await makeClip(codec);
      const pay = codec === "h264"
        ? [
          ...["tsdemux", "!", "h264parse", "!", "rtph264pay", "mtu=1200"],
          ...["config-interval=-1", "aggregate-mode=max-stap"],
        ]
        : ["ivfparse", "!", "rtpvp8pay", "mtu=1200", "picture-id-mode=15-bit"];
      const { received, lost, errors } = await receiveFrom(
        codec,
        (port) =>
          new Deno.Command(requireTool("gst-launch-1.0"), {
            args: [
              ...["-q", "filesrc", `location=${clip.file}`, "!", ...pay, "!"],
              ...["udpsink", "host=127.0.0.1", `port=${port}`],
            ],
            ...piped,
          }),
      );
      assert.deepEqual([received.length, lost], [PICTURES, 0], errors);
      assert.deepEqual(received, clip.pictures);
    },
  );

  testWith(["ffmpeg"], `ffmpeg gets ${encoding} that we send bit for bit`, async () => {
    await using clip = await makeClip(codec);
    const port = freeEvenPort();
    const [sdp, copy] = [
      clip.folder.file("a.sdp"),
      clip.folder.file(`heard.${extensionOf(codec)}`),
    ];
    await Deno.writeTextFile(sdp, sdpOf(codec, port));
    const receiver = new Deno.Command(requireTool("ffmpeg"), {
      args: [
        ...["-nostdin", "-v", "error", "-protocol_whitelist", "file,udp,rtp", "-i", sdp],
        ...["-c", "copy", "-frames:v", String(PICTURES), copy],
      ],
      ...piped,
    });
    await sendUntilEnded(receiver.spawn(), clip, { port, payloadType });
    assertPieceOf(clip, picturesOf(codec, await Deno.readFile(copy)));
  });

  testWith(
    ["ffmpeg", "gst-launch-1.0"],
    `GStreamer gets ${encoding} that we send bit for bit`,
    async () => {
      await using clip = await makeClip(codec);
      const port = freeEvenPort();
      const copy = clip.folder.file(`heard.${extensionOf(codec)}`);
      const depay = codec === "h264"
        ? ["rtph264depay", "!", "video/x-h264,stream-format=byte-stream,alignment=au"]
        : ["rtpvp8depay", "wait-for-keyframe=true", "!", "avmux_ivf"];
      const caps = `media=video,clock-rate=90000,encoding-name=${encoding},payload=${payloadType}`;
      const receiver = new Deno.Command(requireTool("gst-launch-1.0"), {
        args: [
          ...["-q", "-e", "udpsrc", "address=127.0.0.1", `port=${port}`, "num-buffers=600"],
          ...[`caps=application/x-rtp,${caps}`, "!", "rtpjitterbuffer", "!", ...depay, "!"],
          ...["filesink", `location=${copy}`],
        ],
        ...piped,
      });
      await sendUntilEnded(receiver.spawn(), clip, { port, payloadType });
      const heard = picturesOf(codec, await Deno.readFile(copy));
      // The last picture may have been cut off when enough packets had come.
      assertPieceOf(clip, heard.slice(0, -1));
    },
  );
}

const extensionOf = (codec: Codec) => codec === "h264" ? "h264" : "ivf";

function sdpOf(codec: Codec, port: number): string {
  const { payloadType, encoding } = CODECS[codec];
  return [
    ...["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=screen", "c=IN IP4 127.0.0.1", "t=0 0"],
    `m=video ${port} RTP/AVP ${payloadType}`,
    `a=rtpmap:${payloadType} ${encoding}/90000`,
    ...(codec === "h264" ? [`a=fmtp:${payloadType} packetization-mode=1`] : []),
    "",
  ].join("\r\n");
}

/**
 * Sends the clip again and again, at its rate, until the receiver has enough and ends; with each frame's number
 * in a header extension. Sequence numbers and timestamps begin just before their wraps.
 */
async function sendUntilEnded(
  receiver: Deno.ChildProcess,
  clip: Clip,
  { port, payloadType }: { port: number; payloadType: number },
): Promise<void> {
  let hasEnded = false;
  const output = receiver.output().finally(() => hasEnded = true);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  let sequence = 0xffff - 30;
  try {
    // A minute and more, which a busy machine may need to start a player.
    for (let frame = 0; !hasEnded && frame < 80 * RATE; frame++) {
      const timestamp = toTimestamp(2 ** 32 - 5 * TICKS_PER_PICTURE + frame * TICKS_PER_PICTURE);
      for (const { payload, marker } of clip.payloads(frame % PICTURES)) {
        const numbers = { payloadType, ssrc: 7, sequenceNumber: toSequenceNumber(sequence++) };
        const packet = { ...numbers, timestamp, marker, frameNumber: frame, payload };
        const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
        // Before the receiver listens, the system may say that nobody does.
        await socket.send(serializeRtp(packet), to).catch(() => 0);
      }
      await sleep(1000 / RATE);
    }
  } finally {
    socket.close();
    if (!hasEnded) receiver.kill("SIGKILL");
  }
  const { stderr } = await output;
  assert.doesNotMatch(new TextDecoder().decode(stderr), /ERROR|WARN|Invalid|corrupt/);
}

/** The receiver may come in late: what it heard is one piece of the clip, which is repeated. */
function assertPieceOf({ pictures }: Clip, heard: readonly string[]): void {
  assert.ok(heard.length >= 20, `only ${heard.length} pictures`);
  const first = pictures.indexOf(heard[0]!);
  assert.ok(first >= 0, "the first picture was never sent");
  const expected = heard.map((_, index) => pictures[(first + index) % pictures.length]);
  const wrong = heard.findIndex((picture, index) => picture !== expected[index]);
  assert.equal(wrong, -1, `picture ${wrong} of ${heard.length} is not as sent`);
}
