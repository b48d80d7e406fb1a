import { getLogger } from "@logtape/logtape";
import { runListener, type Surroundings } from "../../client/command/run.ts";
import { isLoopback } from "../../client/session/target.ts";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { unlessAborted } from "../../shared/core/unless_aborted.ts";
import { MAX_BODY_BYTES } from "../../shared/directory/forms.ts";
import type { FindAsset } from "../../shared/http/asset.ts";
import { PageKey } from "../../shared/http/page_key.ts";
import { readPageFiles } from "../../shared/system/http/page_files.ts";
import { serveWeb, type WebServer } from "../../shared/system/http/web_server.ts";
import { createDirectoryPages } from "../directory/directory_app.ts";
import {
  type DirectoryAccess,
  DirectoryDesk,
  type HostBroadcast,
  type RunningMatch,
} from "../directory/directory_desk.ts";
import type { DirectoryViewOptions } from "./arguments.ts";
import { openDirectoryAccess } from "./directory_access.ts";
import { pageAddresses, tellPage } from "./page_address.ts";
import { logTrouble, openMatchPage, readMatchAssets, type ViewOptions } from "./run.ts";

const log = getLogger(["streamer", "view"]);
const FOLDER = "/directory";

/**
 * `streamer view --directory` without a link: serves a page on which one finds broadcasts, joins one, and creates one
 * that this process hosts. It runs until it is interrupted; the end of a broadcast does not end it.
 *
 * @param host creates a broadcast; of `main.ts`, since a viewer knows no server.
 * @throws CommandError when the directory does not answer, or the page's address is not available.
 */
export async function viewDirectory(
  options: DirectoryViewOptions,
  host: HostBroadcast,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { terminal, interrupts } = surroundings;
  options.unused?.forEach((text) => terminal.err(`${text}\n`));
  const access = openDirectoryAccess(options.directory, interrupts);
  const first = access.list(new URLSearchParams({ limit: "1" }));
  if (await unlessAborted(first, interrupts) === undefined) return ExitCode.done;
  const { page, isForOthers, close } = openPages({ options, access, host }, surroundings);
  log.info("The page is at {url}", { url: page.bare });
  tellPage(page, isForOthers, options, terminal);
  if (!options.json) terminal.out(WARNING);
  await aborted(interrupts);
  await close();
  return ExitCode.done;
}

interface PagesPlan {
  readonly options: DirectoryViewOptions;
  readonly access: DirectoryAccess;
  readonly host: HostBroadcast;
}

/** @throws CommandError when the page's address is not available, or the page was not built. */
function openPages({ options, access, host }: PagesPlan, surroundings: Surroundings) {
  const { http, directory } = options;
  const { interrupts, machine: { rng } } = surroundings;
  const assets = readMatchAssets();
  const asset = withDirectoryPage((path) => assets.get(path));
  const server = serveWeb(http, {
    handle: (request) => app.fetch(request),
    maxBodyBytes: MAX_BODY_BYTES,
    onTrouble: logTrouble,
  });
  const hostnames = [http.hostname, server.address.hostname];
  const desk = new DirectoryDesk({
    access,
    listen: (id, signal) => {
      const broadcast = { directory, id };
      // What was told at the start is not told again with each match.
      const joining = { ...options, broadcast, joinAs: "reporter", unused: [] } as const;
      const listener = { options: joining, assets, hostnames, server };
      return listenFor(listener, withSignal(surroundings, signal));
    },
    host: (wish, signal) => host(wish, AbortSignal.any([interrupts, signal])),
  });
  const { hostname, port } = server.address;
  const key = new PageKey(rng, port);
  const isLocal = isLoopback(hostname);
  const app = createDirectoryPages({ hostnames, isLocal, key, desk, asset });
  return {
    page: pageAddresses(server.address, key),
    isForOthers: !isLocal,
    async close() {
      await desk.close();
      await server.close();
    },
  };
}

const WARNING = "Whoever has this whole address can join and create broadcasts in your name.\n";

/** @throws CommandError when the page was not built. */
function withDirectoryPage(match: FindAsset): FindAsset {
  const page = readPageFiles(`viewer/dist${FOLDER}/`);
  if (!page) {
    const message = "The directory's page was not built: run `deno task bundle` first";
    throw new CommandError(ExitCode.failure, message);
  }
  return (path) => path.startsWith(`${FOLDER}/`) ? page(path.slice(FOLDER.length)) : match(path);
}

interface ListenerPlan {
  readonly options: ViewOptions;
  readonly assets: ReturnType<typeof readMatchAssets>;
  readonly hostnames: readonly string[];
  readonly server: WebServer;
}

/** Runs a listener, and resolves when its page can be served: its joining shows there. */
function listenFor(plan: ListenerPlan, surroundings: Surroundings): Promise<RunningMatch> {
  const { options, assets, hostnames, server } = plan;
  const { promise, resolve, reject } = Promise.withResolvers<RunningMatch>();
  const finished = runListener(options, surroundings, {
    play: false,
    showsPictures: true,
    describeSound: () => "sound in the page",
    open({ session, server: host }) {
      const takeConnection = (request: Request) => server.takeConnection(request);
      const pageOptions = { host, hostnames, assets, takeConnection };
      const page = openMatchPage(pageOptions, surroundings.machine, session);
      resolve({ page, finished });
      // The page stays, with the last state, until another match takes its place.
      return Promise.resolve(() => Promise.resolve());
    },
  });
  finished.then(() => reject(LEFT), reject);
  return promise;
}

const LEFT = new CommandError(ExitCode.failure, "The program was stopped before it had joined");

function withSignal(surroundings: Surroundings, signal: AbortSignal): Surroundings {
  return { ...surroundings, interrupts: AbortSignal.any([surroundings.interrupts, signal]) };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
