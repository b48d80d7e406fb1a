import * as v from "valibot";
import type { Millis } from "../../../shared/core/units.ts";
import { CANDIDATE_STATES } from "../../../shared/report/report.ts";
import { MAX_ACCEPTED, type StoredAccepted } from "./accepted_events.ts";
import { MAX_ANSWERED, type StoredAnswer } from "./answers.ts";
import { MAX_DECIDED, MAX_OPEN, MAX_VOTES, type StoredCandidates } from "./candidates.ts";
import { MAX_REPORTERS, type StoredReporters } from "./reporters.ts";

/** All that is needed to go on after a restart: plain values, as JSON holds them. */
export interface DeskSnapshot extends StoredCandidates {
  readonly version: 1;
  readonly isOver: boolean;
  readonly reporters: StoredReporters;
  readonly accepted: readonly StoredAccepted[];
  readonly answered: readonly StoredAnswer[];
}

export type SnapshotResult =
  | { readonly ok: true; readonly snapshot: DeskSnapshot }
  /** One line that names the field. */
  | { readonly ok: false; readonly problem: string };

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(128));
const name = v.pipe(v.string(), v.maxLength(80));
const time = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** By the clock of before, which may have been ahead: nothing that was done lies in the future. */
const pastTime = (now: Millis) => v.pipe(time, v.transform((value) => Math.min(value, now)));
const list = <Schema extends v.GenericSchema>(schema: Schema, most: number) =>
  v.pipe(v.array(schema), v.maxLength(most));

const VoteSchema = v.object({
  reporter: id,
  reportId: id,
  isFor: v.boolean(),
  ...{ time, sentAt: time },
  address: v.optional(id),
});

const candidateSchema = (now: Millis) =>
  v.object({
    candidateId: id,
    title: name,
    origin: name,
    supersedes: v.optional(id),
    windowMillis: v.pipe(time, v.minValue(0)),
    begunBy: v.optional(id),
    begunFrom: v.optional(id),
    begunAt: pastTime(now),
    addedAt: pastTime(now),
    time,
    outcome: v.optional(v.object({
      decided: v.picklist(["confirmed", "rejected"]),
      eventId: v.optional(id),
      at: pastTime(now),
    })),
    told: v.optional(
      v.object({ state: v.picklist(CANDIDATE_STATES), votes: count, against: count }),
    ),
    votes: list(VoteSchema, MAX_VOTES),
  });

const snapshotSchema = (now: Millis) =>
  v.object({
    version: v.literal(1),
    isOver: v.boolean(),
    serial: count,
    candidates: list(candidateSchema(now), MAX_OPEN + MAX_DECIDED),
    reporters: v.object({
      active: list(
        v.object({ reporter: id, address: v.optional(id), reportedAt: pastTime(now) }),
        MAX_REPORTERS,
      ),
      paces: list(
        v.object({ reporter: id, busyUntil: pastTime(now + MAX_PACE_AHEAD) }),
        MAX_REPORTERS,
      ),
    }),
    accepted: list(v.object({ eventId: id, supersedes: v.optional(id) }), MAX_ACCEPTED),
    answered: list(
      v.object({ reporter: id, reportId: id, verdict: v.picklist(["counted", "duplicate"]) }),
      MAX_ANSWERED,
    ),
  });

/** As far as a burst reaches ahead. */
const MAX_PACE_AHEAD: Millis = 10_000;

/** Checks what was stored. Never throws. */
export function readSnapshot(value: unknown, now: Millis): SnapshotResult {
  const result = v.safeParse(snapshotSchema(now), value);
  if (!result.success) {
    const field = v.getDotPath(result.issues[0]) ?? "";
    return { ok: false, problem: `the stored reports have no usable "${field || "version"}"` };
  }
  const snapshot: DeskSnapshot = result.output;
  const votes = snapshot.candidates.reduce((sum, one) => sum + one.votes.length, 0);
  if (votes > MAX_VOTES) return { ok: false, problem: `the stored reports have ${votes} votes` };
  return { ok: true, snapshot };
}
