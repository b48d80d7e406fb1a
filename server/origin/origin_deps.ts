import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import type { ReportsSetup } from "./reported_events.ts";
import type { ScoreKeeper } from "./timeline/new_event.ts";
import type { Journal } from "./timeline/timeline.ts";

/** What an encrypted broadcast is signed with. */
export interface SigningKeys {
  readonly ciphers: Ciphers;
  /** The seed of the Ed25519 key: 32 bytes. Nobody but the origin has it. */
  readonly signingSeed: Uint8Array;
}

export interface OriginDeps {
  readonly rng: Rng;
  readonly now: Millis;
  /** Hashes the pictures of live data, encrypted or not. */
  readonly ciphers: Pick<Ciphers, "sha256">;
  /** Absent when the broadcast is not encrypted. */
  readonly signing?: SigningKeys;
  /** Stores each event before it is sent. */
  readonly journal?: Journal;
  /** Absent when each event has the right score already. */
  readonly scores?: ScoreKeeper;
  /** Absent when nobody may report events of the match. */
  readonly reports?: ReportsSetup;
}
