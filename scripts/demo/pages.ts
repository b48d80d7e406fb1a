import type { ListenerSession } from "../../client/session/session.ts";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import { PageKey } from "../../shared/http/page_key.ts";
import { readPageFiles } from "../../shared/system/http/page_files.ts";
import { openViewer, type Surroundings, type Viewer } from "../../viewer/command/run.ts";
import type { DemoOptions } from "./arguments.ts";
import { createNetworkApp, MAX_BODY_BYTES } from "./network_page/app.ts";
import { Moments } from "./network_page/moments.ts";
import type { NetworkDesk } from "./network_page/network_desk.ts";

/** The page of the first listener and that of the network, on one address. */
export interface DemoPages {
  readonly url: string;
  /** The page of the network, with its key in the fragment. */
  readonly network: string;
  close(): Promise<void>;
}

/** Opens the pages. If that fails, the demo goes on without them and says why. */
export async function openPages(
  options: DemoOptions,
  machine: Machine,
  session: ListenerSession,
  desk: NetworkDesk,
): Promise<DemoPages | string> {
  const open = (http: DemoOptions["http"]) => openBoth(http, machine, session, desk);
  try {
    return await open(options.http);
  } catch (error) {
    if (options.isHttpGiven || !(error instanceof CommandError)) throw error;
  }
  try {
    return await open({ ...options.http, port: 0 });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `none: ${error.message}`;
  }
}

async function openBoth(
  http: DemoOptions["http"],
  machine: Machine,
  session: ListenerSession,
  desk: NetworkDesk,
): Promise<DemoPages> {
  const moments = new Moments(desk, machine.clock);
  let key = "";
  const around = networkAround(machine, desk, moments, (text) => key = text);
  const options = { host: http.hostname, port: http.port, http };
  const viewer: Viewer = await openViewer(options, machine, session, around);
  return {
    url: viewer.url,
    network: new URL(`/network#k=${key}`, viewer.url).href,
    async close() {
      moments.close();
      await viewer.close();
    },
  };
}

function networkAround(
  { rng }: Machine,
  desk: NetworkDesk,
  moments: Moments,
  onKey: (text: string) => void,
): Surroundings {
  const asset = readPageFiles("scripts/demo/dist/");
  if (!asset) {
    const message = "The page was not built: run `deno task bundle` first";
    throw new CommandError(ExitCode.failure, message);
  }
  return {
    maxBodyBytes: MAX_BODY_BYTES,
    // Without the key: whoever may see the match may not yet move the network.
    beside: { title: "The packets", path: "/network" },
    open(match, { hostnames, port, isLocal }) {
      const key = new PageKey(rng, port, { isStrict: true, page: "network" });
      onKey(key.text);
      return createNetworkApp({ hostnames, isLocal, key, desk, moments, asset, match });
    },
  };
}
