import * as v from "valibot";
import { broadcastId, BroadcastSchema, NewBroadcastSchema } from "../directory/forms.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";

// What the page of `view` without a link and the program behind it tell each other about a directory, as JSON over
// HTTP. Lists are those of the directory itself.

/** A header of the page's own requests: no other site can send it, since browsers ask first (CORS). */
export const PAGE_HEADER = "x-streamer-page";

const sentence = v.pipe(v.string(), v.maxLength(1000));

/** What this program does for the page: which broadcast it listens to, and which one it hosts. */
export const OwnStateSchema = v.object({
  /** The directory's address. */
  directory: sentence,
  /** The broadcast whose page is at `/match`; null when there is none. */
  listening: v.nullable(v.object({
    broadcast: BroadcastSchema,
    isOver: v.boolean(),
    /** Why it is over, in words; "" for an ordinary end. */
    reason: sentence,
  })),
  /** The broadcast whose studio is at `/studio`. */
  hosting: v.nullable(v.object({
    id: v.nullable(broadcastId),
    home: v.string(),
    away: v.string(),
    isOver: v.boolean(),
    reason: sentence,
  })),
});
export type OwnState = v.InferOutput<typeof OwnStateSchema>;

export function parseOwnState(value: unknown): Parsed<OwnState> {
  const result = v.safeParse(OwnStateSchema, value);
  return result.success ? parsed(result.output) : junk("malformedPageMessage");
}

export const JoinWishSchema = v.object({ id: broadcastId });

/** What the page asks to create; the program gives it its id. */
export const CreateWishSchema = v.omit(NewBroadcastSchema, ["id"]);
export type CreateWish = v.InferOutput<typeof CreateWishSchema>;

/** Why something was not done, in one line for people. */
export const RefusalSchema = v.object({ detail: sentence });
