/** What the host chooses for the screen. */
export interface ScreenOptions {
  /** `text` keeps letters sharp and may show fewer pictures; `motion` the other way round. */
  readonly content: "text" | "motion";
  /** The largest picture; a larger one is made smaller, its shape stays. */
  readonly width: number;
  readonly height: number;
  /** The most pictures in a second. */
  readonly rate: number;
  /** Bits per second, about. */
  readonly bitrate: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** As large as the source, but not larger than allowed; sides are even, as 4:2:0 wants them. */
export function fittedSize(source: Size, most: Size): Size {
  const scale = Math.min(1, most.width / source.width, most.height / source.height);
  const even = (side: number) => Math.max(2, Math.floor(side * scale / 2 + 1e-6) * 2);
  return { width: even(source.width), height: even(source.height) };
}
