import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { Clock } from "../../shared/driver/clock.ts";
import type { Millis } from "../../shared/core/units.ts";
import { unlessAborted } from "../../shared/core/unless_aborted.ts";
import type { BroadcastStore } from "../origin/timeline/broadcast_store.ts";
import { type BroadcastPlan, DESKTOP, hasData } from "./broadcast_plan.ts";
import type { EventInput } from "./pumps/source_pumps.ts";
import type { ServeOptions } from "../interface/config.ts";
import { EventSchedule } from "../origin/timeline/event_schedule.ts";
import {
  restOfFile,
  restOfSimulation,
  simulationSource,
  stateAfterRestart,
} from "../origin/timeline/resume.ts";
import type { ScreenSource, ScreenSourceOptions } from "../origin/screen/io/screen_source.ts";
import { type AudioSource, openAudioSource } from "../origin/sound/io/audio_source.ts";
import { describeLocation, isAddress, isPipe } from "../origin/io/bytes/location.ts";
import type { Notices } from "./notices.ts";
import { BROWSER } from "./studio_options.ts";
import { UNNAMED_TEAMS } from "../../shared/event/titles.ts";

export interface EventInputOptions {
  readonly options: Pick<ServeOptions, "events" | "language" | "studio">;
  readonly plan: BroadcastPlan;
  /** Knows how far a source was read before a restart. */
  readonly store: BroadcastStore | undefined;
  readonly signal: AbortSignal;
}

/**
 * A source that gives nothing delays the start no longer than this. Bytes that are not sound are named before,
 * within 2.5 s (silence watch of the sound reader).
 */
const LONGEST_WAIT_MILLIS: Millis = 3000;

/** After this time, a slow server is reported. The start waits until the server is given up. */
const SLOW_SERVER_MILLIS: Millis = 5000;

interface Surroundings {
  readonly clock: Clock;
  /** Aborted when the source is to be read no further. */
  readonly signal: AbortSignal;
}

/** Sound and screen as a broadcast starts; fields are absent where there is none. */
export interface OpenedMedia {
  readonly sound?: AudioSource;
  /** Sound that starts later, from a pipe or standard input that has given none yet; or no sound after all. */
  readonly awaitedSound?: Promise<AudioSource | undefined>;
  readonly screen?: ScreenSource;
  /** A screen that starts later, as sound may; rejects when it can't be opened. */
  readonly awaitedScreen?: Promise<ScreenSource>;
}

/**
 * Opens sound and screen. Does not wait long for a pipe or standard input that gives nothing: it says so, and
 * that source may start later.
 *
 * @throws CommandError when the sound can't be opened, or the screen when there is nothing beside it.
 */
export async function openMedia(
  options: ServeOptions,
  surroundings: Surroundings,
  notices: Notices,
): Promise<OpenedMedia> {
  const [audio, screen] = await Promise.all([
    openSoundInTime(options, surroundings, notices),
    openScreenInTime(options, surroundings, notices),
  ]);
  const isOwnSound = options.audio.length > 0;
  return {
    ...(audio.opened && { sound: audio.opened }),
    ...(audio.awaited && { awaitedSound: audio.awaited }),
    ...(screen.opened && { screen: screen.opened }),
    ...(screen.awaited && { awaitedScreen: screen.awaited }),
    ...(!isOwnSound && screen.opened?.sound && { sound: screen.opened.sound }),
    ...(!isOwnSound && screen.awaited && { awaitedSound: soundOf(screen.awaited) }),
  };
}

/** A screen that can't be opened is told where it is awaited, and has no sound. */
async function soundOf(awaited: Promise<ScreenSource>): Promise<AudioSource | undefined> {
  return await awaited.then(({ sound }) => sound, () => undefined);
}

/** A source as a broadcast starts: opened, or to be opened later, or neither. */
interface InTime<Source> {
  readonly opened?: Source;
  readonly awaited?: Promise<Source>;
}

/** What a location is opened for. */
interface Wanted {
  /** With its flag, as a message names it. */
  readonly name: string;
  readonly location: string;
  readonly content: "sound" | "video";
}

function openSoundInTime(
  options: ServeOptions,
  { clock, signal }: Surroundings,
  notices: Notices,
): Promise<InTime<AudioSource>> {
  const { audio, loop } = options;
  const [location] = audio;
  if (location === undefined || location === BROWSER) return Promise.resolve({});
  const name = `--audio ${describeLocation(location)}`;
  return inTime(
    { name, location, content: "sound" },
    { clock, signal, notices },
    (onWaiting) => listened(openAudioSource(audio, { loop, signal, clock, onWaiting }), notices),
  );
}

async function openScreenInTime(
  options: ServeOptions,
  { clock, signal }: Surroundings,
  notices: Notices,
): Promise<InTime<ScreenSource>> {
  const { screen: location, screenRate: rate, loop, audio } = options;
  if (location === undefined || location === BROWSER) return {};
  const name = `--screen ${describeLocation(location)}`;
  const wantsSound = audio.length === 0;
  const open = (onWaiting: (text: string) => void) => {
    const settings = { loop, signal, clock, onWaiting, wantsSound, ...(rate && { rate }) };
    const opening = location === DESKTOP
      ? openDesktop(options, { clock, signal })
      : openScreenFrom(location, settings);
    return listened(opening, notices);
  };
  try {
    return await inTime({ name, location, content: "video" }, { clock, signal, notices }, open);
  } catch (error) {
    // Sound and events go on without it; a mistake in the command line ends the start.
    const isAlone = audio.length === 0 && options.events === undefined && !options.simulate &&
      !hasData(options) && options.studio === undefined;
    const isMistake = error instanceof CommandError && error.exitCode === ExitCode.usage;
    if (isAlone || isMistake) throw error;
    const awaited = Promise.reject(error);
    awaited.catch(() => {});
    return { awaited };
  }
}

async function openScreenFrom(
  location: string,
  settings: ScreenSourceOptions,
): Promise<ScreenSource> {
  const { openScreenSource } = await import("../origin/screen/io/screen_source.ts");
  return await openScreenSource(location, settings);
}

async function openDesktop(
  { screenSize: size, screenRate: rate, screenBitrate: bitrate }: ServeOptions,
  surroundings: Surroundings,
): Promise<ScreenSource> {
  const { openDesktopSource } = await import("../origin/screen/io/desktop_source.ts");
  return await openDesktopSource({
    ...surroundings,
    ...(size && { size }),
    ...(rate && { rate }),
    ...(bitrate && { bitrate }),
  });
}

async function listened<Source extends { onNotice?: (text: string) => void }>(
  opening: Promise<Source>,
  notices: Notices,
): Promise<Source> {
  const source = await opening;
  source.onNotice = (text) => notices.say(text);
  return source;
}

/** Opens a source; one that another program writes is waited for no longer than {@linkcode LONGEST_WAIT_MILLIS}. */
async function inTime<Source>(
  wanted: Wanted,
  { clock, signal, notices }: Surroundings & { readonly notices: Notices },
  open: (onWaiting: (text: string) => void) => Promise<Source>,
): Promise<InTime<Source>> {
  const { name, location, content } = wanted;
  const nothing = `${name} gives no ${content} yet`;
  let isWaitTold = false;
  const opening = open((text) => {
    isWaitTold = true;
    notices.sayWaiting(text);
  });
  const patience = new AbortController();
  const after = (millis: Millis, act: () => void) =>
    void clock.sleepUntil(clock.now() + millis, patience.signal).then(act);
  if (isPipe(location)) after(LONGEST_WAIT_MILLIS, () => patience.abort());
  if (isAddress(location)) {
    const tell = () => notices.sayWaiting(`${nothing}: waiting for it`);
    after(SLOW_SERVER_MILLIS, () => patience.signal.aborted || tell());
  }
  try {
    const opened = await unlessAborted(opening, patience.signal);
    if (opened) return { opened };
    if (!patience.signal.aborted || signal.aborted) return {};
    if (!isWaitTold) notices.sayWaiting(`${nothing}: starting without it`);
    return { awaited: opening };
  } finally {
    patience.abort();
  }
}

/** @throws CommandError when the events can't be opened. */
export async function openEvents(
  { options: { events, language, studio }, plan, store, signal }: EventInputOptions,
  notices: Notices,
): Promise<EventInput | undefined> {
  const { isSimulated, match, seed, mode } = plan;
  if (isSimulated) {
    const { simulateMatch } = await import("../origin/simulation/simulate_match.ts");
    const steps = simulateMatch({ ...match!, seed, language });
    const rest = restOfSimulation(steps, simulationSource(seed), store);
    return { schedule: new EventSchedule(mode, rest) };
  }
  if (events === undefined) return undefined;
  const onProblem = (text: string) => notices.say(`--events ${events}: ${text}`);
  const { nameEventSource, openEventSource } = await import(
    "../origin/timeline/io/event_source.ts"
  );
  const source = nameEventSource(events);
  const steps = await openEventSource(events, {
    signal,
    onProblem,
    language,
    onWaiting: (text) => notices.sayWaiting(text),
    // The studio's buttons are those of two teams, whatever they are called.
    ...((match ?? studio) && { match: match ?? UNNAMED_TEAMS }),
    isSpacedByTime: "speed" in mode,
    ...(store && stateAfterRestart(store, source)),
  });
  const rest = source === undefined ? steps : restOfFile(steps, source, store);
  return { schedule: new EventSchedule(mode), steps: rest };
}
