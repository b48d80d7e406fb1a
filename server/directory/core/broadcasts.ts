import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import {
  type Broadcast,
  type BroadcastState,
  GONE_AFTER_MILLIS,
  type Heartbeat,
  type NewBroadcast,
} from "../../../shared/directory/forms.ts";
import { foldText } from "../../../shared/directory/keys_and_names.ts";
import { type Answer, answer, refuse, type Refused } from "./answer.ts";
import type { Limits } from "./limits.ts";
import type { Person } from "./people.ts";

/** A broadcast as it is stored. */
export interface StoredBroadcast {
  readonly id: string;
  readonly owner: { readonly id: string; readonly name: string };
  readonly title: string;
  readonly sport: string;
  readonly home: string;
  readonly away: string;
  readonly startsAt: number | null;
  readonly isUnlisted: boolean;
  readonly seats: number;
  /** As the host told it last; `gone` follows from `heardAt`. */
  readonly state: Exclude<BroadcastState, "gone">;
  readonly score: string | null;
  readonly clock: string | null;
  readonly seatsTaken: number;
  /** Empty before the first heartbeat. */
  readonly addresses: readonly string[];
  readonly hostKey: string | null;
  /** When the host was heard last, or ended the broadcast. */
  readonly heardAt: Millis;
}

/** The names by which a list is filtered, without accents and case. */
export interface FoldedNames {
  readonly sport: string;
  readonly teams: readonly string[];
}

export type Change =
  | { readonly kind: "kept"; readonly broadcast: StoredBroadcast }
  | { readonly kind: "removed"; readonly id: string };

const ID_BYTES = 8;
/** How long a broadcast that is over can be found. */
const FORGOTTEN_AFTER: Millis = 24 * 3_600_000;

const UNKNOWN = refuse(
  "unknown",
  "unknown-broadcast",
  "There is no such broadcast: search for it again",
);
const NOT_YOURS = refuse("forbidden", "not-yours", "This broadcast belongs to somebody else");
const OVER = refuse(
  "conflict",
  "ended",
  "The broadcast has ended; its host goes on with it by POST /v1/broadcasts with its id",
);
const NO_HOST = refuse(
  "conflict",
  "no-host",
  "The broadcast has no host there at the moment: try again when it is live",
  GONE_AFTER_MILLIS / 3,
);

const TOO_MANY = refuse(
  "too-many",
  "too-many-broadcasts",
  "This person has too many broadcasts that have not ended: end one first",
  GONE_AFTER_MILLIS,
);
const FULL = refuse(
  "too-many",
  "directory-full",
  "The directory has no room for another broadcast: try again later",
  GONE_AFTER_MILLIS,
);

/** The register of broadcasts. */
export class Broadcasts {
  readonly #rng: Rng;
  readonly #limits: Limits;
  readonly #all = new Map<string, StoredBroadcast>();
  /** By id; made once, since folding a text takes longer than all else of a list. */
  readonly #folded = new Map<string, FoldedNames>();
  /** The ids of each person's broadcasts. */
  readonly #ofPerson = new Map<string, Set<string>>();
  /** By id, so that a caller that is slow stores only the last state of each. */
  readonly #changes = new Map<string, Change>();

  constructor(rng: Rng, limits: Limits, stored: Iterable<StoredBroadcast>) {
    this.#rng = rng;
    this.#limits = limits;
    for (const broadcast of stored) this.#put(broadcast);
  }

  get all(): Iterable<StoredBroadcast> {
    return this.#all.values();
  }

  get(id: string): StoredBroadcast | undefined {
    return this.#all.get(id);
  }

  /** @param id of one that is known */
  foldedOf(id: string): FoldedNames {
    return this.#folded.get(id)!;
  }

  takeChanges(): readonly Change[] {
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    return changes;
  }

  create(person: Person, asked: NewBroadcast, now: Millis): Answer<Broadcast> {
    const known = asked.id === undefined ? undefined : this.#all.get(asked.id);
    if (known && known.owner.id !== person.id) return NOT_YOURS;
    // A host that comes back after it was gone may be at another address.
    const isOpen = known !== undefined && !isOver(known, now);
    const refused = this.#refuseToAdd(person.id, known, isOpen, now);
    if (refused) return refused;
    const before = isOpen ? known : NEVER_HEARD;
    const [id, described] = [this.#idFor(asked), describe(person, asked)];
    const broadcast = { ...before, ...described, id, heardAt: now };
    this.#keep(broadcast);
    return answer(show(broadcast, now));
  }

  heartbeat(person: Person, id: string, beat: Heartbeat, now: Millis): Answer<void> {
    const own = this.#own(person, id);
    if (!own.ok) return own;
    if (own.value.state === "ended") return OVER;
    const { addresses, hostKey, state, score = null, clock = null, seatsTaken } = beat;
    const told = { addresses, hostKey, state, score, clock, seatsTaken };
    this.#keep({ ...own.value, ...told, heardAt: now });
    return answer();
  }

  end(person: Person, id: string, now: Millis): Answer<void> {
    const own = this.#own(person, id);
    if (!own.ok) return own;
    if (own.value.state !== "ended") this.#keep({ ...own.value, state: "ended", heardAt: now });
    return answer();
  }

  find(id: string, now: Millis): Answer<Broadcast> {
    const broadcast = this.#all.get(id);
    return broadcast ? answer(show(broadcast, now)) : UNKNOWN;
  }

  placeOf(
    id: string,
    now: Millis,
  ): Answer<{ readonly addresses: readonly string[]; readonly hostKey: string }> {
    const broadcast = this.#all.get(id);
    if (!broadcast) return UNKNOWN;
    const { addresses, hostKey } = broadcast;
    if (broadcast.state === "ended") return OVER;
    if (hostKey === null || stateOf(broadcast, now) === "gone") return NO_HOST;
    return answer({ addresses, hostKey });
  }

  /** Removes the broadcasts of these people. */
  removeOf(people: ReadonlySet<string>): void {
    for (const person of people) {
      for (const id of [...this.#ofPerson.get(person) ?? []]) this.#remove(id);
    }
  }

  /** Removes broadcasts that ended, or whose host went, long ago. */
  sweep(now: Millis): void {
    for (const broadcast of [...this.#all.values()]) {
      const awaited = broadcast.state === "soon" ? broadcast.startsAt ?? 0 : 0;
      if (now - Math.max(broadcast.heardAt, awaited) > FORGOTTEN_AFTER) this.#remove(broadcast.id);
    }
  }

  #own(person: Person, id: string): Answer<StoredBroadcast> {
    const broadcast = this.#all.get(id);
    if (!broadcast) return UNKNOWN;
    return broadcast.owner.id === person.id ? answer(broadcast) : NOT_YOURS;
  }

  /** @returns why there can be no other broadcast that is on, if there can't. */
  #refuseToAdd(
    person: string,
    known: StoredBroadcast | undefined,
    isOpen: boolean,
    now: Millis,
  ): Refused | undefined {
    if (!isOpen && this.#countOpen(person, now) >= this.#limits.broadcastsOfPerson) return TOO_MANY;
    return known || this.#makeRoom(person, now) ? undefined : FULL;
  }

  #countOpen(person: string, now: Millis): number {
    return this.#broadcastsOf(person).filter((broadcast) => !isOver(broadcast, now)).length;
  }

  #broadcastsOf(person: string): readonly StoredBroadcast[] {
    return [...this.#ofPerson.get(person) ?? []].map((id) => this.#all.get(id)!);
  }

  #idFor({ id }: NewBroadcast): string {
    let free = id ?? this.#rng.bytes(ID_BYTES).toHex();
    while (id === undefined && this.#all.has(free)) free = this.#rng.bytes(ID_BYTES).toHex();
    return free;
  }

  /** Drops one that is over where there are too many, of this person or of all. */
  #makeRoom(person: string, now: Millis): boolean {
    const { broadcasts, broadcastsOfPerson } = this.#limits;
    const own = this.#broadcastsOf(person);
    if (own.length >= 2 * broadcastsOfPerson) this.#removeOneOver(own, now);
    if (this.#all.size >= broadcasts) this.#removeOneOver(this.#all.values(), now);
    return this.#all.size < broadcasts;
  }

  #removeOneOver(among: Iterable<StoredBroadcast>, now: Millis): void {
    const over = Iterator.from(among).find((broadcast) => isOver(broadcast, now));
    if (over) this.#remove(over.id);
  }

  #keep(broadcast: StoredBroadcast): void {
    this.#put(broadcast);
    this.#changes.set(broadcast.id, { kind: "kept", broadcast });
  }

  #put(broadcast: StoredBroadcast): void {
    const { id, owner } = broadcast;
    const before = this.#all.get(id);
    if (!before || !hasSameNames(before, broadcast)) this.#folded.set(id, foldNames(broadcast));
    this.#all.set(id, broadcast);
    const own = this.#ofPerson.get(owner.id) ?? new Set();
    this.#ofPerson.set(owner.id, own.add(id));
  }

  #remove(id: string): void {
    const owner = this.#all.get(id)!.owner.id;
    this.#all.delete(id);
    this.#folded.delete(id);
    const own = this.#ofPerson.get(owner)!;
    own.delete(id);
    if (own.size === 0) this.#ofPerson.delete(owner);
    this.#changes.set(id, { kind: "removed", id });
  }
}

const NEVER_HEARD = {
  state: "soon",
  score: null,
  clock: null,
  seatsTaken: 0,
  addresses: [],
  hostKey: null,
} as const;

function describe({ id, name }: Person, asked: NewBroadcast) {
  const { title, sport, home, away, startsAt = null, visibility, seats } = asked;
  const owner = { id, name };
  return {
    owner,
    title,
    sport,
    home,
    away,
    startsAt,
    isUnlisted: visibility === "unlisted",
    seats,
  };
}

function foldNames({ sport, home, away }: StoredBroadcast): FoldedNames {
  return { sport: foldText(sport), teams: [foldText(home), foldText(away)] };
}

function hasSameNames(one: StoredBroadcast, other: StoredBroadcast): boolean {
  return one.sport === other.sport && one.home === other.home && one.away === other.away;
}

export function stateOf({ state, heardAt }: StoredBroadcast, now: Millis): BroadcastState {
  return state !== "ended" && now - heardAt >= GONE_AFTER_MILLIS ? "gone" : state;
}

function isOver(broadcast: StoredBroadcast, now: Millis): boolean {
  const state = stateOf(broadcast, now);
  return state === "ended" || state === "gone";
}

/** What everybody may see of a broadcast. */
export function show(broadcast: StoredBroadcast, now: Millis): Broadcast {
  const { id, title, sport, home, away, score, clock, startsAt, seats, seatsTaken, owner } =
    broadcast;
  return {
    id,
    title,
    sport,
    home,
    away,
    state: stateOf(broadcast, now),
    score,
    clock,
    startsAt,
    seats,
    seatsFree: Math.max(0, seats - seatsTaken),
    host: { name: owner.name },
  };
}
