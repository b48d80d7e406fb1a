import assert from "node:assert/strict";
import fc from "fast-check";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import { ControlChannel } from "../../shared/secrecy/control_channel.ts";
import { GroupEpoch } from "../../shared/secrecy/group_epoch.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { parseMpegAudioHeader } from "../../shared/media/mpeg_audio.ts";
import { createDepacketizer } from "../../shared/media/payload.ts";
import {
  parseAdmission,
  parseJoinInfo,
  parseSealedAnswer,
  serializeAdmission,
} from "../../shared/admission/admission.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { readBlock, writeBlock } from "../../shared/event/blocks.ts";
import { parseEvent, serializeEvent } from "../../shared/event/event.ts";
import { parseRtcp, serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { parseRtp, serializeRtp } from "../../shared/rtp/rtp.ts";
import { FIRST_LINE_CONTEXT, parseEventLine } from "../../server/origin/timeline/event_line.ts";
import { TAG_LOOKAHEAD_BYTES, tagLengthAt } from "../../server/origin/sound/io/formats/mp3_tags.ts";
import { parseTokenRegister } from "../../server/tokens/token_register.ts";
import { parseDuration } from "../../shared/text/duration.ts";
import { parseHostKey, parseJoinLink } from "../../shared/admission/join_link.ts";
import { parseOggPage } from "../../shared/media/ogg.ts";
import { parseOpusHead, parseOpusPacket } from "../../shared/media/opus_packet.ts";
import { openAnswer } from "../../shared/secrecy/answer_seal.ts";
import { verifyEvent } from "../../shared/secrecy/signed_event.ts";
import { parseAcceptBody, serializeAcceptBody } from "../../shared/admission/accept_body.ts";
import { parseAcceptKeys } from "../../shared/admission/accept_keys.ts";
import {
  parseChannelNumbers,
  serializeChannelNumbers,
} from "../../shared/admission/channel_numbers.ts";
import { rejectOtherVersion } from "../../shared/admission/version_rejection.ts";
import { parseHostMessage, serializeHostMessage } from "../../shared/lane/messages.ts";
import { packParity, parseParity } from "../../shared/rtp/fec.ts";
import { parseFromPage, parseToPage } from "../../shared/page/page.ts";
import { parsePageMedia } from "../../shared/page/page_media.ts";
import { packRtx, unpackRtx } from "../../shared/rtp/rtx.ts";
import { runs } from "../runs.ts";
import { mp3Frame } from "../fakes/mp3_frames.ts";
import { LONGEST_BODY, LONGEST_CHANNEL } from "../shared/admission/accept_bodies.ts";
import { junkDatagrams } from "./junk.ts";

const clientRandom = new Uint8Array(16).fill(7);

const SECRET = new ControlChannel(nodeCiphers, new Uint8Array(56), "listener");
const EPOCH = new GroupEpoch(nodeCiphers, 1, new Uint8Array(28));

const SECRETS = {
  encapsulated: new Uint8Array(32),
  answer: new Uint8Array(16),
  control: new Uint8Array(56),
};
const MEDIA = serializeRtp({
  payloadType: 14,
  sequenceNumber: 1,
  timestamp: 2,
  ssrc: 9,
  marker: false,
  payload: mp3Frame(2).bytes,
});

/** One valid datagram or payload of each kind. */
const REAL: readonly Uint8Array[] = [
  packRtx(MEDIA, { ssrc: 10, payloadType: 110 }, 3),
  packParity(
    { mediaSsrc: 9, sequenceBase: 1, columns: 2, rows: 2, sum: new Uint8Array(60).fill(6) },
    { ssrc: 11, payloadType: 120 },
    { sequenceNumber: 4, timestamp: 5 },
  ),
  serializeRtcp([
    { type: "nack", ssrc: 1, mediaSsrc: 9, sequences: [1, 2, 20, 65_535] },
    { type: "packetReceipt", ssrc: 1, mediaSsrc: 9, sequence: 65_535, delaySince: 70_000 },
    { type: "epochKey", ssrc: 9, epoch: 2, key: new Uint8Array(28) },
    { type: "putOut", ssrc: 9, listenerSsrc: 1, code: 1410, reason: "over" },
    { type: "reportPace", ssrc: 9, keepaliveMillis: 7000 },
    { type: "pathChallenge", ssrc: 9, challenge: new Uint8Array(8) },
    { type: "pathResponse", ssrc: 1, challenge: new Uint8Array(8), connectionId: 5n },
    { type: "pastRequest", ssrc: 1, firstCount: 65, fragments: [0, 3, 63] },
    {
      type: "pastFragment",
      ssrc: 9,
      listenerSsrc: 1,
      firstCount: 65,
      index: 1,
      fragmentCount: 2,
      bytes: new Uint8Array(33),
    },
    { type: "postRepairLoss", ssrc: 1, mediaSsrc: 9, first: 1, last: 9, lost: 2, repaired: 3 },
    { type: "laneAck", ssrc: 1, listenerSsrc: 1, next: 7, mask: 5 },
    {
      type: "laneData",
      ssrc: 9,
      listenerSsrc: 1,
      fragment: 8,
      isFirst: true,
      isLast: true,
      bytes: new Uint8Array(9),
    },
  ]),
  serializeAcceptBody(LONGEST_BODY),
  serializeChannelNumbers(LONGEST_CHANNEL),
  serializeHostMessage({ type: "channel-ended", ssrc: 9, packetCount: 7 }),
  serializeAdmission({ type: "hello", clientRandom }),
  serializeAdmission({ type: "retry", clientRandom, cookie: new Uint8Array(40) }),
  serializeAdmission({
    type: "join",
    clientRandom,
    cookie: new Uint8Array(40),
    info: { name: "Ana", token: "secret" },
  }),
  serializeAdmission({
    type: "sealedJoin",
    clientRandom,
    cookie: new Uint8Array(40),
    encapsulated: new Uint8Array(32),
    ciphertext: new Uint8Array(64),
  }),
  serializeAdmission({
    type: "answer",
    clientRandom,
    nonce: new Uint8Array(16),
    ciphertext: new Uint8Array(64),
  }),
  SECRET.seal(serializeRtcp([{ type: "epochReceived", ssrc: 9, epoch: 1 }])),
  serializeRtcp([{ type: "epochKey", ssrc: 9, epoch: 1, key: new Uint8Array(28) }]),
  serializeAdmission({
    type: "reject",
    clientRandom,
    code: 1402,
    retryAfterMillis: 2000,
    reason: "full",
  }),
  serializeRtp({
    payloadType: 14,
    sequenceNumber: 65_535,
    timestamp: 0xffff_ffff,
    ssrc: 9,
    marker: false,
    payload: mp3Frame(1).bytes,
  }),
  serializeRtcp([
    {
      type: "senderReport",
      ssrc: 9,
      ntpTime: { seconds: 1, fraction: 2 },
      rtpTimestamp: 3,
      packetCount: 4,
      octetCount: 5,
    },
    { type: "sourceDescription", ssrc: 9, cname: "host" },
    { type: "goodbye", ssrcs: [9], reason: "over" },
  ]),
  serializeEvent({
    count: 1,
    type: 2,
    score: "1 x 0",
    content: "GOAL!",
    time: 1,
    event: {
      id: "x",
      type: "event",
      title: "Goal",
      origin: "A",
      time: 1,
      clock: "01:00",
      period: 1,
    },
  }),
  writeBlock(1, [new TextEncoder().encode('{"count":1}')], undefined),
];

const decoder = new TextDecoder();
/** For parsers of text: the bytes decoded as a file or a browser would. */
const asText = (bytes: Uint8Array) => decoder.decode(bytes);
const isThere = (value: unknown) => ({ ok: value !== undefined });

const signingKey = nodeCiphers.signingKeyOf(new Uint8Array(32).fill(4));
const VERIFIER = { ciphers: nodeCiphers, signingKey, broadcastId: "0123456789abcdef" };

/** All parsers of bytes from outside; each returns a value or a junk name, and never throws. */
const PARSERS: Readonly<Record<string, (bytes: Uint8Array) => { readonly ok: boolean }>> = {
  demux,
  parseRtp,
  parseRtcp,
  parseAdmission,
  parseEvent,
  "a control channel": (bytes) => SECRET.open(bytes),
  "an epoch's media": (bytes) => ({ ok: EPOCH.rtp.unprotect(bytes, 7) !== undefined }),
  "an epoch's reports": (bytes) => ({ ok: EPOCH.rtcp.unprotect(bytes) !== undefined }),
  "MP3 depacketizer": (bytes) => createDepacketizer("mp3").push(bytes, false),
  "MP3 depacketizer after a gap": (bytes) => createDepacketizer("mp3").push(bytes, true),
  "Opus depacketizer": (bytes) => createDepacketizer("opus").push(bytes, false),
  parseParity: (bytes) => {
    const packet = parseRtp(bytes);
    return packet.ok ? parseParity({ ...packet.value, csrcs: [1] }) : packet;
  },
  unpackRtx: (bytes) => {
    const packet = parseRtp(bytes);
    return packet.ok ? unpackRtx(packet.value, { ssrc: 1, payloadType: 14 }) : packet;
  },
  parseJoinInfo,
  parseSealedAnswer: (bytes) => parseSealedAnswer(clientRandom, bytes),
  parseAcceptBody,
  parseChannelNumbers,
  parseHostMessage,
  rejectOtherVersion: (bytes) => isThere(rejectOtherVersion(bytes)),
  parseAcceptKeys: (bytes) => isThere(parseAcceptKeys(bytes)),
  readBlock: (bytes) => readBlock(bytes, undefined),
  "readBlock of a signed one": (bytes) => readBlock(bytes, VERIFIER),
  verifyEvent: (bytes) => verifyEvent(VERIFIER, bytes),
  openAnswer: (bytes) =>
    isThere(openAnswer(nodeCiphers, SECRETS, clientRandom, bytes, clientRandom)),
  parsePageMedia,
  parseToPage: (bytes) => parseToPage(asText(bytes)),
  parseFromPage: (bytes) => parseFromPage(asText(bytes)),
  parseEventLine: (bytes) => parseEventLine(asText(bytes), FIRST_LINE_CONTEXT),
  parseTokenRegister: (bytes) => isThere(parseTokenRegister(asText(bytes))),
  parseJoinLink: (bytes) => isThere(parseJoinLink(asText(bytes))),
  parseHostKey: (bytes) => isThere(parseHostKey(asText(bytes))),
  parseDuration: (bytes) => isThere(parseDuration(asText(bytes))),
  parseOggPage: (bytes) => isThere(parseOggPage(bytes, 0)),
  parseOpusPacket: (bytes) => isThere(parseOpusPacket(bytes)),
  parseOpusHead: (bytes) => isThere(parseOpusHead(bytes)),
  tagLengthAt: (bytes) => isThere(bytes.length > TAG_LOOKAHEAD_BYTES && tagLengthAt(bytes, 0)),
  parseMpegAudioHeader: (bytes) => ({ ok: parseMpegAudioHeader(bytes) !== undefined }),
};

for (const [name, parse] of Object.entries(PARSERS)) {
  Deno.test(`${name} never throws, for any bytes`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500, size: "max" }), (bytes) => {
        assert.equal(typeof parse(bytes).ok, "boolean");
      }),
      runs(1000),
    );
  });

  Deno.test(`${name} never throws on valid bytes that were cut, changed or lengthened`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), (seed) => {
        const source = junkDatagrams(new SeededRng(seed), REAL);
        for (let index = 0; index < 200; index++) parse(source.next().value!);
      }),
      runs(30),
    );
  });
}

Deno.test("a depacketizer continues after any junk and returns the valid frames", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0 }), (seed) => {
      const source = junkDatagrams(new SeededRng(seed), REAL);
      const depacketizer = createDepacketizer("mp3");
      for (let index = 0; index < 50; index++) {
        depacketizer.push(source.next().value!, index % 3 === 0);
      }
      const frame = mp3Frame(5).bytes;
      const payload = new Uint8Array(4 + frame.length);
      payload.set(frame, 4);
      const result = depacketizer.push(payload, true);
      assert.ok(result.ok);
      assert.deepEqual(result.value.map(({ bytes }) => [...bytes]), [[...frame]]);
    }),
    runs(200),
  );
});
