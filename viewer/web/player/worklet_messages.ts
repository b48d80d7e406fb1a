/** From the page to the audio thread. */
export type ToWorklet =
  /** Decoded sound: one array a channel, all as long. */
  | { readonly kind: "samples"; readonly channels: readonly Float32Array[] }
  /** Sound will come in lumps, so many samples at once. */
  | { readonly kind: "lumps"; readonly length: number }
  /** A hole in the sound, so many samples long. */
  | { readonly kind: "gap"; readonly length: number }
  /** What waits is of no use: the sound goes on elsewhere. */
  | { readonly kind: "flush" };

/** From the audio thread, about 20 times a second. */
export interface FromWorklet {
  /** Samples that wait to be heard. */
  readonly buffered: number;
  /** Samples that it wants to hold. */
  readonly target: number;
  /** Root mean square of what was heard since the last report, 0 to 1. */
  readonly level: number;
  /** How often the sound ran out. */
  readonly underruns: number;
}

export const WORKLET_NAME = "sample-ring";
