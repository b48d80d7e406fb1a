import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { formatAddress } from "../../shared/driver/socket.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { BroadcastSettings } from "../origin/timeline/broadcast_store.ts";
import type { Match, ServeOptions } from "../interface/config.ts";
import type { ScheduleMode } from "../origin/timeline/event_schedule.ts";
import { BROWSER, studioProblem } from "./studio_options.ts";

const SIMULATED_TEAMS = {
  en: { home: "Northfield", away: "Riverside" },
  pt: { home: "Vila Nova", away: "Bela Vista" },
} as const;
const SIMULATED_SPEED = 60;

/** What is decided before a broadcast is opened. */
export interface BroadcastPlan {
  readonly isSimulated: boolean;
  readonly match?: Match;
  readonly seed: number;
  readonly mode: ScheduleMode;
}

/**
 * Fills in what the options leave open; teams and seed come from the `--db` file if it has them.
 *
 * @throws CommandError when the options contradict that file.
 */
export function planBroadcast(
  options: ServeOptions,
  rng: Rng,
  kept: BroadcastSettings = {},
): BroadcastPlan {
  const { interval, speed, language } = options;
  checkAgainstKept(options, kept);
  const isSimulated = hasSimulatedMatch(options);
  const match = options.match ?? kept.match ??
    (isSimulated ? SIMULATED_TEAMS[language] : undefined);
  const mode = interval === undefined
    ? { speed: speed ?? (isSimulated ? SIMULATED_SPEED : 1) }
    : { interval };
  const seed = options.seed ?? kept.seed ?? rng.uint32();
  return { isSimulated, seed, mode, ...(match && { match }) };
}

/** Whether a match is simulated: on request, or since there is nothing else to send. */
export function hasSimulatedMatch(
  options: Pick<
    ServeOptions,
    "audio" | "screen" | "events" | "data" | "simulateData" | "studio" | "reports" | "simulate"
  >,
): boolean {
  const { audio, screen, events, studio, reports, simulate } = options;
  const hasSource = audio.length > 0 || screen !== undefined || events !== undefined ||
    hasData(options);
  // A simulated match would go on beside what people in the stands see.
  const hasPeople = studio !== undefined || reports === "open";
  return simulate || !hasSource && !hasPeople;
}

/** Whether there is live data. */
export function hasData(
  { data, simulateData }: Pick<ServeOptions, "data" | "simulateData">,
): boolean {
  return data !== undefined || simulateData === true;
}

/** A resumed broadcast keeps its teams and its seed. */
function checkAgainstKept(
  { match, seed, db }: ServeOptions,
  kept: BroadcastSettings,
): void {
  const complain = (what: string, flag: string) => {
    throw new CommandError(
      ExitCode.usage,
      `--db ${db} holds ${what}: leave out ${flag} to resume it, or choose another file`,
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

/** @throws CommandError when options contradict each other. */
export function checkOptions(options: ServeOptions): void {
  const complain = (text: string) => {
    throw new CommandError(ExitCode.usage, text);
  };
  checkAdmission(options, complain);
  checkPlainReceivers(options, complain);
  checkSources(options, complain);
  checkScreen(options, complain);
  checkData(options, complain);
  checkDirectory(options, complain);
  const problem = studioProblem(options);
  if (problem !== undefined) complain(problem);
}

/** Throws; it never returns. */
type Complain = (text: string) => void;

function checkAdmission(options: ServeOptions, complain: Complain): void {
  const { isOpen, tokens, tokenFile, signedTokens, waitFor, capacity } = options;
  const hasTokens = tokens.length > 0 || tokenFile !== undefined || signedTokens !== undefined;
  if (isOpen && hasTokens) {
    complain("--open accepts every listener: leave out --token, --token-file and --tokens");
  }
  if (waitFor > capacity) {
    complain(
      `--wait-for ${waitFor} would wait for ever, since --capacity admits ${capacity} at the same time: ` +
        `give --capacity ${waitFor} or more`,
    );
  }
}

function checkPlainReceivers(options: ServeOptions, complain: Complain): void {
  const { audio, screen, plainReceivers, plainScreenReceivers, sdp } = options;
  if (plainReceivers.length > 0 && audio.length === 0 && screen === undefined) {
    complain("--rtp-to sends sound, but there is none: add --audio");
  }
  if (plainScreenReceivers.length > 0 && screen === undefined) {
    complain("--rtp-screen-to sends the screen, but there is none: add --screen");
  }
  if (sdp !== undefined && plainReceivers.length === 0 && plainScreenReceivers.length === 0) {
    complain("--sdp describes what --rtp-to and --rtp-screen-to send: add one of them");
  }
  const players = plainReceivers.map(formatAddress);
  const doubled = plainScreenReceivers.map(formatAddress).find((one) => players.includes(one));
  if (doubled !== undefined) {
    complain(`--rtp-to and --rtp-screen-to both name ${doubled}: give each a port of its own`);
  }
}

function checkSources(options: ServeOptions, complain: Complain): void {
  const { simulate, events, audio, screen, data, loop } = options;
  if (simulate && events !== undefined) {
    complain("--simulate and --events exclude each other: leave one out");
  }
  const readers = [
    ...(audio.includes("-") ? ["--audio"] : []),
    ...(screen === "-" ? ["--screen"] : []),
    ...(data === "-" ? ["--data"] : []),
    ...(events === "-" ? ["--events"] : []),
  ];
  if (readers.length > 1) {
    const [one, other] = readers;
    complain(`${one} and ${other} can't both read standard input: use a file for one of them`);
  }
  const isRepeatable = audio.some((location) => location !== BROWSER) ||
    (screen !== undefined && screen !== DESKTOP && screen !== BROWSER);
  if (loop && !isRepeatable) {
    complain(
      "--loop repeats sound and screen, but there is none to repeat: add --audio or --screen",
    );
  }
}

/** The screen of this machine itself. */
export const DESKTOP = "desktop";

function checkScreen(options: ServeOptions, complain: Complain): void {
  const { screen, screenSize, screenBitrate, screenRate } = options;
  if (screenRate !== undefined && screen === undefined) {
    complain("--screen-rate is of the screen, but there is none: add --screen");
  }
  const flag = screenSize ? "--screen-size" : screenBitrate ? "--screen-bitrate" : undefined;
  if (flag !== undefined && screen !== DESKTOP && screen !== BROWSER) {
    const text = `${flag} is for --screen desktop and browser, since files are sent as they are`;
    complain(`${text}: leave it out`);
  }
}

function checkData(options: ServeOptions, complain: Complain): void {
  const { data, dataSetup, simulateData } = options;
  if (simulateData && data !== undefined) {
    complain("--data and --simulate-data exclude each other: leave one out");
  }
  if (simulateData && dataSetup !== undefined) {
    complain("--data-setup is for --data, and the simulated data has its own: leave it out");
  }
  if (dataSetup !== undefined && data === undefined) {
    complain("--data-setup is for the values of --data, but there is none: add --data");
  }
}

function checkDirectory(options: ServeOptions, complain: Complain): void {
  const { directory, title, sport, starts, isUnlisted, isPlain } = options;
  if (directory !== undefined && isPlain) {
    complain("--plain takes no tokens of a directory: leave out --plain or --directory");
  }
  const told = {
    "--title": title !== undefined,
    "--sport": sport !== undefined,
    "--starts": starts !== undefined,
    "--unlisted": isUnlisted === true,
  };
  const flag = Object.entries(told).find(([, isGiven]) => isGiven)?.[0];
  if (flag !== undefined && directory === undefined) {
    complain(`${flag} is told to a directory, but there is none: add --directory URL`);
  }
}
