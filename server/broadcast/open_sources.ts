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
  whereItStands,
} from "../origin/timeline/resume.ts";
import { type AudioSource, openAudioSource } from "../origin/sound/io/audio_source.ts";
import { nameEventSource, openEventSource } from "../origin/timeline/io/event_source.ts";
import { isNamedPipe } from "../origin/io/named_pipe.ts";
import type { Notices } from "./notices.ts";
import { simulateMatch } from "../origin/simulation/simulate_match.ts";

export interface EventInputOptions {
  readonly options: Pick<ServeOptions, "events" | "language">;
  readonly plan: BroadcastPlan;
  /** Knows how far a source was read before a restart. */
  readonly store: BroadcastStore | undefined;
  readonly signal: AbortSignal;
}

/** The start waits no longer than this for a pipe that gives no sound. */
const LONGEST_WAIT_MILLIS: Millis = 2000;

interface SoundSurroundings {
  readonly clock: Clock;
  /** Aborted when the sound is to be read no further. */
  readonly signal: AbortSignal;
}

/** The sound as a broadcast starts; both fields are absent when there is none. */
export interface OpenedSound {
  readonly sound?: AudioSource;
  /** Sound that starts later, from a pipe that has given none yet. */
  readonly awaitedSound?: Promise<AudioSource>;
}

/**
 * Opens the sound. Does not wait long for a pipe that gives none: that sound may start later.
 *
 * @throws CommandError when the sound can't be opened.
 */
export async function openSoundInTime(
  options: ServeOptions,
  { clock, signal }: SoundSurroundings,
  notices: Notices,
): Promise<OpenedSound> {
  const opening = openSound(options, { clock, signal }, notices);
  const patience = new AbortController();
  const mayKeepWaiting = options.audio[0] !== undefined && isNamedPipe(options.audio[0]);
  if (mayKeepWaiting) {
    const late = clock.sleepUntil(clock.now() + LONGEST_WAIT_MILLIS, patience.signal);
    late.then(() => patience.abort());
  }
  try {
    const sound = await unlessAborted(opening, patience.signal);
    if (sound) return { sound };
    return patience.signal.aborted ? { awaitedSound: opening as Promise<AudioSource> } : {};
  } finally {
    patience.abort();
  }
}

/** @throws CommandError when the sound can't be opened. */
async function openSound(
  { audio, loop }: ServeOptions,
  { clock, signal }: SoundSurroundings,
  notices: Notices,
): Promise<AudioSource | undefined> {
  if (audio.length === 0) return undefined;
  const onWaiting = (text: string) => notices.sayWaiting(text);
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
    ...(store && whereItStands(store, source)),
  });
  const rest = source === undefined ? steps : restOfFile(steps, source, store);
  return { schedule: new EventSchedule(mode), steps: rest };
}
