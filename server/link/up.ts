import * as v from "valibot";
import { junk, type Parsed, parsed } from "../../shared/core/parsed.ts";
import { ReportSchema } from "../../shared/report/report.ts";

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const text = (max: number) => v.pipe(v.string(), v.maxLength(max));

/** What an edge tells its origin; see down.ts for the other direction. */
const UpSchema = v.variant("type", [
  /** How many listeners of this edge have reported; told at each change. */
  v.object({ type: v.literal("listeners"), joined: uint }),
  /** Listeners can't decode a channel before its next key frame; told at most once a second. */
  v.object({ type: v.literal("key-request"), channel: uint }),
  /** How many listeners there are, and how many lost more than 5 % of a channel in 5 s; told once a second. */
  v.pipe(
    v.object({ type: v.literal("losses"), channel: uint, listeners: uint, lossy: uint }),
    v.check(({ listeners, lossy }) => lossy <= listeners),
  ),
  /** A listener reports what happened in the match. */
  v.object({
    type: v.literal("report"),
    /** Of its session (16 hexadecimal digits), for the answer. */
    connectionId: text(16),
    /** Who reports: the same for all sessions of one person. */
    reporter: v.pipe(text(128), v.minLength(1)),
    /** For people. */
    name: v.optional(text(256)),
    mayReport: v.boolean(),
    /** Where it comes from, without the port. */
    address: text(256),
    report: ReportSchema,
  }),
]);
export type UpMessage = v.InferOutput<typeof UpSchema>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export function serializeUp(message: UpMessage): Uint8Array {
  return encoder.encode(JSON.stringify(message));
}

export function parseUp(bytes: Uint8Array): Parsed<UpMessage> {
  try {
    return parsed(v.parse(UpSchema, JSON.parse(decoder.decode(bytes))));
  } catch {
    return junk("malformedLink");
  }
}
