import assert from "node:assert/strict";
import { authenticateMedia } from "../../../client/core/authentication.ts";
import { ListenerSecrecy } from "../../../client/joining/secrecy.ts";
import { Stream } from "../../../client/receiving/stream.ts";
import { SharedLatency } from "../../../client/receiving/clock/shared_latency.ts";
import { RoundTrip } from "../../../shared/rtcp/round_trip.ts";
import { parseRtp, serializeRtp } from "../../../shared/rtp/rtp.ts";
import { GroupEpoch } from "../../../shared/secrecy/group_epoch.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { audioChannel } from "../scripted_host.ts";
import { packet, T0 } from "../starts.ts";

const KEY = new Uint8Array(28).fill(3);
const SEQUENCE = 5;

/** An RTP packet of sound, with the first byte and what follows the fixed header (RFC 3550 section 5.1). */
function rtpPacket(firstByte: number, rest: readonly number[]): Uint8Array {
  const plain = serializeRtp(packet({ sequence: SEQUENCE, ssrc: 111, payload: new Uint8Array() }));
  const whole = Uint8Array.of(...plain, ...rest);
  whole[0] = firstByte;
  return whole;
}

const CASES: Readonly<Record<string, Uint8Array>> = {
  "a payload alone": rtpPacket(0x80, [1, 2, 3, 4]),
  "no payload": rtpPacket(0x80, []),
  "a contributing source": rtpPacket(0x81, [0, 0, 0, 9, 1, 2, 3]),
  "a header extension": rtpPacket(0x90, [0xbe, 0xde, 0, 1, 0x10, 7, 0, 0, 1, 2, 3]),
  "padding": rtpPacket(0xa0, [1, 2, 3, 4, 0, 0, 0, 4]),
};

for (const [name, clear] of Object.entries(CASES)) {
  Deno.test(`a sealed packet opens to what was sealed: ${name}`, () => {
    const secrecy = new ListenerSecrecy(
      nodeCiphers,
      // A key id of 2 is also a possible length of padding, as the sealed packet ends with it.
      { signingKey: new Uint8Array(32), epochs: [{ epoch: 2, key: KEY }] },
      { control: new Uint8Array(56) },
    );
    const stream = new Stream(audioChannel(0), {
      latency: new SharedLatency("normal"),
      roundTrip: new RoundTrip(),
      verifier: () => undefined,
      knownEvents: 0,
      debt: undefined,
    });
    const datagram = new GroupEpoch(nodeCiphers, 2, KEY).rtp.protect(clear, SEQUENCE);
    const header = parseRtp(datagram);
    assert.ok(header.ok);
    const arrived = { datagram, packet: header.value };
    const route = { stream, way: "original" } as const;
    const media = authenticateMedia(route, arrived, secrecy, T0);
    assert.ok(media.ok);
    const expected = parseRtp(clear);
    assert.ok(expected.ok);
    assert.deepEqual(media.value, { way: "original", media: expected.value, number: SEQUENCE });
  });
}
