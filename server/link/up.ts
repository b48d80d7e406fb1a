import * as v from "valibot";
import { junk, type Parsed, parsed } from "../../shared/core/parsed.ts";

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What an edge tells its origin; see down.ts for the other direction. */
const UpSchema = v.variant("type", [
  /** How many listeners of this edge have reported; told at each change. */
  v.object({ type: v.literal("listeners"), joined: uint }),
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
