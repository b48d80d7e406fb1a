import { CommandError, ExitCode } from "../shared/core/errors.ts";
import { formatJoinLink } from "../shared/core/join_link.ts";
import type { Machine } from "../shared/core/machine.ts";
import type { Rng } from "../shared/core/rng.ts";
import type { Address, DatagramSocket } from "../shared/core/socket.ts";
import { Authority } from "./authority.ts";
import { type Broadcast, type EventFeed, LiveBroadcast } from "./broadcast.ts";
import type { Access, Match, ServeOptions } from "./config.ts";
import { EventSchedule, type ScheduleMode } from "./event_schedule.ts";
import { type AudioSource, openAudioSource } from "./io/audio_source.ts";
import { openEventSource } from "./io/event_source.ts";
import { localHost, reachableHost, resolveAddresses } from "./io/network_places.ts";
import { readTokens, writeSessionDescription } from "./io/text_files.ts";
import { describeSession } from "./sdp.ts";
import { ServerCore } from "./server_core.ts";
import { simulateMatch } from "./simulation/simulate_match.ts";

const SIMULATED_TEAMS = {
  en: { home: "Northfield", away: "Riverside" },
  pt: { home: "Vila Nova", away: "Bela Vista" },
} as const;
const SIMULATED_SPEED = 60;
const TOKEN_BYTES = 16;

/** What a broadcast will be, said before it is. */
export interface BroadcastPlan {
  readonly isSimulated: boolean;
  readonly match?: Match;
  readonly seed: number;
  readonly mode: ScheduleMode;
}

/** Fills in what the options leave open. */
export function planBroadcast(options: ServeOptions, rng: Rng): BroadcastPlan {
  const { audio, events, interval, speed, language } = options;
  checkOptions(options);
  const isSimulated = options.simulate || (audio.length === 0 && events === undefined);
  const match = options.match ?? (isSimulated ? SIMULATED_TEAMS[language] : undefined);
  const mode = interval === undefined
    ? { speed: speed ?? (isSimulated ? SIMULATED_SPEED : 1) }
    : { interval };
  return { isSimulated, seed: options.seed ?? rng.uint32(), mode, ...(match && { match }) };
}

/**
 * Opens the port, the sources and the files, and goes on air.
 *
 * @throws CommandError when one of them can't be had, or options contradict each other.
 */
export async function openBroadcast(options: ServeOptions, machine: Machine): Promise<Broadcast> {
  return await openPlanned(options, planBroadcast(options, machine.rng), machine);
}

export async function openPlanned(
  options: ServeOptions,
  plan: BroadcastPlan,
  machine: Machine,
): Promise<Broadcast> {
  const tokens = options.isOpen ? [] : await readTokens(options.tokens, options.tokenFile);
  if (!options.isOpen && tokens.length === 0) tokens.push(makeToken(machine.rng));
  const plainReceivers = await resolveAddresses(options.plainReceivers, options.host);
  const socket = machine.openSocket({ hostname: options.host, port: options.port });
  const sources = new AbortController();
  try {
    return await goOnAir({ options, plan, machine, tokens, plainReceivers, socket, sources });
  } catch (error) {
    sources.abort();
    socket.close();
    throw error;
  }
}

interface Opened {
  readonly options: ServeOptions;
  readonly plan: BroadcastPlan;
  readonly machine: Machine;
  readonly tokens: readonly string[];
  readonly plainReceivers: readonly Address[];
  readonly socket: DatagramSocket;
  readonly sources: AbortController;
}

async function goOnAir(opened: Opened): Promise<Broadcast> {
  const { options, plan, machine, tokens, plainReceivers, socket, sources } = opened;
  const notices = new Notices();
  const sound = await openSound(options, sources.signal, notices);
  const events = await openEvents(options, plan, sources.signal, notices);
  const access: Access = options.isOpen ? { kind: "open" } : { kind: "tokens", tokens };
  const core = new ServerCore({
    ...(sound && { audio: sound.format }),
    ...(plan.match && { match: plan.match }),
    hasEvents: events !== undefined,
    ...{ plainReceivers, capacity: options.capacity, waitFor: options.waitFor },
    ...(options.interval !== undefined && { intervalMillis: options.interval }),
    ...(options.duration !== undefined && { durationMillis: options.duration }),
    ...(options.sequenceStart !== undefined && { sequenceStart: options.sequenceStart }),
  }, { rng: machine.rng, now: machine.clock.now() });
  await describePlainSound(opened, sound);
  const { port } = socket.address;
  const linkFor = (host: string) => formatJoinLink({ host, port, token: tokens[0] });
  const host = reachableHost(options.host);
  options.links?.leave(port, linkFor(localHost(options.host)));
  const broadcast = new LiveBroadcast({
    ...{ core, authority: new Authority(access), socket, machine, sources, sound, events },
    ready: { host, port, link: linkFor(host), channels: describeChannels(core) },
    onFinished: () => options.links?.remove(port),
  });
  notices.goTo((text) => broadcast.notice("warning", text));
  return broadcast;
}

async function openSound(
  { audio, loop }: ServeOptions,
  signal: AbortSignal,
  notices: Notices,
): Promise<AudioSource | undefined> {
  if (audio.length === 0) return undefined;
  const source = await openAudioSource(audio, { loop, signal });
  source.onNotice = (text) => notices.say(text);
  return source;
}

async function openEvents(
  { events, language }: ServeOptions,
  { isSimulated, match, seed, mode }: BroadcastPlan,
  signal: AbortSignal,
  notices: Notices,
): Promise<EventFeed | undefined> {
  if (isSimulated) {
    return { schedule: new EventSchedule(mode, simulateMatch({ ...match!, seed, language })) };
  }
  if (events === undefined) return undefined;
  const onProblem = (text: string) => notices.say(`--events ${events}: ${text}`);
  const steps = await openEventSource(events, {
    signal,
    onProblem,
    language,
    ...(match && { match }),
  });
  return { schedule: new EventSchedule(mode), steps };
}

/** Written before anything is sent, so that a player that waits for it misses nothing. */
async function describePlainSound(
  { options, plan, machine, plainReceivers }: Opened,
  sound: AudioSource | undefined,
): Promise<void> {
  const destination = plainReceivers[0];
  if (options.sdp === undefined || !sound || !destination) return;
  const name = plan.match ? `${plan.match.home} x ${plan.match.away}` : "Streamer";
  const sessionId = Math.floor(machine.clock.now());
  const description = describeSession({ audio: sound.format, destination, sessionId, name });
  await writeSessionDescription(options.sdp, description);
}

function checkOptions(options: ServeOptions): void {
  const { simulate, events, audio, plainReceivers, sdp, isOpen, tokens, tokenFile } = options;
  const complain = (text: string) => {
    throw new CommandError(ExitCode.usage, text);
  };
  if (simulate && events !== undefined) complain("Choose one of --simulate and --events");
  if (isOpen && (tokens.length > 0 || tokenFile !== undefined)) {
    complain("--open lets everybody in: leave out --token and --token-file");
  }
  if (plainReceivers.length > 0 && audio.length === 0) {
    complain("--rtp-to sends sound: give it with --audio");
  }
  if (sdp !== undefined && plainReceivers.length === 0) {
    complain("--sdp describes what --rtp-to sends: give that too");
  }
  if (events === "-" && audio.includes("-")) {
    complain("Standard input can't be both --audio and --events: give one of them as a file");
  }
  if (options.loop && audio.length === 0) {
    complain("--loop repeats the sound: give it with --audio");
  }
}

/** 128 bits that nobody can guess, in base64url. */
function makeToken(rng: Rng): string {
  const base64 = btoa(String.fromCharCode(...rng.bytes(TOKEN_BYTES)));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function describeChannels({ channels }: ServerCore) {
  return channels.map(({ name, codec, ssrc }) => ({ channel: name, codec, ssrc }));
}

/** What sources say, from before there is a broadcast to say it. */
class Notices {
  readonly #waiting: string[] = [];
  #tell: ((text: string) => void) | undefined;

  say(text: string): void {
    if (this.#tell) this.#tell(text);
    else if (this.#waiting.length < 100) this.#waiting.push(text);
  }

  goTo(tell: (text: string) => void): void {
    this.#tell = tell;
    for (const text of this.#waiting.splice(0)) tell(text);
  }
}
