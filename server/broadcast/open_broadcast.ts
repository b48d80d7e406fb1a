import { toBase64Url } from "../../shared/text/base64.ts";
import { CommandError } from "../../shared/core/errors.ts";
import { formatHostKey, formatJoinLink } from "../../shared/admission/join_link.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import { localHost } from "../../shared/driver/outward_address.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { Address, DatagramSocket } from "../../shared/driver/socket.ts";
import { type Broadcast, type BroadcastReady, LiveBroadcast } from "./broadcast.ts";
import { type BroadcastPlan, checkOptions, DESKTOP, planBroadcast } from "./broadcast_plan.ts";
import type { BroadcastStore, StoredBroadcast } from "../origin/timeline/broadcast_store.ts";
import type { ServeOptions, ServerConfig } from "../interface/config.ts";
import type { AudioSource } from "../origin/sound/io/audio_source.ts";
import type { ScreenSource } from "../origin/screen/io/screen_source.ts";
import { openBroadcastStore } from "../origin/timeline/io/broadcast_store.ts";
import { ownJoinAddresses, reachableHost, resolveAddresses } from "./io/network_places.ts";
import { readTokens, writeSessionDescription } from "./io/text_files.ts";
import type { DataInput } from "./data_pump.ts";
import { Notices } from "./notices.ts";
import { findKeys, openAccess, type OpenedSecrecy, openSecrecy } from "./open_access.ts";
import { openData } from "./open_data.ts";
import { type OpenedMedia, openEvents, openMedia } from "./open_sources.ts";
import { describeSession, type PlainMedium } from "./sdp.ts";
import { ServerCore } from "../core/server_core.ts";

const TOKEN_BYTES = 16;
const BROADCAST_ID_BYTES = 8;

/**
 * Opens the port, the sources and the files, and starts the broadcast.
 *
 * @throws CommandError when one of them can't be opened, or the options contradict each other.
 */
export async function openBroadcast(options: ServeOptions, machine: Machine): Promise<Broadcast> {
  return (await openPlanned(options, machine)).broadcast;
}

/** For the time of the opening, during which a source may keep it waiting. */
export interface Opening {
  /** Aborts the opening. */
  readonly signal?: AbortSignal;
  /** Told in one line what the opening waits for. */
  readonly onWaiting?: (text: string) => void;
}

/** Like {@linkcode openBroadcast}; also returns the plan. */
export async function openPlanned(
  options: ServeOptions,
  machine: Machine,
  opening: Opening = {},
): Promise<{ readonly broadcast: Broadcast; readonly plan: BroadcastPlan }> {
  checkOptions(options);
  const { rng } = machine;
  const store = options.db === undefined
    ? undefined
    : openBroadcastStore(options.db, () => rng.bytes(BROADCAST_ID_BYTES).toHex());
  try {
    const plan = planBroadcast(options, rng, store?.load().settings);
    return { plan, broadcast: await openWithStore(options, plan, machine, store, opening) };
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
  { signal, onWaiting }: Opening,
): Promise<Broadcast> {
  const sources = new AbortController();
  const stop = () => sources.abort();
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const notices = new Notices(onWaiting);
    const tokens = await findTokens(options, plan, machine, store, { sources, notices });
    const { plainReceivers: players, plainScreenReceivers: viewers, host } = options;
    const plainReceivers = await resolveAddresses("--rtp-to", players, host);
    const plainScreenReceivers = await resolveAddresses("--rtp-screen-to", viewers, host);
    const socket = machine.openSocket({ hostname: options.host, port: options.port });
    const opened = {
      options,
      plan,
      machine,
      store,
      tokens,
      plainReceivers,
      plainScreenReceivers,
      socket,
      sources,
      notices,
    };
    return await startBroadcast(opened).catch((error) => {
      sources.abort();
      socket.close();
      throw error;
    });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** The tokens that are given, else one that is generated, and stored for a restart. */
async function findTokens(
  options: ServeOptions,
  { match, isSimulated, seed }: BroadcastPlan,
  { rng }: Machine,
  store: BroadcastStore | undefined,
  { sources: { signal }, notices }: Pick<Opened, "sources" | "notices">,
): Promise<readonly string[]> {
  const onWaiting = (text: string) => notices.sayWaiting(text);
  const given = options.isOpen ? [] : await readTokens(options, { signal, onWaiting });
  const generated = store?.load().settings.token ?? makeToken(rng);
  const isDecided = options.isOpen || given.length > 0 || options.signedTokens !== undefined;
  store?.saveSettings({ ...(match && { match }), token: generated, ...(isSimulated && { seed }) });
  return isDecided ? given : [generated];
}

interface Opened {
  readonly options: ServeOptions;
  readonly plan: BroadcastPlan;
  readonly machine: Machine;
  readonly store: BroadcastStore | undefined;
  readonly tokens: readonly string[];
  readonly plainReceivers: readonly Address[];
  readonly plainScreenReceivers: readonly Address[];
  readonly socket: DatagramSocket;
  readonly sources: AbortController;
  readonly notices: Notices;
}

async function startBroadcast(opened: Opened): Promise<Broadcast> {
  const { options, plan, machine, store, tokens, socket, sources, notices } = opened;
  const { signal } = sources;
  const sourceTools = { clock: machine.clock, signal };
  const data = await openData({ options, seed: plan.seed, ...sourceTools }, notices);
  const media = await openMedia(options, sourceTools, notices);
  const events = await openEvents({ options, plan, store, signal }, notices);
  const kept = store?.load();
  const keys = findKeys(store, machine.rng);
  const secrecy = options.isPlain ? undefined : openSecrecy(keys, machine);
  const opener = secrecy?.opener;
  const access = await openAccess({ options, tokens, machine, opener, signal }, notices);
  const config = configure(opened, kept, { media, data, hasEvents: events !== undefined });
  const core = openCore(opened, config, secrecy);
  const described = await describePlainMedia(opened, media);
  const broadcast = new LiveBroadcast({
    core,
    ...access,
    socket,
    machine,
    sources,
    ...described,
    ...(data && { data }),
    events,
    ready: announce(opened, core, secrecy),
    onFinished: () => {
      options.links?.remove(socket.address.port);
      store?.close();
    },
  });
  tellResumed(broadcast, core, options);
  notices.goTo((text) => broadcast.notice("warning", text));
  return broadcast;
}

function openCore(
  { machine, store }: Opened,
  config: ServerConfig,
  secrecy: OpenedSecrecy | undefined,
): ServerCore {
  return new ServerCore(config, {
    rng: machine.rng,
    now: machine.clock.now(),
    ciphers: machine.ciphers,
    ...(store && { journal: store }),
    ...(secrecy && { secrecy: secrecy.keys }),
  });
}

/** Leaves the join link for listeners on this machine. @returns what listeners elsewhere need to join. */
function announce(
  { options, tokens, socket, notices }: Opened,
  core: ServerCore,
  secrecy: OpenedSecrecy | undefined,
): BroadcastReady {
  const { port } = socket.address;
  const hostKey = secrecy && formatHostKey(secrecy.opener.hostKey);
  const linkFor = ({ hostname: host, port }: Address) =>
    formatJoinLink({ host, port, token: tokens[0], ...(hostKey && { hostKey }) });
  const local = { hostname: localHost(options.host), port };
  leaveLink(options, linkFor(local), { port, notices });
  const { host, advertise: advertised = [] } = options;
  const ways = ownJoinAddresses({ host, port, advertised })
    .map((address) => ({ address, link: linkFor(address) }));
  const { link } = ways[0]!;
  return { host: reachableHost(host), port, link, ways, channels: describeChannels(core) };
}

function tellResumed(
  broadcast: LiveBroadcast,
  { timeline }: ServerCore,
  { db }: ServeOptions,
): void {
  const { signedLate, head: { count } } = timeline;
  if (count > 0) broadcast.notice("info", `--db ${db}: resumes after event ${count}`);
  if (signedLate === 0) return;
  const text = `signed ${signedLate} events, which were stored without signatures`;
  broadcast.notice("info", `--db ${db}: ${text}`);
}

/** Leaves the join link for listeners on this machine. When that fails, the broadcast only says so. */
function leaveLink(
  { links }: ServeOptions,
  link: string,
  { port, notices }: { readonly port: number; readonly notices: Notices },
): void {
  try {
    links?.leave(port, link);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    notices.say(`${error.message}. Until then, listen needs the link on this machine too`);
  }
}

function configure(
  { options, plan, plainReceivers, plainScreenReceivers }: Opened,
  kept: StoredBroadcast | undefined,
  { media, data, hasEvents }: {
    readonly media: OpenedMedia;
    readonly data: DataInput | undefined;
    readonly hasEvents: boolean;
  },
): ServerConfig {
  const { sound, awaitedSound, screen, awaitedScreen } = media;
  const [isAudioAwaited, isScreenAwaited] = [
    awaitedSound !== undefined,
    awaitedScreen !== undefined,
  ];
  return {
    ...(sound && { audio: sound.format }),
    ...(screen && { screen: screen.format }),
    ...(plan.match && { match: plan.match }),
    isAudioAwaited,
    isScreenAwaited,
    screenStaysOpen: options.screen === DESKTOP,
    hasData: data !== undefined,
    dataStaysOpen: data?.source.kind === "network" || data?.source.kind === "simulation",
    // Without any channel, listeners would get no sign that the host is alive.
    hasEvents: hasEvents || isAudioAwaited || isScreenAwaited,
    ...(kept && { timeline: kept }),
    plainReceivers,
    plainScreenReceivers,
    capacity: options.capacity,
    // A resumed broadcast has started already, and waits for nobody.
    waitFor: kept?.timeline.count ? 0 : options.waitFor,
    ...(options.interval !== undefined && { intervalMillis: options.interval }),
    ...(options.duration !== undefined && { durationMillis: options.duration }),
    ...(options.sequenceStart !== undefined && { sequenceStart: options.sequenceStart }),
  };
}

/**
 * Writes the session description before anything is sent, so that a waiting player misses nothing, and again
 * with each source that starts later.
 *
 * @returns the media, of which those that start later are described before they start.
 */
async function describePlainMedia(
  { options: { sdp }, plan, machine, plainReceivers, plainScreenReceivers }: Opened,
  { sound, awaitedSound, screen, awaitedScreen }: OpenedMedia,
): Promise<OpenedMedia> {
  const name = plan.match ? `${plan.match.home} x ${plan.match.away}` : "Streamer";
  const sessionId = Math.floor(machine.clock.now());
  let audio: PlainMedium | undefined;
  let video: PlainMedium | undefined;
  const write = async () => {
    const media = [audio, video].filter((medium) => medium !== undefined);
    if (sdp === undefined || media.length === 0) return;
    await writeSessionDescription(sdp, describeSession({ media, sessionId, name }));
  };
  const noteSound = (source: AudioSource | undefined) => audio = plain(source, plainReceivers);
  const noteScreen = (source: ScreenSource) => video = plain(source, plainScreenReceivers);
  if (sound) noteSound(sound);
  if (screen) noteScreen(screen);
  await write();
  const described = <Source>(note: (source: Source) => void) => async (source: Source) => {
    note(source);
    await write();
    return source;
  };
  return {
    ...(sound && { sound }),
    ...(screen && { screen }),
    ...(awaitedSound && { awaitedSound: awaitedSound.then(described(noteSound)) }),
    ...(awaitedScreen && { awaitedScreen: awaitedScreen.then(described(noteScreen)) }),
  };
}

/** @returns undefined without a source or without a player for it. */
function plain(
  source: Pick<AudioSource | ScreenSource, "format"> | undefined,
  [destination]: readonly Address[],
): PlainMedium | undefined {
  return source && destination && { format: source.format, destination };
}

/** 128 random bits in base64url. */
function makeToken(rng: Rng): string {
  return toBase64Url(rng.bytes(TOKEN_BYTES));
}

function describeChannels({ channels }: ServerCore) {
  return channels.map(({ name, codec, ssrc }) => ({ channel: name, codec, ssrc }));
}
