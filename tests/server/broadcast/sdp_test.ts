import assert from "node:assert/strict";
import { describeSession } from "../../../server/broadcast/sdp.ts";
import type { AudioFormat } from "../../../shared/media/channel.ts";

const MP3: AudioFormat = { codec: "mp3", sampleRate: 44_100, channelCount: 2 };
const OPUS: AudioFormat = { codec: "opus", sampleRate: 48_000, channelCount: 2 };
const COMMON = { sessionId: 42, name: "Flamengo x Fluminense" };

Deno.test("sdp: MP3 to a host", () => {
  const destination = { hostname: "127.0.0.1", port: 6000 };
  assert.deepEqual(linesOf({ ...COMMON, media: [{ format: MP3, destination }] }), [
    "v=0",
    "o=- 42 1 IN IP4 127.0.0.1",
    "s=Flamengo x Fluminense",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    "a=type:broadcast",
    "m=audio 6000 RTP/AVP 14",
    // RFC 3555 section 4.1.17: whatever the sample rate.
    "a=rtpmap:14 MPA/90000",
  ]);
});

Deno.test("sdp: Opus is always 48000/2, mono is said by a parameter", () => {
  const destination = { hostname: "127.0.0.1", port: 6000 };
  const stereo = linesOf({ ...COMMON, media: [{ format: OPUS, destination }] });
  assert(stereo.includes("a=rtpmap:97 opus/48000/2"));
  assert(stereo.includes("a=fmtp:97 sprop-stereo=1; stereo=1"));
  const mono = linesOf({
    ...COMMON,
    media: [{ format: { ...OPUS, channelCount: 1 }, destination }],
  });
  assert(mono.includes("a=rtpmap:97 opus/48000/2"));
  assert(mono.includes("a=fmtp:97 sprop-stereo=0"));
});

const CONNECTIONS = {
  "224.0.0.1": "IN IP4 224.0.0.1/1",
  "239.255.255.255": "IN IP4 239.255.255.255/1",
  "223.255.255.255": "IN IP4 223.255.255.255",
  "240.0.0.1": "IN IP4 240.0.0.1",
  "::1": "IN IP6 ::1",
  "ff02::1": "IN IP6 ff02::1",
  "player.example": "IN IP4 player.example",
};

for (const [hostname, expected] of Object.entries(CONNECTIONS)) {
  Deno.test(`sdp: connection to ${hostname}`, () => {
    const lines = linesOf({
      ...COMMON,
      media: [{ format: MP3, destination: { hostname, port: 5004 } }],
    });
    assert(lines.includes(`c=${expected}`), lines.join("\n"));
  });
}

Deno.test("sdp: a name can't bring lines of its own, and is never empty", () => {
  const destination = { hostname: "127.0.0.1", port: 6000 };
  const lines = linesOf({
    ...COMMON,
    name: "A\r\nm=video 1",
    media: [{ format: MP3, destination }],
  });
  assert(lines.includes("s=A m=video 1"));
  assert(
    linesOf({ ...COMMON, name: "\n", media: [{ format: MP3, destination }] }).includes(
      "s=Streamer",
    ),
  );
});

function linesOf(session: Parameters<typeof describeSession>[0]): string[] {
  const text = describeSession(session);
  assert(text.endsWith("\r\n"));
  return text.slice(0, -2).split("\r\n");
}

const SPS = Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xda);
const PPS = Uint8Array.of(0x68, 0xce, 0x38, 0x80);

Deno.test("sdp: H.264 has its profile and its parameter sets, where they are known (RFC 6184)", () => {
  const destination = { hostname: "127.0.0.1", port: 6000 };
  const known = { codec: "h264", parameterSets: [SPS, PPS] } as const;
  assert.deepEqual(linesOf({ ...COMMON, media: [{ format: known, destination }] }).slice(-3), [
    "m=video 6000 RTP/AVP 99",
    "a=rtpmap:99 H264/90000",
    "a=fmtp:99 packetization-mode=1; profile-level-id=42c01e; sprop-parameter-sets=Z0LAHto=,aM44gA==",
  ]);
  const unknown = { codec: "h264" } as const;
  const lines = linesOf({ ...COMMON, media: [{ format: unknown, destination }] });
  assert.equal(lines.at(-1), "a=fmtp:99 packetization-mode=1");
});

Deno.test("sdp: sound and screen in one, each at its own port and host", () => {
  const media = [
    { format: OPUS, destination: { hostname: "239.0.0.1", port: 5004 } },
    { format: { codec: "vp8" } as const, destination: { hostname: "127.0.0.1", port: 5006 } },
  ];
  assert.deepEqual(linesOf({ ...COMMON, media }), [
    "v=0",
    "o=- 42 1 IN IP4 239.0.0.1",
    "s=Flamengo x Fluminense",
    "c=IN IP4 239.0.0.1/1",
    "t=0 0",
    "a=type:broadcast",
    "m=audio 5004 RTP/AVP 97",
    "a=rtpmap:97 opus/48000/2",
    "a=fmtp:97 sprop-stereo=1; stereo=1",
    "m=video 5006 RTP/AVP 101",
    "c=IN IP4 127.0.0.1",
    "a=rtpmap:101 VP8/90000",
  ]);
});
