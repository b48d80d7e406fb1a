import type { Millis } from "../../../shared/core/units.ts";
import type { JoinSecrets } from "../../../shared/secrecy/join_sealing.ts";
import type { Join, RejectCode } from "../../../shared/admission/admission.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import type { Pass } from "../../tokens/pass.ts";
import type { Session } from "../sessions/sessions.ts";

/** A listener that may be admitted. */
export interface Applicant {
  /** The client random, in hexadecimal. */
  readonly clientId: string;
  readonly clientRandom: Uint8Array;
  readonly name?: string;
  /** The secret by which it is recognized when it joins again; never to be shown to anybody. */
  readonly resume?: string;
  /** Its token, where nothing is encrypted. */
  readonly plainToken?: string;
  /** When the cookie of its JOIN was issued, by the origin's clock; and how long ago that is. */
  readonly cookieIssuedAt: Millis;
  readonly cookieAge: Millis;
  /** The pass of its token; absent where no signed token is used. */
  readonly pass?: Pass;
  /** The secrets that it shares with this host alone; absent when the broadcast is not encrypted. */
  readonly secrets?: JoinSecrets;
  /** Its playout latency, if it gave one. */
  readonly latencyMillis?: Millis;
  /** Whether that counts from sending, and not from arrival. */
  readonly isLatencyFixed?: boolean;
  /** The sessions that end as it is admitted: its own at another address, or another client's at its address. */
  readonly replaces: readonly Session[];
}

/** What to do with an admission datagram. */
export type Verdict =
  /** For an unproven address no longer than what came; for a proven one the same answer as before. */
  | { readonly kind: "answer"; readonly datagram: Uint8Array }
  | { readonly kind: "drop"; readonly junk: JunkName }
  /** A copy of a JOIN whose examination is pending: nothing to do. */
  | { readonly kind: "wait" }
  /** To be examined; the outcome goes to {@linkcode Admission.decide} under this id. */
  | { readonly kind: "examine"; readonly id: number; readonly join: Join }
  | {
    readonly kind: "admit";
    readonly applicant: Applicant;
    /** A session that has not reported, and whose place is needed. */
    readonly insteadOf?: Session;
  }
  /** A copy of the JOIN that made the session: the ACCEPT was lost, or the JOIN was duplicated. */
  | { readonly kind: "again"; readonly session: Session }
  /** A new JOIN of a client from the address of its session: nothing reached the client for a while. */
  | { readonly kind: "renew"; readonly session: Session; readonly applicant: Applicant }
  | {
    readonly kind: "reject";
    readonly datagram: Uint8Array;
    readonly clientId: string;
    readonly code: RejectCode;
    readonly reason: string;
  };
