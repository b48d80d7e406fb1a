import assert from "node:assert/strict";
import fc from "fast-check";
import type { StoredBroadcast } from "../../../../server/directory/core/broadcasts.ts";
import { Directory } from "../../../../server/directory/core/directory.ts";
import { type Person, personId } from "../../../../server/directory/core/people.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import type {
  Broadcast,
  BroadcastQuery,
  NewBroadcast,
} from "../../../../shared/directory/forms.ts";
import { runs } from "../../../runs.ts";
import { START } from "../../kit.ts";

const PEOPLE: readonly Person[] = ["Ann", "Bo", "Cy"].map((name, index) => {
  const publicKey = `${String(index).repeat(42)}A`;
  return { id: personId(publicKey), publicKey, name };
});
const IDS = ["0000000000000001", "0000000000000002", "0000000000000003"];
const ADDRESS = "127.0.0.1";
const FOREVER = { burst: 1e9, perSecond: 1e9 };
const COUNTED = [
  ...["requests", "challenges", "sessions", "creations"],
  ...["personRequests", "personCreations", "personJoins"],
];
const FREE_RATES = Object.fromEntries(COUNTED.map((what) => [what, FOREVER])) as never;
const LIMITS = { publicRates: FREE_RATES, localRates: FREE_RATES };

/** What is known of one broadcast, in the plainest form. */
interface Modelled {
  readonly owner: Person;
  readonly isUnlisted: boolean;
  readonly seats: number;
  readonly startsAt: number | null;
  readonly state: "soon" | "live" | "ended";
  readonly seatsTaken: number;
  readonly hasHost: boolean;
  readonly heardAt: number;
}

type Step =
  | {
    kind: "create";
    who: number;
    which: number | undefined;
    unlisted: boolean;
    seats: number;
    starts: number | null;
  }
  | {
    kind: "heartbeat";
    who: number;
    which: number;
    state: "soon" | "live" | "ended";
    taken: number;
  }
  | { kind: "end" | "join"; who: number; which: number }
  | { kind: "wait"; millis: number }
  | { kind: "ban"; who: number }
  | { kind: "restart" };

const who = fc.nat(PEOPLE.length - 1);
const which = fc.nat(IDS.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("create" as const),
      who,
      which: fc.option(which, { nil: undefined }),
      unlisted: fc.boolean(),
      seats: fc.integer({ min: 1, max: 3 }),
      starts: fc.constantFrom(null, START + 5, START + 9),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("heartbeat" as const),
      who,
      which,
      state: fc.constantFrom("soon" as const, "live" as const, "live" as const, "ended" as const),
      taken: fc.nat(4),
    }),
  },
  fc.record({ kind: fc.constantFrom("end" as const, "join" as const), who, which }),
  fc.record({
    kind: fc.constant("wait" as const),
    millis: fc.constantFrom(1, 9999, 20_000, 30_000),
  }),
  fc.record({ kind: fc.constant("ban" as const), who }),
  fc.constant({ kind: "restart" as const }),
);

/** The directory and the model side by side. Whoever is banned is pardoned at once, so that there are people. */
class Pair {
  readonly rng = new SeededRng(3);
  readonly model = new Map<string, Modelled>();
  readonly disk = new Map<string, StoredBroadcast>();
  directory = new Directory({ rng: this.rng, limits: LIMITS });
  now = START;

  do(step: Step): void {
    switch (step.kind) {
      case "create":
        return this.#create(step);
      case "heartbeat":
        return this.#heartbeat(step);
      case "end":
        return this.#end(step);
      case "join":
        return this.#join(step);
      case "wait":
        this.now += step.millis;
        return;
      case "ban":
        return this.#ban(PEOPLE[step.who]!);
      case "restart":
        // As after kill -9: nothing is left but what was stored.
        this.directory = new Directory({
          rng: this.rng,
          limits: LIMITS,
          broadcasts: this.disk.values(),
        });
    }
  }

  store(): void {
    for (const change of this.directory.takeChanges()) {
      if (change.kind === "removed") this.disk.delete(change.id);
      else this.disk.set(change.broadcast.id, JSON.parse(JSON.stringify(change.broadcast)));
    }
  }

  stateOf({ state, heardAt }: Modelled): Broadcast["state"] {
    return state !== "ended" && this.now - heardAt >= 30_000 ? "gone" : state;
  }

  #create({ who, which, unlisted, seats, starts }: Step & { kind: "create" }): void {
    const [person, id] = [PEOPLE[who]!, which === undefined ? undefined : IDS[which]!];
    const asked: NewBroadcast = {
      ...{ title: "A x B", sport: "football", home: "A", away: "B", startsAt: starts, seats },
      visibility: unlisted ? "unlisted" : "public",
      ...(id !== undefined && { id }),
    };
    const made = this.directory.create(person, asked, ADDRESS, this.now);
    const known = id === undefined ? undefined : this.model.get(id);
    if (known && known.owner !== person) return this.#refused(made, "not-yours");
    assert(made.ok);
    const goesOn = known && !["gone", "ended"].includes(this.stateOf(known));
    const before = goesOn ? known : { state: "soon", seatsTaken: 0, hasHost: false } as const;
    const { state, seatsTaken, hasHost } = before;
    this.model.set(id ?? made.value.id, {
      ...{ owner: person, isUnlisted: unlisted, seats, startsAt: starts },
      ...{ state, seatsTaken, hasHost, heardAt: this.now },
    });
  }

  #heartbeat({ who, which, state, taken }: Step & { kind: "heartbeat" }): void {
    const beat = { addresses: ["192.0.2.1:1"], hostKey: "k", state, seatsTaken: taken };
    const answer = this.directory.heartbeat(PEOPLE[who]!, IDS[which]!, beat, this.now);
    const known = this.#own(who, which, answer);
    if (!known) return;
    if (known.state === "ended") return this.#refused(answer, "ended");
    assert(answer.ok);
    const told = { state, seatsTaken: taken, hasHost: true, heardAt: this.now };
    this.model.set(IDS[which]!, { ...known, ...told });
  }

  #end({ who, which }: { who: number; which: number }): void {
    const answer = this.directory.end(PEOPLE[who]!, IDS[which]!, this.now);
    const known = this.#own(who, which, answer);
    if (!known) return;
    assert(answer.ok);
    this.model.set(IDS[which]!, { ...known, state: "ended" });
  }

  #join({ who, which }: { who: number; which: number }): void {
    const answer = this.directory.join(PEOPLE[who]!, IDS[which]!, this.now);
    const known = this.model.get(IDS[which]!);
    if (!known) return this.#refused(answer, "unknown-broadcast");
    if (known.state === "ended") return this.#refused(answer, "ended");
    const isThere = known.hasHost && this.stateOf(known) !== "gone";
    isThere ? assert(answer.ok) : this.#refused(answer, "no-host");
  }

  #ban(person: Person): void {
    this.directory.setBanned(new Set([person.publicKey]));
    this.#refused(this.directory.admitPerson(person, this.now), "banned");
    this.directory.setBanned(new Set());
    for (const [id, { owner }] of this.model) if (owner === person) this.model.delete(id);
  }

  /** @returns the broadcast, if this person may; else the refusal was the right one. */
  #own(who: number, which: number, answer: { ok: boolean }): Modelled | undefined {
    const known = this.model.get(IDS[which]!);
    if (!known) this.#refused(answer, "unknown-broadcast");
    else if (known.owner !== PEOPLE[who]) this.#refused(answer, "not-yours");
    else return known;
  }

  #refused(answer: { ok: boolean; code?: string }, code: string): void {
    assert.deepEqual([answer.ok, answer.code], [false, code]);
  }
}

const RANKS = ["live", "soon", "gone", "ended"];
const QUERIES: readonly BroadcastQuery[] = [
  {},
  { state: "live" },
  { state: "soon" },
  { state: "ended" },
  { free: "true" },
  { sport: "FOOTBÁLL" },
  { team: "b" },
  { team: "c" },
];

/** The ids that a query should give, in order. */
function expectedList(pair: Pair, query: BroadcastQuery): string[] {
  return [...pair.model]
    .map(([id, one]) => ({ id, one, state: pair.stateOf(one) }))
    .filter(({ one }) => !one.isUnlisted && query.team !== "c")
    .filter(({ state }) => query.state === undefined ? state !== "ended" : state === query.state)
    .filter(({ one }) => query.free !== "true" || one.seatsTaken < one.seats)
    .sort((a, b) =>
      RANKS.indexOf(a.state) - RANKS.indexOf(b.state) ||
      (a.one.startsAt ?? 0) - (b.one.startsAt ?? 0) || (a.id < b.id ? -1 : 1)
    )
    .map(({ id }) => id);
}

/** All pages of a list. */
function readPages({ directory, now }: Pair, query: BroadcastQuery, limit: number): string[] {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const asked = { ...query, limit: String(limit), ...(after !== undefined && { after }) };
    const { broadcasts, next } = directory.list(asked, undefined, now);
    assert(broadcasts.length <= limit);
    ids.push(...broadcasts.map(({ id }) => id));
    after = next;
  } while (after !== undefined);
  return ids;
}

Deno.test("whatever people do, also through a restart, the directory is as the model says", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pair = new Pair();
      for (const step of steps) {
        pair.do(step);
        pair.store();
        for (const [id, known] of pair.model) {
          const found = pair.directory.find(id, pair.now);
          assert(found.ok);
          assert.equal(found.value.state, pair.stateOf(known));
          assert.equal(found.value.seatsFree, Math.max(0, known.seats - known.seatsTaken));
          assert.equal(found.value.host.name, known.owner.name);
        }
        assert.equal(pair.disk.size, pair.model.size);
      }
      for (const query of QUERIES) {
        for (const limit of [1, 2, 100]) {
          assert.deepEqual(readPages(pair, query, limit), expectedList(pair, query));
        }
      }
    }),
    runs(300),
  );
});
