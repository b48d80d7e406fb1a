import type { Millis } from "../../shared/core/units.ts";
import type { ServerCore } from "../core/server_core.ts";
import type { ServeOptions } from "../interface/config.ts";
import type { ReportsSetup } from "../origin/reported_events.ts";
import type { ReportJournal } from "../origin/reports/desk_journal.ts";
import type { ScoreKeeper } from "../origin/timeline/new_event.ts";
import { readActionFile } from "../studio/io/read_action_file.ts";
import { type Action, footballActions } from "../studio/match/actions.ts";
import { MatchControl } from "../studio/match/match_control.ts";
import type { BroadcastPlan } from "./broadcast_plan.ts";

/** The match of a broadcast whose host has a page, or whose listeners may report, while it is opened. */
export interface OpenedMatch {
  /** For the core, which is made before the match is known. */
  readonly scores: ScoreKeeper;
  /** The same, when listeners may report. */
  reports(options: ServeOptions, journal: ReportJournal | undefined): ReportsSetup;
  /** The match goes on from what the core has stored. */
  begin(core: ServerCore, given: MatchBeginning, now: Millis): MatchControl;
}

export interface MatchBeginning {
  readonly options: ServeOptions;
  readonly plan: BroadcastPlan;
}

/** Reporters that must agree at least, and votes of one public address that count. */
const QUORUM = 2;
const VOTES_PER_ADDRESS = 1;

/** @throws CommandError when the file of `--actions` is wrong. */
export async function openMatch({ actions: file, language }: ServeOptions): Promise<OpenedMatch> {
  const actions = file === undefined ? footballActions(language) : await readActionFile(file);
  let control: MatchControl | undefined;
  return {
    scores: {
      withScores: (events) => control?.withScores(events) ?? [...events],
      onEntry: (entry) => control?.onEntry(entry),
    },
    reports: ({ quorum = QUORUM, votesPerAddress = VOTES_PER_ADDRESS }, journal) => ({
      ...{ actions, quorum, votesPerAddress },
      // Nothing is confirmed before the core has begun.
      toEvent: (event) => control!.ofReports(event),
      ...(journal && { journal }),
    }),
    begin: (core, given, now) => control = beginMatch(core, { ...given, actions }, now),
  };
}

function beginMatch(
  core: ServerCore,
  { options: { language, events }, plan, actions }: MatchBeginning & {
    readonly actions: readonly Action[];
  },
  now: Millis,
): MatchControl {
  const { timeline } = core;
  const { count, score } = timeline.head;
  const { match: teams, isSimulated } = plan;
  const teamsFixed = isSimulated
    ? SIMULATED_TEAMS
    : events !== undefined
    ? EVENTS_TEAMS
    : undefined;
  return new MatchControl({
    language,
    ...(teams && { teams }),
    ...(teamsFixed !== undefined && { teamsFixed }),
    actions,
    ...(count > 0 && { past: timeline.readEntries() }),
    ...(events !== undefined && { sourceScore: score }),
    // What reporters say has no score of its own.
    hasOwnScore: ({ event }) => event.agreement === undefined,
    acceptedNear: (what, time) => core.acceptedNear(what, time),
  }, now);
}

const SIMULATED_TEAMS =
  "The simulated match names its teams: start the broadcast with --match to choose them";
const EVENTS_TEAMS =
  "The events of --events are of these teams: start the broadcast with --match to name them";
