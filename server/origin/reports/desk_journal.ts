import * as v from "valibot";
import type { Millis } from "../../../shared/core/units.ts";
import { ReportSchema } from "../../../shared/report/report.ts";
import type { ConfirmedEvent, DeskOutput } from "./desk_interface.ts";
import { type DeskSnapshot, readSnapshot } from "./desk_snapshot.ts";
import type { ReportDesk } from "./report_desk.ts";
import type { VotingSettings } from "./voting_rule.ts";

/** Keeps what came to the desk through a restart: lines of JSON, in order. */
export interface ReportJournal {
  /** Those from before a restart. */
  kept(): readonly string[];
  /** @throws StoreError */
  append(line: string): void;
  /** Puts one line in the place of all. @throws StoreError */
  replace(line: string): void;
}

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(128));
const name = v.pipe(v.string(), v.maxLength(80));
const time = v.pipe(v.number(), v.finite());
const at = { now: time };

/** What changes a desk. The end of a broadcast is not kept: it goes on after a restart. */
const InputSchema = v.variant("kind", [
  v.object({
    kind: v.literal("report"),
    ...at,
    reporter: id,
    address: v.pipe(v.string(), v.maxLength(256)),
    report: ReportSchema,
  }),
  v.object({ kind: v.picklist(["confirm", "reject"]), ...at, candidateId: id }),
  v.object({
    kind: v.literal("accepted"),
    ...at,
    event: v.object({ eventId: id, title: name, origin: name, time, supersedes: v.optional(id) }),
  }),
  v.object({ kind: v.literal("withdrawn"), ...at, eventId: id }),
]);
export type DeskInput = v.InferOutput<typeof InputSchema>;

const atLeastOne = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const SettingsSchema = v.object({ quorum: atLeastOne, votesPerAddress: atLeastOne });

const LineSchema = v.union([
  InputSchema,
  v.object({
    kind: v.literal("snapshot"),
    snapshot: v.unknown(),
    settings: v.optional(SettingsSchema),
  }),
]);

export function serializeInput(input: DeskInput): string {
  return JSON.stringify(input);
}

/** @param settings by which the inputs that follow are judged, after a restart with others too. */
export function serializeSnapshot(
  snapshot: DeskSnapshot,
  { quorum, votesPerAddress }: VotingSettings,
): string {
  return JSON.stringify({ kind: "snapshot", snapshot, settings: { quorum, votesPerAddress } });
}

/** What a journal says: the desk as it was, and what came since. */
export interface ReadJournal {
  readonly snapshot?: DeskSnapshot;
  /** Those of then. */
  readonly settings?: VotingSettings;
  readonly inputs: readonly DeskInput[];
  /** One line on what can't be used and is left out; absent when all can. */
  readonly problem?: string;
}

/** Reads what was kept. Never throws. @param now nothing of it is later, whatever the clock said then. */
export function readJournal(lines: readonly string[], now: Millis): ReadJournal {
  let snapshot: DeskSnapshot | undefined;
  let settings: VotingSettings | undefined;
  let problem: string | undefined;
  const inputs: DeskInput[] = [];
  for (const line of lines) {
    const read = v.safeParse(LineSchema, parseJson(line));
    if (!read.success) problem ??= "some stored reports can't be read and are left out";
    else if (read.output.kind !== "snapshot") {
      inputs.push({ ...read.output, now: Math.min(read.output.now, now) });
    } else {
      settings = read.output.settings;
      const kept = readSnapshot(read.output.snapshot, now);
      if (kept.ok) snapshot = { ...kept.snapshot, isOver: false };
      else problem ??= `${kept.problem} and are left out`;
    }
  }
  return {
    inputs,
    ...(snapshot && { snapshot }),
    ...(settings && { settings }),
    ...(problem !== undefined && { problem }),
  };
}

/** Gives a desk what came before a restart. @returns the events that it confirmed. */
export function replay(desk: ReportDesk, inputs: readonly DeskInput[]): ConfirmedEvent[] {
  return inputs.flatMap((input) => giveTo(desk, input))
    .flatMap((output) => output.kind === "confirmed" ? [output.event] : []);
}

/** The desk's outputs on an input. */
export function giveTo(desk: ReportDesk, input: DeskInput): DeskOutput[] {
  switch (input.kind) {
    case "report":
      return desk.receive({ ...input, mayReport: true }, input.now);
    case "confirm":
      return desk.confirm(input.candidateId, input.now);
    case "reject":
      return desk.reject(input.candidateId, input.now);
    case "accepted":
      return desk.onAccepted(input.event, input.now);
    case "withdrawn":
      return desk.hostWithdraws(input.eventId, input.now);
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
