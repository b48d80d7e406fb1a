import type { Machine } from "../../../shared/driver/machine.ts";
import { type Address, formatAddress } from "../../../shared/driver/socket.ts";
import { MAX_BODY_BYTES } from "../../../shared/directory/forms.ts";
import { serveWeb } from "../../../shared/system/http/web_server.ts";
import type { BroadcastSearch } from "../broadcast_search.ts";
import type { Change } from "../core/broadcasts.ts";
import { Directory } from "../core/directory.ts";
import { createDirectoryApp } from "../http/app.ts";
import { BroadcastIndex } from "../search/io/broadcast_index.ts";
import { DirectoryTokens } from "../tokens/directory_tokens.ts";
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
  /** Resolves when the signal has ended it and everything is closed. */
  readonly finished: Promise<void>;
}

/** Enough for thousands of hosts, each with a connection for each heartbeat. */
const CONNECTIONS = { maxConnections: 1024 };

/** @throws CommandError when an address or a file can't be used. */
export async function openDirectory(options: DirectoryServerOptions): Promise<RunningDirectory> {
  const { http, machine: { clock, wallClock, rng }, signal, onTrouble } = options;
  const files = keyFiles(options);
  const lists = await Promise.all(files.map(readKeyList));
  const store = openSqliteStore(options.db, rng);
  const search = new BroadcastIndex();
  const { broadcasts } = store;
  keepSearchable(search, broadcasts.map((broadcast) => ({ kind: "kept", broadcast })));
  // The clock may have been set back since they were stored.
  const now = clock.now();
  const stored = broadcasts.map((one) => ({ ...one, heardAt: Math.min(one.heardAt, now) }));
  const directory = new Directory({ rng, broadcasts: stored });
  const keep = () => {
    const changes = directory.takeChanges();
    keepSearchable(search, changes);
    store.write(changes);
  };
  const take = (file: KeyFile, keys: ReadonlySet<string>) => {
    if (file.flag === "--members") directory.setMembers(keys);
    else directory.setBanned(keys);
    keep();
  };
  for (const [index, file] of files.entries()) take(file, lists[index]!);
  const tokens = await DirectoryTokens.open(store.secrets);
  const server = serveWeb(http, {
    handle: (request, from) => app.fetch(request, { from }),
    maxBodyBytes: MAX_BODY_BYTES,
    limits: CONNECTIONS,
    onTrouble: (error, times) => onTrouble(`Could not take ${times} connections: ${error}`),
  });
  const app = createDirectoryApp({
    directory,
    search,
    tokens,
    rng,
    now: () => clock.now(),
    wallNow: () => wallClock.now(),
    store: keep,
    hostnames: [http.hostname, server.address.hostname],
    onTrouble,
  });
  const follow = (file: KeyFile) =>
    followKeyList(file, {
      clock,
      signal,
      onKeys: (keys) => take(file, keys),
      onProblem: onTrouble,
    });
  const sweeping = async () => {
    while (!signal.aborted) {
      directory.sweep(clock.now());
      try {
        keep();
      } catch (error) {
        onTrouble(`--db ${options.db}: ${error instanceof Error ? error.message : error}`);
      }
      await clock.sleepUntil(directory.nextSweep, signal);
    }
  };
  const finished = Promise.all([sweeping(), ...files.map(follow)]).then(async () => {
    await server.close();
    store.close();
  });
  return { url: `http://${formatAddress(server.address)}/`, finished };
}

function keyFiles({ members, bans }: DirectoryServerOptions): readonly KeyFile[] {
  return [
    ...members === undefined ? [] : [{ flag: "--members", path: members } as const],
    ...bans === undefined ? [] : [{ flag: "--bans", path: bans } as const],
  ];
}

/** Unlisted broadcasts are not found. */
function keepSearchable(search: BroadcastSearch, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.kind === "removed") search.remove(change.id);
    else if (change.broadcast.isUnlisted) search.remove(change.broadcast.id);
    else search.put(change.broadcast);
  }
}
