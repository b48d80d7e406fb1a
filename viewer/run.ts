import type { ListenOptions } from "../client/config.ts";
import type { ListenerOutput } from "../client/output.ts";
import type { ListenerSession } from "../client/run.ts";
import { CommandError, ExitCode } from "../shared/core/errors.ts";
import type { Machine } from "../shared/core/machine.ts";
import { type Address, formatAddress } from "../shared/core/socket.ts";
import type { AudioFormat } from "../shared/media/channel.ts";
import type { Sound } from "../shared/wire/page.ts";
import { serializePageMedia } from "../shared/wire/page_media.ts";
import { createApp } from "./app.ts";
import { AudioRelay } from "./audio_relay.ts";
import { Hub } from "./hub.ts";
import { hasAssets, readAsset } from "./io/assets.ts";
import { PageSockets } from "./io/page_socket.ts";
import { serveWeb } from "./io/web_server.ts";
import { PageModel } from "./model.ts";

/** The options of `streamer view`: a listener's, and where the page is served. */
export interface ViewOptions extends ListenOptions {
  readonly http: Address;
}

/** A page being served. */
export interface Viewer {
  /** `http://127.0.0.1:8080/` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the page of a listener; the listener stays the caller's to stop.
 *
 * @throws CommandError when the address of the page can't be had, or the page was not built.
 */
export function openViewer(
  options: Pick<ViewOptions, "host" | "port" | "http">,
  machine: Machine,
  listener: ListenerSession,
): Promise<Viewer> {
  if (!hasAssets()) {
    const message = "The page was not built: run `deno task bundle` first";
    return Promise.reject(new CommandError(ExitCode.failure, message));
  }
  const now = () => machine.clock.now();
  const model = new PageModel({ hostname: options.host, port: options.port }, now());
  const hub = new Hub({ snapshot: () => ({ now: now(), state: model.state() }) });
  const audio = new AudioRelay();
  const sockets = new PageSockets(hub);
  const app = createApp({
    hostname: options.http.hostname,
    state: () => model.state(),
    audio,
    asset: readAsset,
    upgrade: (request) => sockets.upgrade(request),
  });
  const server = serveWeb(options.http, (request) => app.fetch(request));
  const unsubscribe = listener.subscribe(relay(model, hub, audio, now));
  return Promise.resolve({
    url: `http://${formatAddress(server.address)}/`,
    async close() {
      unsubscribe();
      sockets.close();
      audio.close();
      await server.close();
    },
  });
}

/** Takes what a listener says to the state, the pages and the players. */
function relay(model: PageModel, hub: Hub, audio: AudioRelay, now: () => number) {
  let mediaNumber = 0;
  return (output: ListenerOutput) => {
    if (output.kind === "audio") {
      audio.publish(output.frames);
      mediaNumber++;
      if (!hub.wantsMedia || output.frames.length === 0) return;
      return hub.publishMedia(serializePageMedia({ ...output, number: mediaNumber }));
    }
    const { changes, isReset } = model.apply(output, now());
    audio.setFormat(formatOf(model.sound));
    if (isReset) hub.reset();
    else hub.publish(changes);
  };
}

function formatOf(sound: Sound | null): AudioFormat | undefined {
  if (!sound) return undefined;
  const { codec, sampleRate, channelCount, description } = sound;
  if (description === undefined) return { codec, sampleRate, channelCount };
  const bytes = Uint8Array.from(atob(description), (character) => character.charCodeAt(0));
  return { codec, sampleRate, channelCount, description: bytes };
}
