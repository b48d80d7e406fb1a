import type { Millis } from "../../../shared/core/units.ts";
import { isLocalHost } from "../../../shared/directory/directory_link.ts";
import { type Answer, answer, refuse } from "./answer.ts";
import { type Rate, RateLimiter } from "./rate_limits.ts";

/** What is counted of each address, and of each person. */
type Counted =
  | "requests"
  | "challenges"
  | "sessions"
  | "creations"
  | "personRequests"
  | "personCreations"
  | "personJoins";

/** The bounds of a directory. */
export interface Limits {
  /** For each public address: an IPv4 address, or an IPv6 network of 64 bits. */
  readonly publicRates: Readonly<Record<Counted, Rate>>;
  /** For each loopback or private address, behind which many may be; the other limits are the same. */
  readonly localRates: Readonly<Record<Counted, Rate>>;
  /** Open challenges. */
  readonly challenges: number;
  /** Broadcasts, those that are over included. */
  readonly broadcasts: number;
  /** Broadcasts of one person that are not over. */
  readonly broadcastsOfPerson: number;
  /** Addresses and people whose requests are counted. */
  readonly counted: number;
}

const PERSON_RATES = {
  personRequests: { burst: 300, perSecond: 30 },
  personCreations: { burst: 150, perSecond: 1 },
  personJoins: { burst: 60, perSecond: 2 },
};

export const LIMITS: Limits = {
  publicRates: {
    requests: { burst: 300, perSecond: 30 },
    challenges: { burst: 60, perSecond: 1 },
    sessions: { burst: 60, perSecond: 1 },
    creations: { burst: 30, perSecond: 0.2 },
    ...PERSON_RATES,
  },
  localRates: {
    requests: { burst: 5000, perSecond: 2000 },
    challenges: { burst: 1000, perSecond: 50 },
    sessions: { burst: 1000, perSecond: 50 },
    creations: { burst: 500, perSecond: 5 },
    ...PERSON_RATES,
  },
  challenges: 20_000,
  broadcasts: 100_000,
  broadcastsOfPerson: 120,
  counted: 100_000,
};

const WORDS: Readonly<Record<Counted, string>> = {
  requests: "requests from this address",
  challenges: "challenges for this address",
  sessions: "sessions for this address",
  creations: "broadcasts created from this address",
  personRequests: "requests of this person",
  personCreations: "broadcasts created by this person",
  personJoins: "joins of this person",
};

/** Counts what addresses and people ask for. */
export class DirectoryLimits {
  readonly #limits: Limits;
  readonly #limiters = new Map<Counted, RateLimiter>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** @param who an address, or a person's id. */
  take(what: Counted, who: string, now: Millis): Answer<void> {
    const { publicRates, localRates, counted } = this.#limits;
    const address = withoutMapping(who);
    const isLocal = isLocalHost(address.includes(":") ? `[${address}]` : address);
    const limiter = this.#limiters.get(what) ?? new RateLimiter(counted);
    this.#limiters.set(what, limiter);
    const wait = limiter.take(networkOf(address), (isLocal ? localRates : publicRates)[what], now);
    if (wait === 0) return answer();
    const seconds = Math.ceil(wait / 1000);
    const detail = `Too many ${WORDS[what]}: try again in ${seconds} s`;
    return refuse("too-many", "too-many", detail, wait);
  }
}

/** An IPv4 address that came in the form of IPv6 (RFC 4291 section 2.5.5.2); everything else as it is. */
function withoutMapping(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** The part of an IPv6 address that one subscriber has; everything else as it is. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [front = "", back] = address.toLowerCase().split("%")[0]!.split("::");
  const groups = front.split(":").filter((group) => group !== "");
  const rest = back === undefined ? [] : back.split(":").filter((group) => group !== "");
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => "0");
  const all = [...groups, ...zeros, ...rest].map((group) => group.replace(/^0+(?=.)/, ""));
  return `${all.slice(0, 4).join(":")}::/64`;
}
