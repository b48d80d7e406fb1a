/**
 * shared/studio: the messages between the host and the studio, the host's own page.
 *
 * They travel over one WebSocket. This file has the binary messages, in which the page brings sound and
 * pictures that it has encoded; capture_messages.ts (read next) has the JSON about them, and clock_map.ts
 * translates the times of one clock into those of another, on the page and at the host. Both ends check what
 * comes in; no parser throws. All numbers are big-endian:
 *
 *     kind (1): 1 sound, 2 screen | flags (1): 1 key frame | time (8, float64) | bytes
 *
 * The time is when the sound began or the picture was captured, in microseconds of the page's monotonic clock.
 * The bytes are one Opus packet; or one H.264 access unit as a byte stream (annex B), or one VP8 frame.
 */
import { viewOf } from "../core/bytes.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { Micros } from "../core/units.ts";

/** One packet of sound or one picture from the page. */
export interface StudioMedia {
  readonly kind: "sound" | "screen";
  /** Of the screen, as its encoder says. */
  readonly isKey: boolean;
  /** Of the page's own clock. */
  readonly at: Micros;
  readonly bytes: Uint8Array;
}

/** The largest picture that an origin takes (`MAX_PICTURE_BYTES`). */
export const MAX_STUDIO_PICTURE_BYTES = 4 << 20;
/** The largest packet of 120 ms (RFC 6716 section 3.2) has fewer. */
export const MAX_STUDIO_SOUND_BYTES = 8192;

const SOUND_KIND = 1;
const SCREEN_KIND = 2;
const KEY_FLAG = 1;
const HEADER_BYTES = 10;
/** The longest message: a receiver need not take in a longer one. */
export const MAX_STUDIO_MEDIA_BYTES = HEADER_BYTES + MAX_STUDIO_PICTURE_BYTES;

export function serializeStudioMedia(media: StudioMedia): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(HEADER_BYTES + media.bytes.length);
  const view = viewOf(message);
  view.setUint8(0, media.kind === "sound" ? SOUND_KIND : SCREEN_KIND);
  view.setUint8(1, media.isKey ? KEY_FLAG : 0);
  view.setFloat64(2, media.at);
  message.set(media.bytes, HEADER_BYTES);
  return message;
}

/** The value's bytes are a view of the message. */
export function parseStudioMedia(message: Uint8Array): Parsed<StudioMedia> {
  if (message.length <= HEADER_BYTES) return malformed;
  const view = viewOf(message);
  const [kind, flags, at] = [view.getUint8(0), view.getUint8(1), view.getFloat64(2)];
  const isSound = kind === SOUND_KIND;
  const isKnown = isSound ? flags === 0 : kind === SCREEN_KIND && flags <= KEY_FLAG;
  if (!isKnown || !isTime(at)) return malformed;
  const bytes = message.subarray(HEADER_BYTES);
  const most = isSound ? MAX_STUDIO_SOUND_BYTES : MAX_STUDIO_PICTURE_BYTES;
  if (bytes.length > most) return junk("oversized");
  return parsed({ kind: isSound ? "sound" : "screen", isKey: flags === KEY_FLAG, at, bytes });
}

const malformed = junk("malformedPageMessage");

/** A clock that began with the page, or in 1970, reads less than this: about 285 years. */
function isTime(at: number): boolean {
  return at >= 0 && at <= Number.MAX_SAFE_INTEGER;
}
