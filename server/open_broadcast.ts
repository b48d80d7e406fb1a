import { toBase64Url } from "../shared/core/base64.ts";
import { CommandError, ExitCode } from "../shared/core/errors.ts";
import { formatHostKey, formatJoinLink } from "../shared/core/join_link.ts";
import type { Machine } from "../shared/core/machine.ts";
import type { Rng } from "../shared/core/rng.ts";
import type { Address, DatagramSocket } from "../shared/core/socket.ts";
import { openHostKey } from "../shared/secrecy/hpke.ts";
import type { JoinOpener } from "../shared/secrecy/join_sealing.ts";
import { type BroadcastPlan, planBroadcast } from "./broadcast_plan.ts";
import { Authority, type JoinAuthority } from "./authority.ts";
import {
  type Broadcast,
  type EventFeed,
  LiveBroadcast,
  type LiveBroadcastOptions,
} from "./broadcast.ts";
import type { BroadcastStore, HostKeys } from "./broadcast_store.ts";
import type { Access, ServeOptions } from "./config.ts";
import { EventSchedule } from "./event_schedule.ts";
import { restOfFile, restOfSimulation, simulationSource } from "./going_on.ts";
import type { SecrecyKeys } from "./host_secrecy.ts";
import { toHex } from "./hex.ts";
import { type AudioSource, openAudioSource } from "./io/audio_source.ts";
import { openBroadcastStore } from "./io/broadcast_store.ts";
import { nameEventSource, openEventSource } from "./io/event_source.ts";
import { localHost, reachableHost, resolveAddresses } from "./io/network_places.ts";
import { followTokenRegister, readTokenRegister } from "./io/token_file.ts";
import { readTokens, writeSessionDescription } from "./io/text_files.ts";
import { describeSession } from "./sdp.ts";
import { ServerCore } from "./server_core.ts";
import { SignedAuthority, SignedTokens } from "./signed_tokens.ts";
import { simulateMatch } from "./simulation/simulate_match.ts";

const TOKEN_BYTES = 16;
/** Of the keys that JOINs are sealed to, and events are signed with. */
const SEED_BYTES = 32;
const BROADCAST_ID_BYTES = 8;

/**
 * Opens the port, the sources and the files, and goes on air.
 *
 * @throws CommandError when one of them can't be had, or options contradict each other.
 */
export async function openBroadcast(options: ServeOptions, machine: Machine): Promise<Broadcast> {
  return (await openPlanned(options, machine)).broadcast;
}

/** The same, with what it decided on. */
export async function openPlanned(
  options: ServeOptions,
  machine: Machine,
): Promise<{ readonly broadcast: Broadcast; readonly plan: BroadcastPlan }> {
  checkOptions(options);
  const { rng } = machine;
  const store = options.db === undefined
    ? undefined
    : openBroadcastStore(options.db, () => toHex(rng.bytes(BROADCAST_ID_BYTES)));
  try {
    const plan = planBroadcast(options, rng, store?.load().settings);
    return { plan, broadcast: await openWithStore(options, plan, machine, store) };
  } catch (error) {
    store?.close();
    throw error;
  }
}

async function openWithStore(
  options: ServeOptions,
  plan: BroadcastPlan,
  machine: Machine,
  store: BroadcastStore | undefined,
): Promise<Broadcast> {
  const { rng } = machine;
  const given = options.isOpen ? [] : await readTokens(options);
  const made = store?.load().settings.token ?? makeToken(rng);
  const isDecided = options.isOpen || given.length > 0 || options.signedTokens !== undefined;
  const tokens = isDecided ? given : [made];
  const { match, isSimulated, seed } = plan;
  store?.saveSettings({ ...(match && { match }), token: made, ...(isSimulated && { seed }) });
  const plainReceivers = await resolveAddresses(options.plainReceivers, options.host);
  const socket = machine.openSocket({ hostname: options.host, port: options.port });
  const sources = new AbortController();
  try {
    return await goOnAir({
      options,
      plan,
      machine,
      store,
      tokens,
      plainReceivers,
      socket,
      sources,
    });
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
  readonly store: BroadcastStore | undefined;
  readonly tokens: readonly string[];
  readonly plainReceivers: readonly Address[];
  readonly socket: DatagramSocket;
  readonly sources: AbortController;
}

async function goOnAir(opened: Opened): Promise<Broadcast> {
  const { options, plan, machine, store, tokens, plainReceivers, socket, sources } = opened;
  const notices = new Notices();
  const sound = await openSound(options, sources.signal, notices);
  const events = await openEvents(opened, notices);
  const kept = store?.load();
  const keys = findKeys(store, machine.rng);
  const opener = options.isPlain ? undefined : await openHostKey(keys.exchange);
  const access = await openAccess(opened, opener, notices);
  const core = new ServerCore({
    ...(sound && { audio: sound.format }),
    ...(plan.match && { match: plan.match }),
    hasEvents: events !== undefined,
    ...(kept && { timeline: kept }),
    ...{ plainReceivers, capacity: options.capacity },
    // What has begun goes on, whoever is there.
    waitFor: kept?.entries.length ? 0 : options.waitFor,
    ...(options.interval !== undefined && { intervalMillis: options.interval }),
    ...(options.duration !== undefined && { durationMillis: options.duration }),
    ...(options.sequenceStart !== undefined && { sequenceStart: options.sequenceStart }),
  }, {
    ...{ rng: machine.rng, now: machine.clock.now() },
    ...(store && { journal: store }),
    ...(opener && { secrecy: secrecyOf(opener, keys, machine) }),
  });
  await describePlainSound(opened, sound);
  const { port } = socket.address;
  const linkFor = (host: string) =>
    formatJoinLink({
      ...{ host, port, token: tokens[0] },
      ...(opener && { hostKey: formatHostKey(opener.hostKey) }),
    });
  const host = reachableHost(options.host);
  options.links?.leave(port, linkFor(localHost(options.host)));
  const broadcast = new LiveBroadcast({
    ...{ core, ...access, socket, machine, sources, sound, events },
    ready: { host, port, link: linkFor(host), channels: describeChannels(core) },
    onFinished: () => {
      options.links?.remove(port);
      store?.close();
    },
  });
  if (kept?.entries.length) {
    broadcast.notice("info", `--db ${options.db}: goes on after event ${kept.entries.length}`);
  }
  notices.goTo((text) => broadcast.notice("warning", text));
  return broadcast;
}

/** Who decides about JOINs, and how it hears that passes are to be judged anew. */
async function openAccess(
  { options: { isOpen, signedTokens: path }, tokens, machine: { clock }, sources }: Opened,
  opener: JoinOpener | undefined,
  notices: Notices,
): Promise<Pick<LiveBroadcastOptions, "passReviews"> & { readonly authority: JoinAuthority }> {
  const access: Access = isOpen ? { kind: "open" } : { kind: "tokens", tokens };
  const authority = new Authority(access, opener);
  if (path === undefined) return { authority };
  const signed = await SignedTokens.open(await readTokenRegister(path));
  const onProblem = (text: string) => notices.say(text);
  const registers = followTokenRegister(path, { clock, signal: sources.signal, onProblem });
  return {
    authority: new SignedAuthority(signed, authority),
    passReviews: signed.follow(registers),
  };
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
  { options: { events, language }, plan, store, sources: { signal } }: Opened,
  notices: Notices,
): Promise<EventFeed | undefined> {
  const { isSimulated, match, seed, mode } = plan;
  if (isSimulated) {
    const steps = simulateMatch({ ...match!, seed, language });
    const rest = restOfSimulation(steps, simulationSource(seed), store);
    return { schedule: new EventSchedule(mode, rest) };
  }
  if (events === undefined) return undefined;
  const onProblem = (text: string) => notices.say(`--events ${events}: ${text}`);
  const steps = await openEventSource(events, {
    signal,
    onProblem,
    language,
    ...(match && { match }),
  });
  const source = nameEventSource(events);
  const rest = source === undefined ? steps : restOfFile(steps, source, store);
  return { schedule: new EventSchedule(mode), steps: rest };
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
  const isGuarded = tokens.length > 0 || tokenFile !== undefined ||
    options.signedTokens !== undefined;
  if (isOpen && isGuarded) {
    complain("--open lets everybody in: leave out --token, --token-file and --tokens");
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

/** A broadcast has keys of its own, the same as long as it is the same. */
function findKeys(store: BroadcastStore | undefined, rng: Rng): HostKeys {
  const kept = store?.load().keys;
  if (kept) return kept;
  const keys = { exchange: rng.bytes(SEED_BYTES), signing: rng.bytes(SEED_BYTES) };
  store?.saveKeys(keys);
  return keys;
}

function secrecyOf(
  { hostKey }: JoinOpener,
  { signing }: HostKeys,
  { ciphers }: Machine,
): SecrecyKeys {
  return { hostKey, ciphers, signingSeed: signing };
}

/** 128 bits that nobody can guess, in base64url. */
function makeToken(rng: Rng): string {
  return toBase64Url(rng.bytes(TOKEN_BYTES));
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
