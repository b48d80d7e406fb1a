/**
 * viewer/command: the command `streamer view`.
 *
 * {@linkcode view} joins a broadcast as `listen` does, prints the same lines, and serves the page.
 * {@linkcode openViewer} serves the page of any listener; the demo uses it too. directory.ts is `view` without a link,
 * with pages of one listener after another ({@linkcode openMatchPage}). The listener's outputs go
 * through viewer/relay.ts to the page's state (viewer/model.ts), to the open pages (viewer/hub.ts) and to players
 * (viewer/audio_relay.ts), and to what scripts ask for (viewer/data_store.ts, viewer/event_streams.ts); requests of
 * browsers go through viewer/app.ts. page_address.ts prints where the page is, arguments.ts reads the command line.
 * The next file to read is viewer/model.ts.
 */
import { getLogger } from "@logtape/logtape";
import type { ListenOptions } from "../../client/interface/config.ts";
import { runListener } from "../../client/command/run.ts";
import type { ListenerSession } from "../../client/session/session.ts";
import { isLoopback } from "../../client/session/target.ts";
import type { Counters } from "../../shared/core/counters.ts";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { PageBeside } from "../../shared/page/page.ts";
import type { PageReport } from "../../shared/page/page_reports.ts";
import type { Clock } from "../../shared/driver/clock.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import type { Address } from "../../shared/driver/socket.ts";
import { createApp } from "../app.ts";
import { AudioRelay } from "../audio_relay.ts";
import type { DataSources } from "../data_addresses.ts";
import { DataStore } from "../data_store.ts";
import { EventStreams } from "../event_streams.ts";
import { Hub } from "../hub.ts";
import { readAssets } from "../io/assets.ts";
import { PageSockets } from "../io/page_socket.ts";
import { type BareConnection, serveWeb } from "../../shared/system/http/web_server.ts";
import { pageAddresses, tellPage } from "./page_address.ts";
import { PageModel } from "../model.ts";
import { Relay } from "../relay.ts";
import type { Asset } from "../../shared/http/asset.ts";
import { PageKey } from "../../shared/http/page_key.ts";
import type { MatchPage } from "../directory/directory_desk.ts";

const log = getLogger(["streamer", "view"]);

/** The options of `streamer view`: those of a listener, and the address of the page. */
export interface ViewOptions extends ListenOptions {
  readonly http: Address;
  /** Whether the page's address is drawn as a QR code; when absent, where others may open it and there is room. */
  readonly qr?: boolean;
}

/** A page that is being served. */
export interface Viewer {
  /** `http://127.0.0.1:8080/`; beyond this machine with the key, `…/#k=KEY`. */
  readonly url: string;
  /** More addresses of the page, the last one for the machine itself. */
  readonly others: readonly string[];
  /** A warning about a page that is served beyond this machine; undefined on loopback. */
  readonly warning?: string;
  close(): Promise<void>;
}

/** What a program serves around the page of a listener, under the same address. */
export interface Surroundings {
  /** The longest body of a request. */
  readonly maxBodyBytes: number;
  /** What the page links to. */
  readonly beside: PageBeside;
  /** @returns what answers every request; it passes those of the page on. */
  open(page: MatchPage, place: PagePlace): Pick<MatchPage, "fetch">;
}

/** Where a page is served. */
export interface PagePlace {
  /** The host that the server is bound to: as the user wrote it, and as an address. */
  readonly hostnames: readonly string[];
  readonly port: number;
  readonly isLocal: boolean;
}

/** What pages, players and scripts get. */
interface Contents {
  readonly model: PageModel;
  readonly hub: Hub;
  readonly audio: AudioRelay;
  readonly data: DataSources;
  readonly now: () => Millis;
}

/**
 * Serves the page of a listener; the caller stops the listener.
 *
 * @throws CommandError when the page's address is not available, or the page was not built.
 */
export function openViewer(
  options: Pick<ViewOptions, "host" | "port" | "http">,
  machine: Machine,
  listener: ListenerSession,
  around?: Surroundings,
): Promise<Viewer> {
  const { http, host: hostname, port } = options;
  const assets = readMatchAssets();
  const server = serveWeb(http, {
    handle: (request) => site.fetch(request),
    maxBodyBytes: around?.maxBodyBytes,
    onTrouble: logTrouble,
  });
  const { address } = server;
  const isLocal = isLoopback(address.hostname);
  const key = isLocal ? undefined : new PageKey(machine.rng, address.port);
  const hostnames = [http.hostname, address.hostname];
  const page = openMatchPage(
    {
      host: { hostname, port },
      hostnames,
      key,
      assets,
      beside: around?.beside,
      takeConnection: (request) => server.takeConnection(request),
    },
    machine,
    listener,
  );
  const site = around?.open(page, { hostnames, port: address.port, isLocal }) ?? page;
  const { bare, url, others } = pageAddresses(address, key);
  log.info("The page is at {url}", { url: bare });
  return Promise.resolve({
    url,
    others,
    warning: key && warningOf(bare, key),
    async close() {
      await page.close();
      await server.close();
    },
  });
}

/** @throws CommandError when the page was not built. */
export function readMatchAssets(): ReadonlyMap<string, Asset> {
  const assets = readAssets();
  if (assets) return assets;
  const message = "The page was not built: run `deno task bundle` first";
  throw new CommandError(ExitCode.failure, message);
}

export function logTrouble(error: unknown, times: number): void {
  log.warn("The page could not take {times} connections: {error}", { times, error });
}

export interface MatchPageOptions {
  /** The host that is listened to. */
  readonly host: Address;
  /** The names under which the page is served. */
  readonly hostnames: readonly string[];
  readonly key?: PageKey;
  readonly assets: ReadonlyMap<string, Asset>;
  /** Another page of the same address, to which the page links. */
  readonly beside?: PageBeside | undefined;
  readonly takeConnection: (request: Request) => BareConnection | undefined;
}

/** Answers the requests of a listener's page, until it is closed; the caller stops the listener. */
export function openMatchPage(
  { host, hostnames, key, assets, beside, takeConnection }: MatchPageOptions,
  machine: Machine,
  listener: ListenerSession,
): MatchPage {
  const contents = contentsOf(host, machine, listener, beside);
  const { model, hub, audio, data } = contents;
  const sockets = new PageSockets(hub, reportsTo(listener, machine, contents));
  const app = createApp({
    hostnames,
    key,
    state: () => model.state(),
    audio,
    data,
    asset: (path) => assets.get(path),
    upgrade(request) {
      const connection = takeConnection(request);
      if (connection) sockets.upgrade(connection);
      return new Response();
    },
  });
  const unsubscribe = follow(listener, contents);
  const closing = new AbortController();
  const beating = beat(data.streams, machine.clock, closing.signal);
  return {
    fetch: (request) => app.fetch(request),
    async close() {
      unsubscribe();
      closing.abort();
      await beating;
      sockets.close();
      audio.close();
      data.streams.close();
    },
  };
}

function contentsOf(
  host: Address,
  { clock }: Machine,
  listener: ListenerSession,
  beside: PageBeside | undefined,
): Contents {
  const now = () => clock.now();
  const localTime = (hostTime: Millis) => listener.localTime(hostTime);
  const model = new PageModel(host, now(), { localTime, beside });
  const hub = new Hub({ snapshot: () => ({ now: now(), state: model.state() }), now });
  const streams = new EventStreams({ ledger: () => listener.ledger() });
  return { model, hub, audio: new AudioRelay(), data: { store: new DataStore(), streams }, now };
}

/** @returns what sends a page's report to the host. */
function reportsTo(
  listener: ListenerSession,
  { clock, wallClock }: Machine,
  { model: { reports }, hub }: Contents,
): (report: PageReport) => void {
  return (report) => {
    const change = reports.add(report);
    if (!change) return;
    hub.publish([change]);
    const { at, candidateId: _, ...draft } = report;
    const time = at - clock.now() + wallClock.now();
    if (listener.report({ ...draft, time }) === undefined) hub.publish(reports.refuse(report.id));
  };
}

/** @returns a function that ends it. */
function follow(listener: ListenerSession, contents: Contents): () => void {
  const { hub, audio, data } = contents;
  const relay = new Relay(contents);
  const { losses: pages } = hub;
  const logLosses = lossLog({ pages, players: audio.losses, streams: data.streams.losses });
  return listener.subscribe((output) => {
    data.store.take(output);
    data.streams.publish(output);
    relay.take(output);
    // Once a second.
    if (output.kind === "stats") logLosses();
  });
}

/**
 * `streamer view`: listens, serves the page, and prints its address and what `listen` prints. The page
 * plays the sound, so no player is started.
 *
 * @throws CommandError when the listener can't start, is rejected, or gets no answer.
 */
export async function view(
  options: ViewOptions,
  machine: Machine,
  terminal: Terminal,
  interrupts: AbortSignal,
): Promise<ExitCode> {
  return await runListener({ joinAs: "reporter", ...options }, { machine, terminal, interrupts }, {
    play: false,
    showsPictures: true,
    describeSound: () => "sound in the page",
    async open({ session, server: { hostname: host, port }, printer }) {
      const viewer = await openViewer({ host, port, http: options.http }, machine, session);
      tellPage(viewer, viewer.warning !== undefined, options, terminal);
      if (viewer.warning !== undefined) printer.notice(viewer.warning);
      return () => viewer.close();
    },
  });
}

function warningOf(url: string, key: PageKey): string {
  return "Everybody in the network who has this address sees and hears the broadcast, and reports " +
    `in your name where you may report; the page is not encrypted. For players: ${url}audio?k=${key.text}`;
}

/** How often a stream of events with nothing to say says that it is open. */
const BEAT_MILLIS: Millis = 15_000;

async function beat(streams: EventStreams, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleepUntil(clock.now() + BEAT_MILLIS, signal);
    streams.beat();
  }
}

/** @returns what logs the losses of slow pages, players and readers when they have grown. */
function lossLog(losses: Readonly<Record<"pages" | "players" | "streams", Counters>>): () => void {
  const all = Object.values(losses);
  let logged = 0;
  return () => {
    const total = all.reduce((sum, counters) => sum + counters.total, 0);
    if (total === logged) return;
    logged = total;
    log.info("Slow pages lost {pages}, slow players {players}, slow readers of events {streams}", {
      pages: losses.pages.snapshot(),
      players: losses.players.snapshot(),
      streams: losses.streams.snapshot(),
    });
  };
}
