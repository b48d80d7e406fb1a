import type { Millis } from "../../../shared/core/units.ts";
import type { JoinSecrets } from "../../../shared/secrecy/join_sealing.ts";
import type { Join, RejectCode } from "../../../shared/admission/admission.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import type { Pass } from "../../tokens/pass.ts";
import type { Session } from "../sessions/sessions.ts";

/** A listener that may be let in. */
export interface Applicant {
  /** The client random, in hexadecimal. */
  readonly clientId: string;
  readonly clientRandom: Uint8Array;
  readonly name?: string;
  /** What it shows to be known again by; never to be said to anybody. */
  readonly resume?: string;
  /** Of the cookie it showed. */
  readonly cookieIssuedAt: Millis;
  /** With what it comes in; none where tokens say nothing of their bearers. */
  readonly pass?: Pass;
  /** What it shares with us alone; absent when the broadcast is not encrypted. */
  readonly secrets?: JoinSecrets;
  /** How long it holds sound back, if it said so. */
  readonly latencyMillis?: Millis;
  /** What it was until now: it comes back from another address, or another client from its own. */
  readonly replaces: readonly Session[];
}

/** What to do with an admission datagram. */
export type Verdict =
  /** To an address that proved nothing never longer than what came; to one that did, what it got before. */
  | { readonly kind: "answer"; readonly datagram: Uint8Array }
  | { readonly kind: "drop"; readonly junk: JunkName }
  /** There is nothing to do: it is a copy of a JOIN that is being looked into. */
  | { readonly kind: "wait" }
  /** To be looked into, then to be put to {@linkcode Admission.decide} under its id. */
  | { readonly kind: "examine"; readonly id: number; readonly join: Join }
  | {
    readonly kind: "admit";
    readonly applicant: Applicant;
    /** Its place is taken by one that has not reported, and has to give way. */
    readonly insteadOf?: Session;
  }
  /** A repeated JOIN: the ACCEPT was lost, or the JOIN came twice. */
  | { readonly kind: "again"; readonly session: Session }
  /** A new JOIN of one that is in, from where it is: it heard nothing for a while. */
  | { readonly kind: "renew"; readonly session: Session; readonly applicant: Applicant }
  | {
    readonly kind: "reject";
    readonly datagram: Uint8Array;
    readonly clientId: string;
    readonly code: RejectCode;
    readonly reason: string;
  };
