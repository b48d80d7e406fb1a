import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { EdgeKeys } from "./sessions/host_secrecy.ts";

export interface EdgeDeps {
  readonly rng: Rng;
  readonly now: Millis;
  /** The keys of an encrypted broadcast; without them the broadcast is sent in clear. */
  readonly secrecy?: EdgeKeys;
  /** What this edge shares with other edges of the broadcast; absent when it is the only one. */
  readonly others?: OtherEdges;
}

/** What one edge must know of the others, so that limits hold for all together. */
export interface OtherEdges {
  /** The same key at all edges, so that each accepts the cookies of the others: 32 random bytes. */
  readonly cookieKey: Uint8Array;
  /** How many listeners the others have; the interval of reports follows from all. */
  listeners(): number;
  /** How many seats of a token are taken at the others. @param passId the token's id. */
  seatsTaken(passId: string): number;
}
