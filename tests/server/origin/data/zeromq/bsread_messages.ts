import { createHash } from "node:crypto";

export interface TestChannel {
  readonly name: string;
  readonly type?: string;
  readonly shape?: readonly number[];
  readonly encoding?: string;
  readonly compression?: string;
}

const encoder = new TextEncoder();

/** The parts of a bsread message, with the right hash unless another one is given. */
export function bsreadMessage(
  channels: readonly TestChannel[],
  data: readonly Uint8Array[],
  main: Readonly<Record<string, unknown>> = {},
): Uint8Array[] {
  const header = encoder.encode(JSON.stringify({ htype: "bsr_d-1.1", channels }));
  return [
    encoder.encode(JSON.stringify({
      htype: "bsr_m-1.1",
      pulse_id: 1,
      global_timestamp: { sec: 1_763_600_000, ns: 250_500_000 },
      hash: createHash("md5").update(header).digest("hex"),
      ...main,
    })),
    header,
    ...data.flatMap((bytes) => [bytes, new Uint8Array(bytes.length === 0 ? 0 : 16)]),
  ];
}

export function bytesOf(
  numbers: Float64Array | Float32Array | Uint16Array | Int32Array | BigInt64Array,
): Uint8Array {
  return new Uint8Array(numbers.buffer);
}
