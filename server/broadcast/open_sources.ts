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
import { describeLocation, isAddress, isPipe } from "../origin/io/bytes/location.ts";
import { nameEventSource, openEventSource } from "../origin/timeline/io/event_source.ts";
import type { Notices } from "./notices.ts";
import { simulateMatch } from "../origin/simulation/simulate_match.ts";

export interface EventInputOptions {
  readonly options: Pick<ServeOptions, "events" | "language">;
  readonly plan: BroadcastPlan;
  /** Knows how far a source was read before a restart. */
  readonly store: BroadcastStore | undefined;
  readonly signal: AbortSignal;
}

/**
 * A source without sound delays the start no longer than this. Bytes that are not sound are named before, within
 * 2.5 s (silence watch of the sound reader).
 */
const LONGEST_WAIT_MILLIS: Millis = 3000;

/** After this time, a slow server is reported. The start waits until the server is given up. */
const SLOW_SERVER_MILLIS: Millis = 5000;

interface SoundSurroundings {
  readonly clock: Clock;
  /** Aborted when the sound is to be read no further. */
  readonly signal: AbortSignal;
  /** Told in one line that no program writes to a named pipe yet. */
  readonly onWaiting: (text: string) => void;
}

/** The sound as a broadcast starts; both fields are absent when there is none. */
export interface OpenedSound {
  readonly sound?: AudioSource;
  /** Sound that starts later, from a pipe or standard input that has given none yet. */
  readonly awaitedSound?: Promise<AudioSource>;
}

/**
 * Opens the sound. Does not wait long for a pipe or standard input that gives none: it says so, and that
 * sound may start later.
 *
 * @throws CommandError when the sound can't be opened.
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
  if (first !== undefined && isPipe(first)) {
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
    if (!isWaitTold) notices.sayWaiting(`${soundless(first!)}: starting without it`);
    return { awaitedSound: opening as Promise<AudioSource> };
  } finally {
    patience.abort();
  }
}

/** What people are told when a program or a server sends nothing. */
function soundless(location: string): string {
  return `--audio ${describeLocation(location)} gives no sound yet`;
}

/** @throws CommandError when the sound can't be opened. */
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

/** @throws CommandError when the events can't be opened. */
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
