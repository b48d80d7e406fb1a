import type { AcceptBody } from "../../../shared/admission/accept_body.ts";
import type { ChannelNumbers } from "../../../shared/admission/channel_numbers.ts";

const side = { ssrc: 0xffff_fffe, payloadType: 127, nextSequence: 2 ** 48 - 1 };

/** Each field as long as it gets. */
export const LONGEST_CHANNEL: ChannelNumbers = {
  kind: "ordered",
  ssrc: 0xffff_ffff,
  payloadType: 127,
  clockRate: 1_000_000,
  sequenceBase: 2 ** 48 - 2,
  nextSequence: 2 ** 48 - 1,
  timestampBase: 2 ** 53 - 1,
  aheadMillis: 60_000,
  rtx: side,
  fec: { ...side, ssrc: 0xffff_fffd },
};

/** Each field as short as it gets. */
export const SHORTEST_CHANNEL: ChannelNumbers = {
  kind: "paced",
  ssrc: 0,
  payloadType: 0,
  clockRate: 1,
  sequenceBase: 0,
  nextSequence: 0,
  timestampBase: 0,
  aheadMillis: 0,
};

export const LONGEST_BODY: AcceptBody = {
  connectionId: 0xffff_ffff_ffff_fffen,
  keys: {
    signingKey: new Uint8Array(32).fill(0xff),
    epochs: [0xffff_fffe, 0xffff_ffff].map((epoch) => ({
      epoch,
      key: new Uint8Array(28).fill(0xee),
    })),
  },
  listenerSsrc: 0xffff_ffff,
  hostSsrc: 0xffff_fffe,
  keepaliveMillis: 60_000,
  broadcastId: "fedcba9876543210",
  srtcpIndex: 0x7fff_ffff,
  timeline: { count: 2 ** 53 - 1, score: [999, 998], clock: "999:59", period: 9 },
  channels: Array.from({ length: 8 }, (_, index) => ({
    ...LONGEST_CHANNEL,
    ...{ ssrc: index, rtx: { ...side, ssrc: 100 + index }, fec: { ...side, ssrc: 200 + index } },
  })),
};

export const SHORTEST_BODY: AcceptBody = {
  connectionId: 0n,
  listenerSsrc: 0,
  hostSsrc: 9,
  keepaliveMillis: 100,
  broadcastId: "0000000000000000",
  timeline: { count: 0, score: [0, 0] },
  channels: [],
};
