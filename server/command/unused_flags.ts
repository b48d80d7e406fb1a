import type { ServeOptions } from "../interface/config.ts";
import { hasData, hasSimulatedMatch } from "../broadcast/broadcast_plan.ts";
import { mayAnyoneReport } from "../broadcast/report_options.ts";
import { withStudio } from "../broadcast/studio_options.ts";

/** What was given on the command line; a language that was not given is absent. */
export type GivenOptions = Omit<ServeOptions, "language"> & Partial<Pick<ServeOptions, "language">>;

interface Rule {
  readonly flag: string;
  /** Whether the flag was given, and changes nothing beside the others. */
  readonly isUnused: (options: GivenOptions) => boolean;
  /** Why, and what to do. */
  readonly why: string;
}

const RULES: readonly Rule[] = [
  {
    flag: "--no-open",
    isUnused: ({ noOpen, studio }) => noOpen === true && studio === undefined,
    why: "there is no studio. Add --studio to have one",
  },
  {
    flag: "--seed",
    isUnused: (given) => given.seed !== undefined && !isAnythingSimulated(given),
    why: "nothing is simulated. Add --simulate or --simulate-data, or leave it out",
  },
  {
    flag: "--speed",
    isUnused: ({ speed, interval }) => speed !== undefined && interval !== undefined,
    why: "--interval sets the pace. Leave one of them out",
  },
  {
    flag: "--speed",
    isUnused: (given) =>
      given.speed !== undefined && given.interval === undefined && !hasPace(given),
    why: "it is of a simulated match, of --events, and of a file of --data. Leave it out",
  },
  {
    flag: "--lang",
    isUnused: (given) => given.language !== undefined && !hasWords(given),
    why: "it is of events, which this broadcast has none of. Leave it out",
  },
  {
    flag: "--interval",
    isUnused: (given) => given.interval !== undefined && hasScreenAlone(given),
    why: "a screen always goes frame by frame. Leave it out",
  },
  {
    flag: "--quorum",
    isUnused: (given) => given.quorum !== undefined && !mayAnyoneReport(given),
    why: "nobody may report. Add --reports open, or --tokens FILE with tokens of reporters",
  },
  {
    flag: "--votes-per-address",
    isUnused: (given) => given.votesPerAddress !== undefined && !mayAnyoneReport(given),
    why: "nobody may report. Add --reports open, or --tokens FILE with tokens of reporters",
  },
  {
    flag: "--name",
    isUnused: ({ name, directory }) => name !== undefined && directory === undefined,
    why: "it is told to a directory. Add --directory URL",
  },
  {
    flag: "--identity",
    isUnused: ({ identity, directory }) => identity !== undefined && directory === undefined,
    why: "it is shown to a directory. Add --directory URL",
  },
];

/** Flags that change nothing beside the others: a line each, with the reason and what to do. */
export function describeUnused(given: GivenOptions): string[] {
  const all = withStudio(given);
  return RULES.filter(({ isUnused }) => isUnused(all))
    .map(({ flag, why }) => `${flag} has no effect: ${why}`);
}

function isAnythingSimulated(given: GivenOptions): boolean {
  return hasSimulatedMatch(given) || given.simulateData === true;
}

/** Whether anything comes at times that can be sped up; servers send data when they like. */
function hasPace(given: GivenOptions): boolean {
  const isFileOfData = given.data !== undefined && !given.data.includes("://");
  return hasSimulatedMatch(given) || given.events !== undefined || isFileOfData;
}

/** Whether the program writes titles of events, or offers them. */
function hasWords(given: GivenOptions): boolean {
  return hasSimulatedMatch(given) || given.events !== undefined || given.studio !== undefined ||
    mayAnyoneReport(given);
}

function hasScreenAlone(given: GivenOptions): boolean {
  const { audio, screen } = given;
  return screen !== undefined && audio.length === 0 && !hasData(given) && !hasWords(given);
}
