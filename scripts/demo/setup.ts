import { fileURLToPath } from "node:url";
import {
  type ListenerSession,
  type ListenerSummary,
  openListener,
} from "../../client/session/session.ts";
import type { Broadcast } from "../../server/broadcast/broadcast.ts";
import { openBroadcast } from "../../server/broadcast/open_broadcast.ts";
import { formatJoinLink, parseJoinLink } from "../../shared/admission/join_link.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import type { Millis } from "../../shared/core/units.ts";
import { programFile } from "../../shared/system/files/program_file.ts";
import type { PacketNews } from "../../client/interface/packet_watch.ts";
import type { PathSettings } from "../../shared/page/page_network.ts";
import type { NetemOptions } from "../network/netem.ts";
import { openRelay, type Relay } from "../network/relay.ts";
import type { DemoOptions } from "./arguments.ts";
import { NetworkDesk } from "./network_page/network_desk.ts";

export const MATCH = { home: "Flamengo", away: "Palmeiras" };
export const LISTENER_COUNT = 3;
/** The bundled screen, which scripts/make_demo_clip.ts makes. */
export const CLIP = "pitch.mp4";
/** The match runs fast: an event every second or two, full time after 3 1/2 minutes. */
const SPEED = 30;
/** How long a listener may take to receive the BYE, which is sent several times. */
const GOODBYE_MILLIS: Millis = 5000;

/** One listener and its network. */
export interface DemoListener {
  /** 1, 2, 3. */
  readonly number: number;
  readonly session: ListenerSession;
  readonly network: Relay;
}

/** A broadcast and its listeners, each with its own network. */
export interface DemoSetup {
  readonly broadcast: Broadcast;
  readonly listeners: readonly DemoListener[];
  readonly recording: string;
  /** Shows and moves the network. */
  readonly desk: NetworkDesk;
  /** Ends the broadcast and, when no packet is under way, returns what listeners and host have counted. */
  finish(): Promise<DemoCounts>;
}

export interface DemoCounts {
  readonly summaries: readonly ListenerSummary[];
  /** Messages of data that the host has sent. */
  readonly messagesSent: number;
}

/** The path from the host to a listener. */
function pathOf(settings: PathSettings): NetemOptions {
  return { ...settings, duplicateMillis: 2, reorderMillis: 40, jitterMillis: 6 };
}

/**
 * Opens everything; `opened` closes it. `onFirst` gets the first listener before that listener has any
 * output, so that a page misses nothing.
 */
export async function openSetup(
  options: DemoOptions,
  machine: Machine,
  opened: AsyncDisposableStack,
  onFirst: (session: ListenerSession, desk: NetworkDesk) => Promise<void>,
): Promise<DemoSetup> {
  const recording = `commentary.${options.isOpus ? "opus" : "mp3"}`;
  const broadcast = await openBroadcast(serveOptions(options, recording), machine);
  // A failure is reported where the end is awaited; until then it must not end the program.
  broadcast.finished.catch(() => {});
  opened.defer(() => broadcast.stop("the demo is over"));
  const listeners: DemoListener[] = [];
  const desk = openDesk(options, listeners);
  for (let number = 1; number <= LISTENER_COUNT; number++) {
    const place = { number, seed: options.seed, desk };
    const listener = await addListener(place, broadcast, machine, opened);
    listeners.push(listener);
    if (number === 1) await onFirst(listener.session, desk);
  }
  const finishAll = () => finish(broadcast, listeners, machine, desk);
  return { broadcast, listeners, recording, desk, finish: finishAll };
}

function openDesk(
  { loss, delayMillis, duplicate, reorder }: DemoOptions,
  listeners: readonly DemoListener[],
): NetworkDesk {
  return new NetworkDesk({
    start: { loss, delayMillis, duplicate, reorder },
    pathCount: LISTENER_COUNT,
    apply: (number, settings) => changePath(listeners[number - 1], pathOf(settings)),
    ledger: (number) => listeners[number - 1]?.session.ledger(),
  });
}

/** A path that has had no packet yet is opened with the settings of that time. */
function changePath(listener: DemoListener | undefined, path: NetemOptions): void {
  for (const { towardsListener } of listener?.network.listeners ?? []) towardsListener.change(path);
}

async function addListener(
  { number, seed, desk }: {
    readonly number: number;
    readonly seed: number;
    readonly desk: NetworkDesk;
  },
  broadcast: Broadcast,
  machine: Machine,
  opened: AsyncDisposableStack,
): Promise<DemoListener> {
  const network = openRelay(machine, {
    upstream: { hostname: "127.0.0.1", port: broadcast.ready.port },
    towardsListener: () => ({ ...pathOf(desk.settingsOf(number)), seed: seed * 1000 + number }),
    towardsHost: () => ({ delayMillis: 15 }),
    watchFate: (_, fate) => desk.onFate(number, fate),
  });
  opened.defer(() => network.close());
  const { hostname, port } = network.address;
  const link = formatJoinLink({ ...parseJoinLink(broadcast.ready.link), host: hostname, port });
  const name = `demo listener ${number}`;
  const packetWatch = (news: PacketNews) => desk.onNews(number, news);
  const session = await openListener(
    { link, host: hostname, port, name, latency: "normal", packetWatch },
    machine,
  );
  opened.defer(() => session.stop());
  return { number, session, network };
}

async function finish(
  broadcast: Broadcast,
  listeners: readonly DemoListener[],
  machine: Machine,
  desk: NetworkDesk,
): Promise<DemoCounts> {
  // On a very bad path every goodbye could be lost, and a listener could not know what was sent at the end.
  for (const listener of listeners) {
    changePath(listener, { ...pathOf(desk.settingsOf(listener.number)), harms: "media" });
  }
  let messagesSent = 0;
  broadcast.subscribe((output) => {
    if (output.kind === "stats") messagesSent = output.data?.sent ?? 0;
  });
  broadcast.stop("the demo is over");
  await broadcast.finished;
  const patience = new AbortController();
  const late = machine.clock.sleepUntil(machine.clock.now() + GOODBYE_MILLIS, patience.signal);
  const finished = Promise.all(listeners.map(({ session }) => session.finished));
  await Promise.race([finished, late]);
  patience.abort();
  for (const { session } of listeners) session.stop();
  return { summaries: await finished, messagesSent };
}

function serveOptions(
  { seed }: DemoOptions,
  recording: string,
): Parameters<typeof openBroadcast>[0] {
  return {
    host: "127.0.0.1",
    port: 0,
    audio: [asset(recording)],
    screen: asset(CLIP),
    simulateData: true,
    loop: true,
    match: MATCH,
    simulate: true,
    seed,
    speed: SPEED,
    language: "en",
    capacity: 100,
    // All three join before the first packet, so that their ledgers begin alike.
    waitFor: LISTENER_COUNT,
    tokens: [],
    isOpen: false,
    isPlain: false,
    plainReceivers: [],
    plainScreenReceivers: [],
    json: false,
  };
}

function asset(name: string): string {
  return fileURLToPath(programFile(`scripts/demo/assets/${name}`));
}
