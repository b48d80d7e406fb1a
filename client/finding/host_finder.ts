/*
 * Finding the host of a broadcast that a directory knows, and finding it again when it has moved.
 *
 * In: where the host is, as the directory says (a grant, with a token), the state of the connection, the time.
 * Out: the address, token and key to join with next, and when to ask the directory again.
 *
 * `HostFinder` (this file) decides, without I/O: of several addresses it tries one after the other, and while the
 * host is lost it asks the directory for a new grant. `io/directory_door.ts` searches and asks over HTTP.
 * client/session/host_seeking.ts carries out what is decided here. Read next: io/directory_door.ts.
 */

import type { Millis } from "../../shared/core/units.ts";
import { type Address, addressKey } from "../../shared/driver/socket.ts";
import type { ConnectionState } from "../interface/output.ts";

/** Where a host is and how to join it. */
export interface HostGrant {
  /** Numeric, the best first; at least one. */
  readonly servers: readonly Address[];
  readonly token: string;
  readonly hostKey: Uint8Array;
}

/** How a host that a directory knows is found again. */
export interface HostSearch {
  readonly finder: HostFinder;
  /** Asks the directory; undefined when it gives no way now. Never rejects. */
  ask(): Promise<HostGrant | undefined>;
}

/** What a session does next. */
export type FindingStep =
  /** The directory is asked for a grant, which goes to `onGrant`. */
  | { readonly kind: "ask" }
  | { readonly kind: "join"; readonly server: Address; readonly grant: HostGrant };

/** At 30 % loss each way seven requests leave in the first second, so few good addresses are passed over. */
const TRY_ADDRESS_FOR: Millis = 1500;
/** The directory learns of a new place at the host's first heartbeat. */
const FIRST_WAIT: Millis = 2000;
const WAIT_GROWTH = 1.5;
const LONGEST_WAIT: Millis = 15_000;
/** A host that does not know the token is asked again only with a newer one. */
const SHORTEST_WAIT: Millis = 1000;

export class HostFinder {
  #grant: HostGrant;
  /** Which of the grant's addresses is tried. */
  #tried = 0;
  #isSeeking = true;
  /** When the next address is tried. */
  #nextAddressAt: Millis;
  #askAt: Millis = Infinity;
  #askedAt: Millis = -Infinity;
  #wait = FIRST_WAIT;
  #isAsking = false;
  /** There is news that the session has not been given. */
  #hasNews = false;

  constructor(grant: HostGrant, now: Millis) {
    this.#grant = grant;
    this.#nextAddressAt = now + TRY_ADDRESS_FOR;
  }

  get server(): Address {
    return this.#grant.servers[this.#tried]!;
  }

  get grant(): HostGrant {
    return this.#grant;
  }

  get deadline(): Millis {
    if (this.#hasNews) return -Infinity;
    if (!this.#isSeeking) return Infinity;
    return Math.min(this.#nextAddress, this.#isAsking ? Infinity : this.#askAt);
  }

  onState(state: ConnectionState, now: Millis): void {
    this.#isSeeking = state === "joining" || state === "rejoining";
    if (state === "rejoining") {
      this.#askAt = Math.max(now, this.#askedAt + SHORTEST_WAIT);
      this.#nextAddressAt = now + TRY_ADDRESS_FOR;
    }
    if (state === "connected") this.#wait = FIRST_WAIT;
  }

  /** @param grant undefined when the directory gave none. */
  onGrant(grant: HostGrant | undefined, now: Millis): void {
    this.#isAsking = false;
    this.#askAt = now + this.#wait;
    this.#wait = Math.min(this.#wait * WAIT_GROWTH, LONGEST_WAIT);
    if (!grant || !this.#isSeeking) return;
    const isSamePlace = placeOf(grant) === placeOf(this.#grant);
    if (!isSamePlace) this.#tried = 0;
    this.#grant = grant;
    this.#nextAddressAt = isSamePlace ? this.#nextAddressAt : now + TRY_ADDRESS_FOR;
    this.#hasNews = true;
  }

  /** @returns what is to be done now. Call until undefined. */
  poll(now: Millis): FindingStep | undefined {
    if (now < this.deadline) return undefined;
    if (now >= this.#nextAddress) {
      this.#tried = (this.#tried + 1) % this.#grant.servers.length;
      this.#nextAddressAt = now + TRY_ADDRESS_FOR;
      this.#hasNews = true;
    }
    if (this.#hasNews) {
      this.#hasNews = false;
      return { kind: "join", server: this.server, grant: this.#grant };
    }
    this.#isAsking = true;
    this.#askedAt = now;
    return { kind: "ask" };
  }

  get #nextAddress(): Millis {
    return this.#isSeeking && this.#grant.servers.length > 1 ? this.#nextAddressAt : Infinity;
  }
}

function placeOf({ servers, hostKey }: HostGrant): string {
  return `${servers.map(addressKey).join(" ")} ${hostKey.toHex()}`;
}
