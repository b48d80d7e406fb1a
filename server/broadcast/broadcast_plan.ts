import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { BroadcastSettings } from "../origin/timeline/broadcast_store.ts";
import type { Match, ServeOptions } from "../interface/config.ts";
import type { ScheduleMode } from "../origin/timeline/event_schedule.ts";

const SIMULATED_TEAMS = {
  en: { home: "Northfield", away: "Riverside" },
  pt: { home: "Vila Nova", away: "Bela Vista" },
} as const;
const SIMULATED_SPEED = 60;

/** What a broadcast will be, said before it is. */
export interface BroadcastPlan {
  readonly isSimulated: boolean;
  readonly match?: Match;
  readonly seed: number;
  readonly mode: ScheduleMode;
}

/** Fills in what the options leave open, from what was kept where something was. */
export function planBroadcast(
  options: ServeOptions,
  rng: Rng,
  kept: BroadcastSettings = {},
): BroadcastPlan {
  const { audio, events, interval, speed, language } = options;
  checkAgainstKept(options, kept);
  const isSimulated = options.simulate || (audio.length === 0 && events === undefined);
  const match = options.match ?? kept.match ??
    (isSimulated ? SIMULATED_TEAMS[language] : undefined);
  const mode = interval === undefined
    ? { speed: speed ?? (isSimulated ? SIMULATED_SPEED : 1) }
    : { interval };
  const seed = options.seed ?? kept.seed ?? rng.uint32();
  return { isSimulated, seed, mode, ...(match && { match }) };
}

/** A broadcast keeps its teams and its seed: options that say otherwise mean another broadcast. */
function checkAgainstKept(
  { match, seed, db }: ServeOptions,
  kept: BroadcastSettings,
): void {
  const complain = (what: string, flag: string) => {
    throw new CommandError(
      ExitCode.usage,
      `--db ${db} holds ${what}: leave out ${flag} to go on with that, or choose another file`,
    );
  };
  const isSameMatch = match?.home === kept.match?.home && match?.away === kept.match?.away;
  if (match && kept.match && !isSameMatch) {
    complain(`the match "${kept.match.home} x ${kept.match.away}"`, "--match");
  }
  if (seed !== undefined && kept.seed !== undefined && seed !== kept.seed) {
    complain(`a match simulated from seed ${kept.seed}`, "--seed");
  }
}
