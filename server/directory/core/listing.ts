import type { Millis } from "../../../shared/core/units.ts";
import {
  type BroadcastList,
  type BroadcastQuery,
  type BroadcastState,
  DEFAULT_LIMIT,
  MAX_LIMIT,
} from "../../../shared/directory/forms.ts";
import { foldText } from "../../../shared/directory/keys_and_names.ts";
import { type FoldedNames, show, stateOf, type StoredBroadcast } from "./broadcasts.ts";

/** Live ones come first. */
const RANKS: Readonly<Record<BroadcastState, number>> = { live: 0, soon: 1, gone: 2, ended: 3 };

/** Where a broadcast stands in the list: by rank, then by a whole number, then by its id. */
interface Place {
  readonly rank: number;
  readonly order: number;
  readonly id: string;
}
interface Placed extends Place {
  readonly broadcast: StoredBroadcast;
}

/** The broadcasts that are known. */
export interface Known {
  readonly all: Iterable<StoredBroadcast>;
  get(id: string): StoredBroadcast | undefined;
  foldedOf(id: string): FoldedNames;
}

/**
 * A page of the public broadcasts that a query asks for. Those that have ended are in it only if it asks for
 * them; in a search the best comes first, else live ones, then those that begin next.
 *
 * @param found the ids that the search for `query.q` found, best first; undefined without one.
 */
export function listBroadcasts(
  known: Known,
  query: BroadcastQuery,
  found: readonly string[] | undefined,
  now: Millis,
): BroadcastList {
  const limit = Math.min(Number(query.limit ?? DEFAULT_LIMIT), MAX_LIMIT);
  const after = query.after === undefined ? undefined : readPlace(query.after);
  const isWanted = filterOf(known, query, now);
  // One more than asked for tells whether there is a next page.
  const page = firstOf(places(known, found, now), { after, count: limit + 1, isWanted });
  const shown = page.slice(0, limit);
  return {
    broadcasts: shown.map(({ broadcast }) => show(broadcast, now)),
    ...(page.length > limit && { next: formatPlace(shown.at(-1)!) }),
  };
}

interface Selection {
  readonly after: Place | undefined;
  readonly count: number;
  readonly isWanted: (broadcast: StoredBroadcast) => boolean;
}

/** Those that come first, in order. Comparing places costs less than looking at the words, so it is done first. */
function firstOf(all: Iterable<Placed>, { after, count, isWanted }: Selection): Placed[] {
  const page: Placed[] = [];
  for (const placed of all) {
    if (after && compare(placed, after) <= 0) continue;
    if (page.length === count && compare(placed, page.at(-1)!) >= 0) continue;
    if (!isWanted(placed.broadcast)) continue;
    page.splice(placeIn(page, placed), 0, placed);
    if (page.length > count) page.pop();
  }
  return page;
}

function* places(
  known: Known,
  found: readonly string[] | undefined,
  now: Millis,
): Generator<Placed> {
  if (!found) {
    for (const broadcast of known.all) yield placeOf(broadcast, now);
    return;
  }
  for (const [order, id] of found.entries()) {
    const broadcast = known.get(id);
    if (broadcast) yield { rank: 0, order, id, broadcast };
  }
}

/** The end of a list should not change while somebody reads it, so a heartbeat moves nothing. */
function placeOf(broadcast: StoredBroadcast, now: Millis): Placed {
  const rank = RANKS[stateOf(broadcast, now)];
  return { rank, order: Math.floor(broadcast.startsAt ?? 0), id: broadcast.id, broadcast };
}

function filterOf(
  known: Known,
  query: BroadcastQuery,
  now: Millis,
): (broadcast: StoredBroadcast) => boolean {
  const sport = query.sport === undefined ? undefined : foldText(query.sport);
  const team = query.team === undefined ? undefined : foldText(query.team);
  return (broadcast) => {
    if (broadcast.isUnlisted) return false;
    const state = stateOf(broadcast, now);
    if (query.state === undefined ? state === "ended" : state !== query.state) return false;
    if (query.free === "true" && broadcast.seatsTaken >= broadcast.seats) return false;
    if (sport === undefined && team === undefined) return true;
    const folded = known.foldedOf(broadcast.id);
    if (sport !== undefined && folded.sport !== sport) return false;
    return team === undefined || folded.teams.includes(team);
  };
}

function compare(one: Place, other: Place): number {
  if (one.rank !== other.rank) return one.rank - other.rank;
  if (one.order !== other.order) return one.order - other.order;
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}

/** Where an item belongs in a sorted page; found by halving. */
function placeIn(page: readonly Placed[], placed: Placed): number {
  let [low, high] = [0, page.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(page[middle]!, placed) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function formatPlace({ rank, order, id }: Place): string {
  return `${rank}.${order}.${id}`;
}

/** @param text as the query's schema allows it. */
function readPlace(text: string): Place {
  const [rank, order, id = ""] = text.split(".");
  return { rank: Number(rank), order: Number(order), id };
}
