/** Sound from the worklet, about 10 ms of it. */
export interface CapturedBlock {
  readonly channels: readonly Float32Array<ArrayBuffer>[];
  /** The number of its first sample since its context began. */
  readonly frame: number;
}
