import { plural } from "../../shared/text/plural.ts";
import { toBase64Url } from "../../shared/text/base64.ts";
import { CommandError } from "../../shared/core/errors.ts";
import { formatHostKey, formatJoinLink } from "../../shared/admission/join_link.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import { localHost } from "../../shared/driver/outward_address.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { Address, DatagramSocket } from "../../shared/driver/socket.ts";
import { type Broadcast, type BroadcastReady, LiveBroadcast } from "./broadcast.ts";
import {
  type BroadcastPlan,
  checkOptions,
  DESKTOP,
  hasData,
  planBroadcast,
} from "./broadcast_plan.ts";
import type { BroadcastStore, StoredBroadcast } from "../origin/timeline/broadcast_store.ts";
import type { ServeOptions, ServerConfig } from "../interface/config.ts";
import { joinAddresses } from "./join_addresses.ts";
import { ownAddresses, reachableHost, resolveAddresses } from "./io/network_places.ts";
import { readTokens } from "./io/text_files.ts";
import type { OpenDataOptions } from "./open_data.ts";
import type { OpenedDirectory } from "./open_directory.ts";
import type { DataInput } from "./pumps/data_pump.ts";
import { Notices } from "./notices.ts";
import { findKeys, openAccess, type OpenedSecrecy, openSecrecy } from "./open_access.ts";
import { type OpenedMedia, openEvents, openMedia } from "./open_sources.ts";
import type { OpenedMatch } from "./open_match.ts";
import type { OpenedStudio } from "./open_studio.ts";
import { mayAnyoneReport } from "./report_options.ts";
import { PlainMedia } from "./plain_media.ts";
import { BROWSER, isBrowserSound, withStudio } from "./studio_options.ts";
import { LIVE_HEADROOM_MILLIS } from "../studio/live_sound_times.ts";
import type { StudioServer } from "../studio/io/studio_server.ts";
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

export interface Planned {
  readonly broadcast: Broadcast;
  readonly plan: BroadcastPlan;
  /** The server of the host's own page; absent when there is none. */
  readonly studio?: Pick<StudioServer, "makeUrlOnce">;
}

/** Like {@linkcode openBroadcast}; also returns the plan. */
export async function openPlanned(
  given: ServeOptions,
  machine: Machine,
  opening: Opening = {},
): Promise<Planned> {
  const options = withStudio(given);
  checkOptions(options);
  const { rng } = machine;
  const store = options.db === undefined ? undefined : await openStore(options.db, rng);
  try {
    const plan = planBroadcast(options, rng, store?.load().settings);
    const given = { options, plan, machine, store };
    return {
      plan,
      ...await openWithStore({ ...given, ...await register(given, opening) }, opening),
    };
  } catch (error) {
    store?.close();
    throw error;
  }
}

// What few broadcasts have is loaded with them: SQLite, the studio with its web server, live data.

async function openStore(path: string, rng: Rng): Promise<BroadcastStore> {
  const { openBroadcastStore } = await import("../origin/timeline/io/broadcast_store.ts");
  return openBroadcastStore(path, () => rng.bytes(BROADCAST_ID_BYTES).toHex());
}

async function openStudioIfAny(
  options: ServeOptions,
  machine: Machine,
  notices: Notices,
): Promise<OpenedStudio | undefined> {
  if (!options.studio) return undefined;
  const { openStudio } = await import("./open_studio.ts");
  return openStudio(options, machine, notices);
}

/** The match is kept where the host has a page, or listeners may report. */
async function openMatchIfAny(options: ServeOptions): Promise<OpenedMatch | undefined> {
  if (!options.studio && !mayAnyoneReport(options)) return undefined;
  const { openMatch } = await import("./open_match.ts");
  return await openMatch(options);
}

async function openDataIfAny(
  given: OpenDataOptions,
  notices: Notices,
): Promise<DataInput | undefined> {
  if (!hasData(given.options)) return undefined;
  const { openData } = await import("./open_data.ts");
  return await openData(given, notices);
}

/** Before anything is opened, so that a directory that is not there shows at once. */
async function register(
  given: Pick<Opened, "options" | "plan" | "machine" | "store">,
  opening: Opening,
): Promise<Pick<Opened, "directory">> {
  if (given.options.directory === undefined) return {};
  const { openDirectory } = await import("./open_directory.ts");
  return { directory: await openDirectory(given, opening) };
}

async function openWithStore(
  given: Pick<Opened, "options" | "plan" | "machine" | "store" | "directory">,
  { signal, onWaiting }: Opening,
): Promise<Omit<Planned, "plan">> {
  const sources = new AbortController();
  const stop = () => sources.abort();
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  const notices = new Notices(onWaiting);
  let studio: OpenedStudio | undefined;
  try {
    const match = await openMatchIfAny(given.options);
    studio = await openStudioIfAny(given.options, given.machine, notices);
    const opening = { ...given, sources, notices, studio, match };
    const broadcast = await openSocketAndStart(opening);
    return { broadcast, ...(studio && { studio: studio.server }) };
  } catch (error) {
    await studio?.server.close();
    await given.directory?.abandon();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

async function openSocketAndStart(given: Omit<Opened, keyof OpenedPlaces>): Promise<Broadcast> {
  const { options, plan, machine, store, sources, notices } = given;
  const tokens = await findTokens(options, plan, machine, store, { sources, notices });
  const { plainReceivers: players, plainScreenReceivers: viewers, host } = options;
  const plainReceivers = await resolveAddresses("--rtp-to", players, host);
  const plainScreenReceivers = await resolveAddresses("--rtp-screen-to", viewers, host);
  const socket = openSocket(options, machine);
  const opened = { ...given, tokens, plainReceivers, plainScreenReceivers, socket };
  return await startBroadcast(opened).catch((error) => {
    sources.abort();
    socket.close();
    throw error;
  });
}

function openSocket({ host, port, noFfi }: ServeOptions, machine: Machine): DatagramSocket {
  return machine.openSocket({ hostname: host, port }, { isForMany: true, noFfi });
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

/** Where listeners and players are reached, and who may join. */
interface OpenedPlaces {
  readonly tokens: readonly string[];
  readonly plainReceivers: readonly Address[];
  readonly plainScreenReceivers: readonly Address[];
  readonly socket: DatagramSocket;
}

interface Opened extends OpenedPlaces {
  readonly options: ServeOptions;
  readonly plan: BroadcastPlan;
  readonly machine: Machine;
  readonly store: BroadcastStore | undefined;
  readonly sources: AbortController;
  readonly notices: Notices;
  readonly studio: OpenedStudio | undefined;
  readonly match: OpenedMatch | undefined;
  /** Where the broadcast is registered; absent when it is in no directory. */
  readonly directory?: OpenedDirectory;
}

async function startBroadcast(opened: Opened): Promise<Broadcast> {
  const { options, plan, machine, store, tokens, socket, sources, notices } = opened;
  const { studio, match, directory } = opened;
  const { signal } = sources;
  const sourceTools = { clock: machine.clock, signal };
  const data = await openDataIfAny({ options, seed: plan.seed, ...sourceTools }, notices);
  const media = await openMedia(options, sourceTools, notices);
  const events = await openEvents({ options, plan, store, signal }, notices);
  const kept = store?.load();
  const keys = findKeys(store, machine.rng);
  const secrecy = options.isPlain ? undefined : openSecrecy(keys, machine);
  const opener = secrecy?.opener;
  const joinTokens = directory && { joinTokens: directory.tokens };
  const asked = { options, tokens, machine, opener, signal, ...joinTokens };
  const access = await openAccess(asked, notices);
  const config = configure(opened, kept, { media, data, hasEvents: events !== undefined });
  const core = openCore(opened, config, secrecy);
  const plainMedia = new PlainMedia({ ...opened, onProblem: (text) => notices.say(text) });
  const described = await plainMedia.describe(media);
  const ready = announce(opened, core, secrecy);
  const control = match?.begin(core, { options, plan }, machine.clock.now());
  const begun = control &&
    studio?.begin(core, control, { options, store, machine, ready, tokens });
  const broadcast = new LiveBroadcast({
    core,
    ...access,
    socket,
    machine,
    sources,
    ...described,
    ...(data && { data }),
    ...(events && { events }),
    hasHostEvents: options.studio !== undefined || options.reports === "open",
    ...(begun && { studio: { ...begun, onFormat: (format) => plainMedia.onFormat(format) } }),
    ready,
    ...(directory && { directory }),
    onFinished: async () => {
      await directory?.finished;
      options.links?.remove(socket.address.port);
      await studio?.server.close();
      store?.close();
    },
  });
  studio?.goTo(broadcast.studioDoor);
  tellResumed(broadcast, core, options);
  notices.goTo((text) => broadcast.notice("warning", text));
  if (secrecy) directory?.begin({ core, ready, hostKey: secrecy.opener.hostKey, signal, notices });
  return broadcast;
}

function openCore(
  { options, machine, store, match }: Opened,
  config: ServerConfig,
  secrecy: OpenedSecrecy | undefined,
): ServerCore {
  return new ServerCore(config, {
    rng: machine.rng,
    now: machine.clock.now(),
    ciphers: machine.ciphers,
    ...(store && { journal: store }),
    ...(match && { scores: match.scores }),
    ...(match && mayAnyoneReport(options) && { reports: match.reports(options, store?.reports) }),
    ...(secrecy && { secrecy: secrecy.keys }),
  });
}

/** Leaves the join link for listeners on this machine. @returns what listeners elsewhere need to join. */
function announce(
  { options, tokens, socket, notices, studio, directory }: Opened,
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
  const ways = joinAddresses({ host, port, advertised }, ownAddresses())
    .map((address) => ({ address, link: linkFor(address) }));
  const { link } = ways[0]!;
  const channels = describeChannels(core);
  const page = studio && { studio: studio.server.url };
  const known = directory && { id: directory.id };
  return { host: reachableHost(host), port, link, ways, channels, ...page, ...known };
}

function tellResumed(
  broadcast: LiveBroadcast,
  { timeline }: ServerCore,
  { db }: ServeOptions,
): void {
  const { signedLate, head: { count } } = timeline;
  if (count > 0) broadcast.notice("info", `--db ${db}: resumes after event ${count}`);
  if (signedLate === 0) return;
  const text = `signed ${plural(signedLate, "event")} that had been stored without signatures`;
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
  { options, plan, plainReceivers, plainScreenReceivers, directory }: Opened,
  kept: StoredBroadcast | undefined,
  { media, data, hasEvents }: {
    readonly media: OpenedMedia;
    readonly data: DataInput | undefined;
    readonly hasEvents: boolean;
  },
): ServerConfig {
  const { sound, awaitedSound, screen, awaitedScreen } = media;
  const hasStudio = options.studio !== undefined;
  const [isSoundLive, isScreenLive] = [isBrowserSound(options), options.screen === BROWSER];
  const isAudioAwaited = awaitedSound !== undefined || isSoundLive;
  const isScreenAwaited = awaitedScreen !== undefined || isScreenLive;
  return {
    ...(sound && { audio: sound.format }),
    ...(screen && { screen: screen.format }),
    ...(plan.match && { match: plan.match }),
    isAudioAwaited,
    isScreenAwaited,
    screenStaysOpen: options.screen === DESKTOP || isScreenLive,
    headroom: {
      ...(isSoundLive && { sound: LIVE_HEADROOM_MILLIS }),
      ...(isScreenLive && { screen: LIVE_HEADROOM_MILLIS }),
    },
    hasData: data !== undefined,
    dataStaysOpen: data?.source.kind === "network" || data?.source.kind === "simulation",
    // Without any channel, listeners would get no sign that the host is alive.
    hasEvents: hasEvents || hasStudio || isAudioAwaited || isScreenAwaited ||
      mayAnyoneReport(options),
    reports: options.reports ?? "off",
    ...(kept && { timeline: kept }),
    ...(directory && { broadcastId: directory.id }),
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

/** 128 random bits in base64url. */
function makeToken(rng: Rng): string {
  return toBase64Url(rng.bytes(TOKEN_BYTES));
}

function describeChannels({ channels }: ServerCore) {
  return channels.map(({ name, codec, ssrc }) => ({ channel: name, codec, ssrc }));
}
