import * as v from "valibot";
import { junk, type Parsed, parsed } from "../core/parsed.ts";

/** The rates at which an encoder may take sound. The packets always decode at 48 000 (RFC 7587 section 4.1). */
const sampleRate = v.pipe(v.number(), v.safeInteger(), v.minValue(8000), v.maxValue(192_000));
/** A side of a picture in either codec: VP8 has 14 bits for it (RFC 6386 section 9.1). */
const side = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(16_383));

/** What encoders of any browser can do, in bits per second. */
const LEAST_BITRATE = 10_000;
const MOST_BITRATE = 100_000_000;
const bitrate = v.optional(
  v.pipe(v.number(), v.safeInteger(), v.minValue(LEAST_BITRATE), v.maxValue(MOST_BITRATE)),
);

/** A codec of another name is passed on, so that the host can say what it is that it refuses. */
const codec = v.pipe(v.string(), v.minLength(1), v.maxLength(40));

export const CaptureMessageSchema = v.variant("kind", [
  v.object({
    kind: v.literal("sound-format"),
    codec,
    sampleRate,
    channelCount: v.picklist([1, 2]),
  }),
  v.object({ kind: v.literal("sound-stop") }),
  v.object({
    kind: v.literal("screen-format"),
    codec,
    width: side,
    height: side,
    /** As chosen on the page; the listeners may need less, but never get more. */
    bitrate,
  }),
  v.object({ kind: v.literal("screen-stop") }),
]);
/**
 * From the page to the host: what the binary messages from here on contain. A format is said before the first
 * packet or picture, and again whenever it changes and whenever the page has opened its WebSocket anew.
 */
export type CaptureMessage = v.InferOutput<typeof CaptureMessageSchema>;
export type SoundFormat = Extract<CaptureMessage, { kind: "sound-format" }>;
export type PictureFormat = Extract<CaptureMessage, { kind: "screen-format" }>;

export const CaptureControlSchema = v.object({
  kind: v.literal("screen-control"),
  bitrate,
  isKeyFrameWanted: v.optional(v.boolean()),
});
/** From the host to the page: what the listeners need of the screen. */
export type CaptureControl = v.InferOutput<typeof CaptureControlSchema>;

/** The longest text of a message. */
const MAX_CHARACTERS = 1000;

export function serializeCaptureMessage(message: CaptureMessage | CaptureControl): string {
  return JSON.stringify(message);
}

/** Reads what the page says. */
export function parseCaptureMessage(text: string): Parsed<CaptureMessage> {
  return parse(CaptureMessageSchema, text);
}

/** Reads what the host says. */
export function parseCaptureControl(text: string): Parsed<CaptureControl> {
  return parse(CaptureControlSchema, text);
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
): Parsed<v.InferOutput<Schema>> {
  if (text.length > MAX_CHARACTERS) return junk("oversized");
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? parsed(result.output) : junk("malformedPageMessage");
  } catch {
    return junk("malformedPageMessage");
  }
}
