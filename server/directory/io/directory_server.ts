import type { Millis } from "../../../shared/core/units.ts";
import type { Machine } from "../../../shared/driver/machine.ts";
import { type Address, formatAddress } from "../../../shared/driver/socket.ts";
import { MAX_BODY_BYTES } from "../../../shared/directory/forms.ts";
import { readPageFiles } from "../../../shared/system/http/page_files.ts";
import {
  browserAddresses,
  serveWeb,
  type WebServer,
} from "../../../shared/system/http/web_server.ts";
import type { StoredBroadcast } from "../core/broadcasts.ts";
import { Directory } from "../core/directory.ts";
import type { PublicKeys } from "../core/people.ts";
import type { DirectoryStore } from "../directory_store.ts";
import { createDirectoryApp, type DirectoryAppOptions } from "../http/app.ts";
import { invalidRequest } from "../http/problem.ts";
import { BroadcastIndex } from "../search/io/broadcast_index.ts";
import { DirectoryTokens } from "../tokens/directory_tokens.ts";
import { DirectoryKeeper, makeSearchable } from "./directory_keeper.ts";
import { followKeyList, type KeyFile, readKeyList } from "./key_list.ts";
import { openSqliteStore } from "./sqlite_store.ts";

export interface DirectoryServerOptions {
  readonly http: Address;
  readonly db?: string;
  readonly members?: string;
  readonly bans?: string;
  readonly machine: Pick<Machine, "clock" | "wallClock" | "rng">;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onTrouble: (text: string) => void;
}

export interface RunningDirectory {
  readonly url: string;
  /** More addresses of it, the last one for the machine itself. */
  readonly others: readonly string[];
  /** Resolves when the signal has ended it and everything is closed. */
  readonly finished: Promise<void>;
}

/** Enough for thousands of hosts, each with a connection for each heartbeat. */
const CONNECTIONS = { maxConnections: 1024 };
const REQUEST_ID_BYTES = 8;

/** @throws CommandError when an address or a file can't be used. */
export async function openDirectory(options: DirectoryServerOptions): Promise<RunningDirectory> {
  const files = keyFiles(options);
  const lists = await Promise.all(files.map(readKeyList));
  const store = openSqliteStore(options.db, options.machine.rng);
  try {
    const keys = files.map((file, index) => [file, lists[index]!] as const);
    const { keeper, ...parts } = restore(options, store, keys);
    const tokens = await DirectoryTokens.open(store.secrets);
    const server = listen(options, { ...parts, tokens, keeper });
    const finished = run(options, { ...parts, keeper, files }).then(async () => {
      await server.close();
      store.close();
    });
    return { ...urlsOf(server), finished };
  } catch (error) {
    store.close();
    throw error;
  }
}

function urlsOf({ address }: WebServer): Pick<RunningDirectory, "url" | "others"> {
  const [url = "", ...others] = browserAddresses(address)
    .map((address) => `http://${formatAddress(address)}/`);
  return { url, others };
}

/** The directory as it was stored, without what banned people had. */
function restore(
  { machine: { clock, rng }, onTrouble }: DirectoryServerOptions,
  store: DirectoryStore,
  lists: readonly (readonly [KeyFile, PublicKeys])[],
) {
  const search = new BroadcastIndex();
  const broadcasts = heardBefore(store.readBroadcasts(), clock.now());
  for (const broadcast of broadcasts) makeSearchable(search, { kind: "kept", broadcast });
  const directory = new Directory({ rng, broadcasts });
  const keeper = new DirectoryKeeper({ directory, store, search, onTrouble });
  for (const [file, keys] of lists) takeKeys(directory, file, keys);
  keeper.keep(clock.now());
  return { directory, search, keeper };
}

/** The clock may have been set back since they were stored. */
function heardBefore(broadcasts: readonly StoredBroadcast[], now: Millis): StoredBroadcast[] {
  return broadcasts.map((one) => ({ ...one, heardAt: Math.min(one.heardAt, now) }));
}

type AppParts = Pick<DirectoryAppOptions, "directory" | "search" | "tokens">;

function listen(
  options: DirectoryServerOptions,
  { keeper, ...parts }: AppParts & { readonly keeper: DirectoryKeeper },
): WebServer {
  const { http, machine: { clock, wallClock, rng }, onTrouble } = options;
  const server = serveWeb(http, {
    handle: (request, from) => app.fetch(request, { from }),
    maxBodyBytes: MAX_BODY_BYTES,
    refuse: (status) => invalidRequest(status, rng.bytes(REQUEST_ID_BYTES).toHex()),
    limits: CONNECTIONS,
    onTrouble: (error, times) => onTrouble(`Could not take ${times} connections: ${error}`),
  });
  const app = createDirectoryApp({
    ...parts,
    rng,
    store: () => keeper.keep(clock.now()),
    now: () => clock.now(),
    wallNow: () => wallClock.now(),
    hostnames: [http.hostname, server.address.hostname],
    page: readPageFiles("server/directory/dist/"),
    onTrouble,
  });
  return server;
}

interface Running {
  readonly directory: Directory;
  readonly keeper: DirectoryKeeper;
  readonly files: readonly KeyFile[];
}

/** Follows the files of keys and forgets what is long over, until the signal. */
async function run(
  { machine: { clock }, signal, onTrouble }: DirectoryServerOptions,
  { directory, keeper, files }: Running,
): Promise<void> {
  const follow = (file: KeyFile) => {
    const onKeys = (keys: PublicKeys) => {
      takeKeys(directory, file, keys);
      keeper.keep(clock.now());
    };
    return followKeyList(file, { clock, signal, onKeys, onProblem: onTrouble });
  };
  const sweep = async () => {
    while (!signal.aborted) {
      directory.sweep(clock.now());
      keeper.keep(clock.now());
      await clock.sleepUntil(directory.nextSweep, signal);
    }
  };
  await Promise.all([sweep(), ...files.map(follow)]);
}

function takeKeys(directory: Directory, { flag }: KeyFile, keys: PublicKeys): void {
  if (flag === "--members") directory.setMembers(keys);
  else directory.setBanned(keys);
}

function keyFiles({ members, bans }: DirectoryServerOptions): readonly KeyFile[] {
  return [
    ...members === undefined ? [] : [{ flag: "--members", path: members } as const],
    ...bans === undefined ? [] : [{ flag: "--bans", path: bans } as const],
  ];
}
