/*
 * The studio's web server.
 *
 * In: requests and WebSockets of the host's browser, on loopback. Out: the built page and messages
 * (studio_sockets.ts). The page is opened with a secret in its address, which it trades for a cookie.
 * open_browser.ts opens it where there is a desktop. Read studio_sockets.ts next.
 */

import { type Address, formatAddress } from "../../../shared/driver/socket.ts";
import type { Rng } from "../../../shared/core/rng.ts";
import type { FindAsset } from "../../../shared/http/asset.ts";
import { PageKey } from "../../../shared/http/page_key.ts";
import { readPageFiles } from "../../../shared/system/http/page_files.ts";
import { serveWeb } from "../../../shared/system/http/web_server.ts";
import { createStudioApp } from "../app.ts";
import { type StudioDoor, StudioSockets } from "./studio_sockets.ts";

export interface StudioServer {
  /** With the secret in its fragment. */
  readonly url: string;
  /** The same with a secret that is good once, for the arguments of a program. */
  makeUrlOnce(): string;
  close(): Promise<void>;
}

export interface StudioServerOptions {
  readonly local: Address;
  readonly rng: Rng;
  /** Where the messages of pages go; undefined as long as the broadcast is not open. */
  readonly door: () => StudioDoor | undefined;
  readonly onTrouble: (text: string) => void;
}

/** @throws CommandError when the address is not available. */
export function openStudioServer(
  { local, rng, door, onTrouble }: StudioServerOptions,
): StudioServer {
  const sockets = new StudioSockets({
    join: (name, onReady) => door()?.join(name, onReady),
    leave: (page) => door()?.leave(page),
    onText: (page, text) => door()?.onText(page, text),
    onBytes: (page, bytes) => door()?.onBytes(page, bytes),
  });
  const server = serveWeb(local, {
    flag: "--studio",
    handle: (request) => app.fetch(request),
    onTrouble: (error, times) =>
      onTrouble(`The studio could not take ${times} connections: ${error}`),
  });
  const key = new PageKey(rng, server.address.port, { isStrict: true });
  const app = createStudioApp({
    hostnames: [local.hostname, server.address.hostname],
    key,
    asset: findAsset(onTrouble),
    upgrade(request) {
      const connection = server.takeConnection(request);
      if (connection) sockets.upgrade(connection);
      return new Response();
    },
  });
  const page = `http://${formatAddress(server.address)}/`;
  return {
    url: `${page}#k=${key.text}`,
    makeUrlOnce: () => `${page}#k=${key.makeOnce()}`,
    async close() {
      sockets.close();
      await server.close();
    },
  };
}

function findAsset(onTrouble: (text: string) => void): FindAsset {
  const find = readPageFiles("server/studio/dist/");
  if (find) return find;
  onTrouble("The studio's page was not built: run `deno task bundle` first");
  return () => undefined;
}
