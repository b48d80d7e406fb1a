/**
 * server/studio/web/capture: what the sound and the screen of the studio's page share.
 *
 * This file is the way to the host. track_processor.ts declares what TypeScript's library lacks,
 * capture_problem.ts puts into words why something can't be captured, page_clock.ts is the clock of all times that are sent.
 * ../sound/ captures the sound, ../screen/ the screen. The next file to read is ../sound/sound_capture.ts.
 */
import type { CaptureMessage } from "../../../../shared/studio/capture_messages.ts";
import type { StudioMedia } from "../../../../shared/studio/studio_media.ts";

/** The page's WebSocket to the host, which may be closed at times. */
export interface CaptureLink {
  /** Bytes that wait to be sent; Infinity while the WebSocket is not open. */
  readonly bufferedAmount: number;
  /** Does nothing while the WebSocket is not open. */
  say(message: CaptureMessage): void;
  /** Does nothing while the WebSocket is not open. */
  bring(media: StudioMedia): void;
}
