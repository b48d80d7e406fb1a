/** Gives what a track captures, one after another (W3C mediacapture-transform). Chromium has it. */
export interface TrackProcessor<Captured> {
  readonly readable: ReadableStream<Captured>;
}

type Constructor = new <Captured>(options: {
  readonly track: MediaStreamTrack;
  /** When more than this wait to be read, the oldest is dropped. */
  readonly maxBufferSize?: number;
}) => TrackProcessor<Captured>;

/** Undefined where the browser has none. */
export function trackProcessor(): Constructor | undefined {
  return (globalThis as { MediaStreamTrackProcessor?: Constructor }).MediaStreamTrackProcessor;
}
