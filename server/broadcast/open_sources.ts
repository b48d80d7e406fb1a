import type { Clock } from "../../shared/driver/clock.ts";
import type { Millis } from "../../shared/core/units.ts";
import { unlessAborted } from "../../shared/core/unless_aborted.ts";
import type { BroadcastStore } from "../origin/timeline/broadcast_store.ts";
import type { BroadcastPlan } from "./broadcast_plan.ts";
import type { EventInput } from "./broadcast.ts";
import type { ServeOptions } from "../interface/config.ts";
import { EventSchedule } from "../origin/timeline/event_schedule.ts";
import {
  restOfFile,
  restOfSimulation,
  simulationSource,
  stateAfterRestart,
} from "../origin/timeline/resume.ts";
import { type AudioSource, openAudioSource } from "../origin/sound/io/audio_source.ts";
import {
  describeLocation,
  isAddress,
  isStandardInput,
} from "../origin/sound/io/bytes/location.ts";
import { nameEventSource, openEventSource } from "../origin/timeline/io/event_source.ts";
import { isNamedPipe } from "../origin/io/named_pipe.ts";
import type { Notices } from "./notices.ts";
import { simulateMatch } from "../origin/simulation/simulate_match.ts";

export interface EventInputOptions {
  readonly options: Pick<ServeOptions, "events" | "language">;
  readonly plan: BroadcastPlan;
  /** Says how far a source was read before. */
  readonly store: BroadcastStore | undefined;
  readonly signal: AbortSignal;
}

/** A pipe or standard input that gives no sound holds the start up no longer than this. */
const LONGEST_WAIT_MILLIS: Millis = 2000;

/** Which server is so slow that people are told of it; it ends the start by itself when it gives up. */
const SLOW_SERVER_MILLIS: Millis = 5000;

/** What sound is opened with. */
interface SoundSurroundings {
  readonly clock: Clock;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Told in one line that nobody writes to a named pipe yet. */
  readonly onWaiting: (text: string) => void;
}

/** What there is of the sound as a broadcast goes on air. */
export interface OpenedSound {
  readonly sound?: AudioSource;
  /** It comes later, from a pipe or standard input that has given none yet. */
  readonly awaitedSound?: Promise<AudioSource>;
}

/**
 * Opens the sound, and goes on without it for now, saying so, when it comes from a pipe or standard
 * input that gives none.
 *
 * @throws CommandError when the sound can't be had.
 */
export async function openSoundInTime(
  options: ServeOptions,
  { clock, signal }: Omit<SoundSurroundings, "onWaiting">,
  notices: Notices,
): Promise<OpenedSound> {
  let isWaitTold = false;
  const onWaiting = (text: string) => {
    isWaitTold = true;
    notices.sayWaiting(text);
  };
  const opening = openSound(options, { clock, signal, onWaiting }, notices);
  const patience = new AbortController();
  const [first] = options.audio;
  if (first !== undefined && mayStaySilent(first)) {
    const late = clock.sleepUntil(clock.now() + LONGEST_WAIT_MILLIS, patience.signal);
    late.then(() => patience.abort());
  }
  if (first !== undefined && isAddress(first)) {
    const late = clock.sleepUntil(clock.now() + SLOW_SERVER_MILLIS, patience.signal);
    late.then(() =>
      patience.signal.aborted || notices.sayWaiting(`${soundless(first)}: waiting for it`)
    );
  }
  try {
    const sound = await unlessAborted(opening, patience.signal);
    if (sound) return { sound };
    if (!patience.signal.aborted || signal.aborted) return {};
    if (!isWaitTold) notices.sayWaiting(`${soundless(first!)}: on air without it until it does`);
    return { awaitedSound: opening as Promise<AudioSource> };
  } finally {
    patience.abort();
  }
}

/** Whether it may have no end and no sound: some program is to write to it. */
function mayStaySilent(location: string): boolean {
  return isStandardInput(location) || isNamedPipe(location);
}

/** What people are told when a program or a server is there and sends nothing. */
function soundless(location: string): string {
  return `--audio ${describeLocation(location)} gives no sound yet`;
}

/** @throws CommandError when the sound can't be had. */
async function openSound(
  { audio, loop }: ServeOptions,
  { clock, signal, onWaiting }: SoundSurroundings,
  notices: Notices,
): Promise<AudioSource | undefined> {
  if (audio.length === 0) return undefined;
  const source = await openAudioSource(audio, { loop, signal, clock, onWaiting });
  source.onNotice = (text) => notices.say(text);
  return source;
}

/** @throws CommandError when the events can't be had. */
export async function openEvents(
  { options: { events, language }, plan, store, signal }: EventInputOptions,
  notices: Notices,
): Promise<EventInput | undefined> {
  const { isSimulated, match, seed, mode } = plan;
  if (isSimulated) {
    const steps = simulateMatch({ ...match!, seed, language });
    const rest = restOfSimulation(steps, simulationSource(seed), store);
    return { schedule: new EventSchedule(mode, rest) };
  }
  if (events === undefined) return undefined;
  const onProblem = (text: string) => notices.say(`--events ${events}: ${text}`);
  const source = nameEventSource(events);
  const steps = await openEventSource(events, {
    signal,
    onProblem,
    language,
    onWaiting: (text) => notices.sayWaiting(text),
    ...(match && { match }),
    isSpacedByTime: "speed" in mode,
    ...(store && stateAfterRestart(store, source)),
  });
  const rest = source === undefined ? steps : restOfFile(steps, source, store);
  return { schedule: new EventSchedule(mode), steps: rest };
}
