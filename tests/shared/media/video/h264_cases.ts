import { information, keySlice, nalUnit, PPS, PPS_1, slice, SPS } from "./frames.ts";

const AUD = Uint8Array.of(9, 0xf0);
const [SPS_SIZE, PPS_SIZE] = [SPS.length, PPS.length];

/** One table for packer, unpacker, other implementations and as seeds of the fuzzing. */
export interface H264Case {
  readonly name: string;
  readonly nalUnits: readonly Uint8Array[];
  /** Per packet: type of its first byte, bytes of payload. */
  readonly packets: readonly (readonly [number, number])[];
  /** What comes out, when it is not what went in. */
  readonly out?: readonly Uint8Array[];
}

export const H264_CASES: readonly H264Case[] = [
  { name: "one small slice", nalUnits: [slice(300)], packets: [[1, 300]] },
  { name: "a unit of its header alone", nalUnits: [slice(1)], packets: [[1, 1]] },
  { name: "a slice that just fits", nalUnits: [slice(1128)], packets: [[1, 1128]] },
  {
    name: "a slice that just does not fit: FU-A",
    nalUnits: [slice(1129)],
    // 1126 bytes of content and 2, each behind indicator and header.
    packets: [[28, 1128], [28, 4]],
  },
  {
    name: "a slice of two full fragments",
    nalUnits: [slice(1 + 2 * 1126)],
    packets: [[28, 1128], [28, 1128]],
  },
  {
    name: "small units together: STAP-A",
    nalUnits: [AUD, information(40), slice(300)],
    packets: [[24, 1 + 2 + 2 + 2 + 40 + 2 + 300]],
  },
  {
    name: "as many to a packet as fit, to the byte",
    nalUnits: [slice(500), slice(623), slice(500), slice(624)],
    // 1 + 2 + 500 + 2 + 623 = 1128
    packets: [[24, 1128], [1, 500], [1, 624]],
  },
  {
    name: "large and small in turn",
    nalUnits: [slice(20), slice(3000), slice(21), slice(22)],
    packets: [[1, 20], [28, 1128], [28, 1128], [28, 749], [24, 48]],
  },
  {
    name: "a key frame with its parameter sets",
    nalUnits: [AUD, SPS, PPS, information(30), keySlice(2000)],
    packets: [[24, 1 + 4 + 2 + SPS_SIZE + 2 + PPS_SIZE + 2 + 30], [28, 1128], [28, 875]],
  },
  {
    name: "parameter sets in another order come first",
    nalUnits: [information(30), PPS, SPS, PPS_1, keySlice(40)],
    out: [SPS, PPS, PPS_1, information(30), keySlice(40)],
    packets: [[24, 1 + 2 + SPS_SIZE + 2 * (2 + PPS_SIZE) + 2 + 30 + 2 + 40]],
  },
  {
    name: "filler is not sent",
    nalUnits: [slice(50), nalUnit(12, 3000)],
    out: [slice(50)],
    packets: [[1, 50]],
  },
  {
    name: "what is no NAL unit is not sent",
    nalUnits: [new Uint8Array(0), nalUnit(0, 5), slice(50), nalUnit(24, 5), slice(9).with(0, 0xe1)],
    out: [slice(50)],
    packets: [[1, 50]],
  },
];
