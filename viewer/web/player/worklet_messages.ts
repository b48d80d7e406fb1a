/** From the page to the audio thread. */
export type ToWorklet =
  /** Decoded sound: one array for each channel, all of the same length. */
  | { readonly kind: "samples"; readonly channels: readonly Float32Array[] }
  /** Sound will arrive in blocks of this many samples. */
  | { readonly kind: "lumps"; readonly length: number }
  /** A gap in the sound of this many samples. */
  | { readonly kind: "gap"; readonly length: number }
  /** The media time has jumped: waiting sound is no longer needed. */
  | { readonly kind: "flush" };

/** From the audio thread, about 20 times a second. */
export interface FromWorklet {
  /** The number of waiting samples. */
  readonly buffered: number;
  /** Root mean square of the samples since the last report, 0 to 1. */
  readonly level: number;
}

export const WORKLET_NAME = "sample-ring";
