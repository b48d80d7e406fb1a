import type { WallMillis } from "../../shared/core/units.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import { formatAddress } from "../../shared/driver/socket.ts";
import { explainFailure } from "../../shared/directory/failure_words.ts";
import type { Jwks, NewBroadcast } from "../../shared/directory/forms.ts";
import { guestName, newIdentityText } from "../../shared/directory/identity.ts";
import { formatHostKey } from "../../shared/admission/join_link.ts";
import type { ServerCore } from "../core/server_core.ts";
import type { ServeOptions } from "../interface/config.ts";
import type { CoreOutput } from "../interface/output.ts";
import { type BroadcastStore, StoreError } from "../origin/timeline/broadcast_store.ts";
import { DirectoryHost } from "../registration/io/directory_host.ts";
import { titleOf } from "../registration/registration.ts";
import { JoinTokens } from "../tokens/join_tokens.ts";
import type { BroadcastReady } from "./broadcast.ts";
import type { BroadcastPlan } from "./broadcast_plan.ts";
import { openOwnIdentity } from "./io/own_identity.ts";
import type { Notices } from "./notices.ts";

/** As many as a heartbeat takes. */
const MAX_ADDRESSES = 8;
const UNNAMED = { home: "Home", away: "Away" };

/** A broadcast that is registered, or will be when its directory is back. */
export interface OpenedDirectory {
  readonly id: string;
  /** Checks the directory's join tokens. */
  readonly tokens: JoinTokens;
  /** From now on the directory is told that the host is there. */
  begin(running: RunningBroadcast): void;
  /** The broadcast could not be opened. Never rejects. */
  abandon(): Promise<void>;
  onOutput(output: CoreOutput): void;
  /** Resolves when the directory has been told of the end, or could not be; before `begin`, at once. */
  readonly finished: Promise<void>;
}

export interface RunningBroadcast {
  readonly core: ServerCore;
  readonly ready: BroadcastReady;
  readonly hostKey: Uint8Array;
  readonly signal: AbortSignal;
  readonly notices: Notices;
}

interface DirectoryOpening {
  readonly options: ServeOptions;
  readonly plan: BroadcastPlan;
  readonly machine: Machine;
  readonly store: BroadcastStore | undefined;
}

/**
 * Registers the broadcast of `--directory`.
 *
 * @throws CommandError when the directory is not there, unless the broadcast was registered before, or refuses.
 */
export async function openDirectory(
  { options, plan, machine, store }: DirectoryOpening,
  { signal, onWaiting = () => {} }: {
    readonly signal?: AbortSignal;
    readonly onWaiting?: (text: string) => void;
  },
): Promise<OpenedDirectory> {
  const url = options.directory!;
  const opened = await openOwnIdentity(options, machine);
  const { identity } = opened;
  const name = options.name ?? guestName(identity.publicKey);
  const kept = store?.load();
  const wallNow = machine.wallClock.now();
  const broadcast = describe(options, plan, { name, wallNow, id: kept?.broadcastId });
  const host = new DirectoryHost({ url, identity, name, broadcast, clock: machine.clock });
  const made = await host.register(signal);
  const before = kept?.directory?.url === url ? kept.directory : undefined;
  if (!made.ok) {
    const failure = explainFailure(made, url, identity.publicKey);
    if (made.kind !== "away" || !before) throw failure;
    onWaiting(`${failure.message}. The broadcast goes on, and registers when it answers`);
  }
  // Only now, since an error is one line.
  if (opened.isNew) onWaiting(newIdentityText(opened));
  const { id, keys } = made.ok ? made.value : { id: kept!.broadcastId, keys: before!.keys };
  const tokens = new JoinTokens(id, machine.ciphers);
  const useKeys = async (keys: Jwks) => {
    await tokens.use(keys);
    store?.saveDirectory({ url, keys });
  };
  await useKeys(keys);
  return new RegisteredBroadcast({ id, tokens, host, useKeys });
}

class RegisteredBroadcast implements OpenedDirectory {
  readonly id: string;
  readonly tokens: JoinTokens;
  readonly #host: DirectoryHost;
  readonly #useKeys: (keys: Jwks) => Promise<void>;
  finished: Promise<void> = Promise.resolve();

  constructor({ id, tokens, host, useKeys }: {
    readonly id: string;
    readonly tokens: JoinTokens;
    readonly host: DirectoryHost;
    readonly useKeys: (keys: Jwks) => Promise<void>;
  }) {
    this.id = id;
    this.tokens = tokens;
    this.#host = host;
    this.#useKeys = useKeys;
  }

  begin({ core, ready, hostKey, signal, notices }: RunningBroadcast): void {
    const addresses = ready.ways.slice(0, MAX_ADDRESSES)
      .map(({ address }) => formatAddress(address));
    const { count, score, clock } = core.timeline.head;
    this.finished = this.#host.run({
      place: { addresses, hostKey: formatHostKey(hostKey) },
      isLive: core.startedAt !== undefined,
      ...(count > 0 && { score }),
      ...(clock !== undefined && { clock }),
      signal,
      onKeys: (keys) => useNewKeys(() => this.#useKeys(keys), (text) => notices.say(text)),
      notice: (text) => notices.say(text),
    });
  }

  abandon(): Promise<void> {
    return this.#host.abandon();
  }

  onOutput(output: CoreOutput): void {
    this.#host.onOutput(output);
  }
}

/** Keys that can't be stored count all the same: only a restart would need them. */
export async function useNewKeys(
  use: () => Promise<void>,
  say: (text: string) => void,
): Promise<void> {
  try {
    await use();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    say(`${error.message}: a restart will need the directory`);
  }
}

function describe(
  { title, sport = "football", starts, isUnlisted, capacity: seats }: ServeOptions,
  { match }: BroadcastPlan,
  { name, wallNow, id }: {
    readonly name: string;
    readonly wallNow: WallMillis;
    readonly id: string | undefined;
  },
): NewBroadcast {
  const teams = match ?? UNNAMED;
  return {
    title: title ?? (match ? titleOf(match) : `Broadcast of ${name}`),
    sport,
    home: teams.home,
    away: teams.away,
    startsAt: starts ? Math.round("at" in starts ? starts.at : wallNow + starts.after) : null,
    visibility: isUnlisted ? "unlisted" : "public",
    seats,
    ...(id !== undefined && { id }),
  };
}
