/*
 * The directory's core: who people are, and which broadcasts there are. It sends nothing and stores nothing.
 *
 * In: checked requests (`shared/directory/forms.ts`) of a person or an address, with the time; lists of members
 * and banned people; the broadcasts that were stored. Out: an answer or a refusal with its status, and the
 * changes that the caller stores (`takeChanges`) before it answers.
 *
 * challenges.ts has what identifies a person, people.ts who may, broadcasts.ts the register of broadcasts,
 * listing.ts their list in pages, limits.ts and rate_limits.ts how often each may ask. Time is that of the
 * driver's clock; `nextSweep` is the next deadline. Read next: broadcasts.ts.
 */

import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type {
  Broadcast,
  BroadcastList,
  BroadcastQuery,
  Heartbeat,
  NewBroadcast,
} from "../../../shared/directory/forms.ts";
import { type Answer, answer, refuse } from "./answer.ts";
import { Broadcasts, type Change, type StoredBroadcast } from "./broadcasts.ts";
import { Challenges, type Proof } from "./challenges.ts";
import { DirectoryLimits, LIMITS, type Limits } from "./limits.ts";
import { listBroadcasts } from "./listing.ts";
import { type Person, personId, type PublicKeys, refuseByLists } from "./people.ts";

export interface DirectoryOptions {
  /** Fit for secrets. */
  readonly rng: Rng;
  readonly limits?: Partial<Limits>;
  /** What was stored before. */
  readonly broadcasts?: Iterable<StoredBroadcast>;
}

/** Where and by which key a host is reached. */
export interface HostPlace {
  readonly addresses: readonly string[];
  readonly hostKey: string;
}

const SWEEP_EVERY: Millis = 60_000;

export class Directory {
  readonly #challenges: Challenges;
  readonly #broadcasts: Broadcasts;
  readonly #limits: DirectoryLimits;
  #members: PublicKeys | undefined;
  #banned: PublicKeys = new Set();
  #sweptAt: Millis = -Infinity;

  constructor({ rng, limits, broadcasts = [] }: DirectoryOptions) {
    const all = { ...LIMITS, ...limits };
    this.#challenges = new Challenges(rng, all.challenges);
    this.#broadcasts = new Broadcasts(rng, all, broadcasts);
    this.#limits = new DirectoryLimits(all);
  }

  /** @param members undefined when everybody may register. */
  setMembers(members: PublicKeys | undefined): void {
    this.#members = members;
  }

  /** Ends the sessions of these people, and removes their broadcasts. */
  setBanned(banned: PublicKeys): void {
    this.#banned = banned;
    this.#broadcasts.removeOf(new Set([...banned].map(personId)));
  }

  /** Whether a request from this address is one too many. */
  admitRequest(address: string, now: Millis): Answer<void> {
    return this.#limits.take("requests", address, now);
  }

  challenge(publicKey: string, address: string, now: Millis): Answer<Challenge> {
    const taken = this.#limits.take("challenges", address, now);
    if (!taken.ok) return taken;
    return answer(this.#challenges.make(publicKey, now));
  }

  /** @returns the person who proved to have the key. */
  identify(proof: Proof, name: string, address: string, now: Millis): Answer<Person> {
    const taken = this.#limits.take("sessions", address, now);
    if (!taken.ok) return taken;
    if (!this.#challenges.check(proof, now)) {
      return refuse("unauthorized", "bad-proof", PROOF_ADVICE);
    }
    const { publicKey } = proof;
    return this.admitPerson({ id: personId(publicKey), publicKey, name }, now);
  }

  /** Whether a person with a session may go on. */
  admitPerson(person: Person, now: Millis): Answer<Person> {
    const refused = refuseByLists(person.publicKey, this.#members, this.#banned);
    if (refused) return refused;
    const taken = this.#limits.take("personRequests", person.id, now);
    return taken.ok ? answer(person) : taken;
  }

  create(
    person: Person,
    asked: NewBroadcast,
    address: string,
    now: Millis,
  ): Answer<Broadcast> {
    // First by person, so that one who asks too often takes nothing from others at the same address.
    const byPerson = this.#limits.take("personCreations", person.id, now);
    if (!byPerson.ok) return byPerson;
    const byAddress = this.#limits.take("creations", address, now);
    if (!byAddress.ok) return byAddress;
    return this.#broadcasts.create(person, asked, now);
  }

  heartbeat(person: Person, id: string, beat: Heartbeat, now: Millis): Answer<void> {
    return this.#broadcasts.heartbeat(person, id, beat, now);
  }

  /** @returns where the host is, for a join token. */
  join(person: Person, id: string, now: Millis): Answer<HostPlace> {
    const taken = this.#limits.take("personJoins", person.id, now);
    return taken.ok ? this.#broadcasts.placeOf(id, now) : taken;
  }

  end(person: Person, id: string, now: Millis): Answer<void> {
    return this.#broadcasts.end(person, id, now);
  }

  find(id: string, now: Millis): Answer<Broadcast> {
    return this.#broadcasts.find(id, now);
  }

  /** @param found the ids that a search for `query.q` found, best first; undefined without a `q`. */
  list(
    query: BroadcastQuery,
    found: readonly string[] | undefined,
    now: Millis,
  ): BroadcastList {
    return listBroadcasts(this.#broadcasts, query, found, now);
  }

  /** The broadcasts that were made, changed or removed since the last call. */
  takeChanges(): readonly Change[] {
    return this.#broadcasts.takeChanges();
  }

  get nextSweep(): Millis {
    return this.#sweptAt + SWEEP_EVERY;
  }

  /** Removes what is long over. */
  sweep(now: Millis): void {
    this.#sweptAt = now;
    this.#broadcasts.sweep(now);
  }
}

/** What a person signs to identify. */
export interface Challenge {
  /** 32 bytes, base64url. */
  readonly challenge: string;
  readonly expiresAt: Millis;
}

const PROOF_ADVICE =
  "The signature, key and challenge don't belong together, or the challenge was used or has expired: ask for a new challenge and sign that";
