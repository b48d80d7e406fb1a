import type { Rng } from "../shared/core/rng.ts";
import type { Address } from "../shared/core/socket.ts";
import type { Millis } from "../shared/core/units.ts";
import {
  type AdmissionMessage,
  clientRandomOf,
  parseAdmission,
  RejectCode,
  serializeAdmission,
} from "../shared/wire/admission.ts";
import { junk, type JunkName, type Parsed } from "../shared/wire/parsed.ts";
import type { Access } from "./config.ts";
import { COOKIE_LIFETIME_MILLIS, Cookies } from "./cookies.ts";
import { toHex } from "./hex.ts";
import { RateLimit } from "./rate_limit.ts";
import type { Session, SessionTable } from "./sessions.ts";
import { TokenChecker } from "./tokens.ts";

/** Handshake datagrams answered a second; a crowd of ten thousand is in within seconds. */
const HANDSHAKES_PER_SECOND = 4000;
const OVERLOAD_RETRY_MILLIS = 2000;
/** Clients remembered after they left, so that a late copy of their JOIN does not let them in again. */
const MAX_DEPARTED = 4096;
const HELLO_TYPE = 64;

/** A listener that may be let in. */
export interface Applicant {
  /** The client random, in hexadecimal. */
  readonly clientId: string;
  readonly clientRandom: Uint8Array;
  readonly name?: string;
  /** Of the cookie it showed. */
  readonly cookieIssuedAt: Millis;
  /** What it was until now: it comes back from another address, or another client from its own. */
  readonly replaces: readonly Session[];
}

/** What to do with an admission datagram. */
export type Verdict =
  /** To an address that proved nothing: never longer than what came. */
  | { readonly kind: "answer"; readonly datagram: Uint8Array }
  | { readonly kind: "drop"; readonly junk: JunkName }
  | { readonly kind: "admit"; readonly applicant: Applicant }
  /** A repeated JOIN: the ACCEPT was lost, or the JOIN came twice. */
  | { readonly kind: "again"; readonly session: Session }
  | {
    readonly kind: "reject";
    readonly datagram: Uint8Array;
    readonly clientId: string;
    readonly code: RejectCode;
    readonly reason: string;
  };

export interface AdmissionOptions {
  readonly access: Access;
  readonly capacity: number;
  readonly sessions: SessionTable;
  readonly rng: Rng;
  readonly now: Millis;
}

type Join = Extract<AdmissionMessage, { type: "join" }>;

/**
 * Who gets in: HELLO -> RETRY (cookie) -> JOIN -> ACCEPT or REJECT. Nothing is kept of an address
 * before its JOIN has shown the cookie, and nothing longer than what it sent goes to it.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #cookies: Cookies;
  readonly #tokens: TokenChecker | undefined;
  readonly #limit: RateLimit;
  readonly #departed = new Map<string, Millis>();
  #isClosed = false;

  constructor(options: AdmissionOptions) {
    const { access, rng, now } = options;
    this.#options = options;
    this.#cookies = new Cookies(rng, now);
    this.#tokens = access.kind === "tokens" ? new TokenChecker(access.tokens) : undefined;
    this.#limit = new RateLimit(HANDSHAKES_PER_SECOND, HANDSHAKES_PER_SECOND / 2, now);
  }

  judge(datagram: Uint8Array, from: Address, now: Millis): Verdict {
    const message = parseAdmission(datagram);
    if (!message.ok) return judgeUnreadable(datagram, message);
    // Only what would cost an HMAC counts, so that plain junk keeps nobody out.
    if (!this.#limit.take(now)) return drop("overflow");
    switch (message.value.type) {
      case "hello":
        return this.#judgeHello(message.value.clientRandom, from, now);
      case "join":
        return this.#judgeJoin(message.value, from, now);
      default:
        return drop("wrongDirection");
    }
  }

  /** Remembers when a client left: a JOIN whose cookie is older than that is a stray copy. */
  noteDeparture(clientId: string, now: Millis): void {
    this.#departed.delete(clientId);
    this.#departed.set(clientId, now);
    for (const [oldest, leftAt] of this.#departed) {
      const isNeeded = now - leftAt <= COOKIE_LIFETIME_MILLIS;
      if (isNeeded && this.#departed.size <= MAX_DEPARTED) break;
      this.#departed.delete(oldest);
    }
  }

  /** From now on everybody is told that the broadcast is over. */
  close(): void {
    this.#isClosed = true;
  }

  #judgeHello(clientRandom: Uint8Array, from: Address, now: Millis): Verdict {
    const cookie = this.#cookies.issue(from, clientRandom, now);
    return {
      kind: "answer",
      datagram: serializeAdmission({ type: "retry", clientRandom, cookie }),
    };
  }

  #judgeJoin(join: Join, from: Address, now: Millis): Verdict {
    const issuedAt = this.#cookies.verify(join.cookie, from, join.clientRandom, now);
    if (!issuedAt.ok) return drop(issuedAt.junk);
    const clientId = toHex(join.clientRandom);
    const { sessions } = this.#options;
    const own = sessions.ofClient(clientId);
    const atAddress = sessions.at(from);
    if (own !== undefined && own === atAddress) return { kind: "again", session: own };
    // A stray copy of an older JOIN must not undo what the client did since.
    const lastDeed = own?.cookieIssuedAt ?? this.#departed.get(clientId) ?? -Infinity;
    if (lastDeed > issuedAt.value) return drop("expiredCookie");
    const replaces = [own, atAddress].filter((session) => session !== undefined);
    return this.#refuse(join, clientId, replaces.length) ?? {
      kind: "admit",
      applicant: {
        clientId,
        clientRandom: join.clientRandom,
        name: printable(join.info.name),
        cookieIssuedAt: issuedAt.value,
        replaces,
      },
    };
  }

  #refuse({ clientRandom, info }: Join, clientId: string, seatsFreed: number): Verdict | undefined {
    const { sessions, capacity } = this.#options;
    const refuse = (code: RejectCode, reason: string, retryAfterMillis = 0): Verdict => {
      const message = { type: "reject", clientRandom, code, reason, retryAfterMillis } as const;
      return { kind: "reject", datagram: serializeAdmission(message), clientId, code, reason };
    };
    if (this.#isClosed) return refuse(RejectCode.noSuchBroadcast, "the broadcast is over");
    if (this.#tokens && info.token === undefined) {
      return refuse(RejectCode.unauthorized, "a token is needed");
    }
    if (this.#tokens && !this.#tokens.isGood(info.token!)) {
      return refuse(RejectCode.unauthorized, "the token is not one of this broadcast");
    }
    if (sessions.all.length - seatsFreed >= capacity) {
      const reason = `all ${capacity} places are taken`;
      return refuse(RejectCode.overload, reason, OVERLOAD_RETRY_MILLIS);
    }
  }
}

/**
 * A HELLO of another version is answered, so that its program can say what is wrong; its header is
 * the same in every version. Anything else is not: two hosts must never answer each other.
 */
function judgeUnreadable(
  datagram: Uint8Array,
  problem: Extract<Parsed<never>, { ok: false }>,
): Verdict {
  const clientRandom = clientRandomOf(datagram);
  if (problem.junk !== "unsupportedVersion" || datagram[0] !== HELLO_TYPE || !clientRandom) {
    return drop(problem.junk);
  }
  const answer = serializeAdmission({
    type: "reject",
    clientRandom,
    code: RejectCode.version,
    retryAfterMillis: 0,
    reason: "another version of the protocol is spoken here",
  });
  return answer.length <= datagram.length
    ? { kind: "answer", datagram: answer }
    : drop(problem.junk);
}

/** A listener chooses its name; it must not move the cursor of the host's terminal or break its log. */
function printable(name: string | undefined): string | undefined {
  return name?.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim() || undefined;
}

function drop(name: JunkName): Verdict {
  return { kind: "drop", junk: junk(name).junk };
}
