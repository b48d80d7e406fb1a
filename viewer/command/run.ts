/**
 * viewer/command: the command `streamer view`.
 *
 * {@linkcode view} joins a broadcast as `listen` does, prints the same lines, and serves the page.
 * {@linkcode openViewer} serves the page of any listener; the demo uses it too. The listener's outputs go
 * to the page's state (viewer/model.ts), to the open pages (viewer/hub.ts), to players (viewer/audio_relay.ts),
 * and to what scripts ask for (viewer/data_store.ts, viewer/event_streams.ts); requests of browsers go through
 * viewer/app.ts. arguments.ts reads the command line. The next file to read is viewer/model.ts.
 */
import { getLogger } from "@logtape/logtape";
import { audioFormatFrom } from "../../client/playing/audio_format.ts";
import type { ListenOptions } from "../../client/interface/config.ts";
import type { ListenerOutput } from "../../client/interface/output.ts";
import { runListener } from "../../client/command/run.ts";
import type { ListenerSession } from "../../client/session/session.ts";
import { isLoopback } from "../../client/session/target.ts";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import type { Clock } from "../../shared/driver/clock.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import { type Address, formatAddress } from "../../shared/driver/socket.ts";
import type { ScreenFrame } from "../../shared/media/video/screen_frame.ts";
import { serializePageFrame } from "../../shared/page/page_frame.ts";
import { serializePageMedia } from "../../shared/page/page_media.ts";
import { createApp } from "../app.ts";
import { AudioRelay } from "../audio_relay.ts";
import { DataStore } from "../data_store.ts";
import { EventStreams } from "../event_streams.ts";
import { Hub } from "../hub.ts";
import { readAssets } from "../io/assets.ts";
import { PageSockets } from "../io/page_socket.ts";
import { reachableAddress, serveWeb } from "../../shared/system/http/web_server.ts";
import { PageModel } from "../model.ts";
import { PageKey } from "../../shared/http/page_key.ts";

const log = getLogger(["streamer", "view"]);

/** The options of `streamer view`: those of a listener, and the address of the page. */
export interface ViewOptions extends ListenOptions {
  readonly http: Address;
}

/** A page that is being served. */
export interface Viewer {
  /** `http://127.0.0.1:8080/`; beyond this machine with the key, `…/#k=KEY`. */
  readonly url: string;
  /** A warning about a page that is served beyond this machine; undefined on loopback. */
  readonly warning?: string;
  close(): Promise<void>;
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
): Promise<Viewer> {
  const assets = readAssets();
  if (!assets) {
    const message = "The page was not built: run `deno task bundle` first";
    return Promise.reject(new CommandError(ExitCode.failure, message));
  }
  const now = () => machine.clock.now();
  const model = new PageModel({ hostname: options.host, port: options.port }, now());
  const hub = new Hub({ snapshot: () => ({ now: now(), state: model.state() }), now });
  const audio = new AudioRelay();
  const data = {
    store: new DataStore(),
    streams: new EventStreams({ ledger: () => listener.ledger() }),
  };
  const sockets = new PageSockets(hub);
  const server = serveWeb(options.http, {
    handle: (request) => app.fetch(request),
    onTrouble: (error, times) =>
      log.warn("The page could not take {times} connections: {error}", { times, error }),
  });
  const key = isLoopback(server.address.hostname)
    ? undefined
    : new PageKey(machine.rng, server.address.port);
  const app = createApp({
    hostnames: [options.http.hostname, server.address.hostname],
    key,
    state: () => model.state(),
    audio,
    data,
    asset: (path) => assets.get(path),
    upgrade(request) {
      const connection = server.takeConnection(request);
      if (connection) sockets.upgrade(connection);
      return new Response();
    },
  });
  const url = `http://${formatAddress(reachableAddress(server.address))}/`;
  log.info("The page is at {url}", { url });
  const logStreamLosses = streamLossLog(data.streams);
  const toPages = relay(model, hub, audio, now);
  const unsubscribe = listener.subscribe((output) => {
    data.store.take(output);
    data.streams.publish(output);
    if (output.kind === "stats") logStreamLosses();
    toPages(output);
  });
  const closing = new AbortController();
  const beating = beat(data.streams, machine.clock, closing.signal);
  return Promise.resolve({
    url: key ? `${url}#k=${key.text}` : url,
    warning: key && warningOf(url, key),
    async close() {
      unsubscribe();
      closing.abort();
      await beating;
      sockets.close();
      audio.close();
      data.streams.close();
      await server.close();
    },
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
  return await runListener(options, { machine, terminal, interrupts }, {
    play: false,
    showsPictures: true,
    describeSound: () => "sound in the page",
    async open({ session, server: { hostname: host, port }, printer }) {
      const viewer = await openViewer({ host, port, http: options.http }, machine, session);
      terminal.out(options.json ? readyLine(viewer) : `The page is at ${viewer.url}\n`);
      if (viewer.warning !== undefined) printer.notice(viewer.warning);
      return () => viewer.close();
    },
  });
}

function warningOf(url: string, key: PageKey): string {
  return "Everybody in the network who has this address sees and hears the broadcast, and the page is " +
    `not encrypted. For players: ${url}audio?k=${key.text}`;
}

function readyLine({ url }: Viewer): string {
  return formatJsonLine({ kind: "ready", url });
}

/** How often a stream of events with nothing to say says that it is open. */
const BEAT_MILLIS: Millis = 15_000;

async function beat(streams: EventStreams, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleepUntil(clock.now() + BEAT_MILLIS, signal);
    streams.beat();
  }
}

/** Logs what slow readers of `/api/events` lost, when that has grown. */
function streamLossLog({ losses }: EventStreams): () => void {
  let logged = 0;
  return () => {
    if (losses.total === logged) return;
    logged = losses.total;
    log.info("Slow readers of /api/events lost {losses}", { losses: losses.snapshot() });
  };
}

/** Passes a listener's outputs to the state, the pages and the players. */
function relay(model: PageModel, hub: Hub, audio: AudioRelay, now: () => number) {
  let mediaNumber = 0;
  let losses = 0;
  let broadcastId = "";
  /** Logs the losses of slow pages and players when they have grown, at most once a second. */
  const logLosses = () => {
    const total = hub.losses.total + audio.losses.total;
    if (total === losses) return;
    losses = total;
    log.info("Slow pages lost {pages}, slow players {players}", {
      pages: hub.losses.snapshot(),
      players: audio.losses.snapshot(),
    });
  };
  return (output: ListenerOutput) => {
    if (output.kind === "audio") {
      if (output.channel !== "audio") return;
      audio.publish(output.frames);
      mediaNumber++;
      if (!hub.wantsMedia || output.frames.length === 0) return;
      return hub.publishMedia(serializePageMedia({ ...output, number: mediaNumber }));
    }
    if (output.kind === "frame") {
      return output.channel === "screen" ? showFrame(output.frame, hub) : undefined;
    }
    if (output.kind === "data") {
      return output.channel === "data" ? hub.publishData(output.message, now()) : undefined;
    }
    if (output.kind === "data-setup") return hub.publishDataSetup(output.setup);
    if (output.kind === "joined") {
      if (output.info.broadcastId !== broadcastId) hub.clearData();
      broadcastId = output.info.broadcastId;
    }
    if (output.kind === "channel-ended" && output.channel === "screen") hub.clearScreen();
    if (output.kind === "stats") logLosses();
    const { changes, isReset } = model.apply(output, now());
    const format = audioFormatFrom(output);
    // Players go on with sound that has stopped and begins again in the same format.
    if (output.kind === "joined" || format) audio.setFormat(format);
    if (isReset) hub.reset();
    else hub.publish(changes);
  };
}

function showFrame(frame: ScreenFrame, hub: Hub): void {
  const parts = serializePageFrame(frame);
  if (parts.length > 0) hub.publishFrame({ isKey: frame.isKey, ticks: frame.ticks, parts });
}
