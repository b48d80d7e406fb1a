/**
 * What a parser gives for bytes from outside: the value, or the name under which the datagram is
 * counted before it is dropped. Parsers never throw past their caller.
 */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly junk: JunkName };

/** Names under which datagrams that can't be used are counted. */
export type JunkName =
  /** The system gave an error in place of a datagram. */
  | "receiveError"
  | "empty"
  | "oversized"
  | "unknownFirstByte"
  | "malformedRtp"
  | "malformedRtcp"
  | "malformedAdmission"
  | "unsupportedVersion"
  | "malformedEvent"
  | "misplacedEvent"
  | "malformedPayload"
  | "malformedParity"
  | "malformedPageMessage"
  | "unknownSender"
  | "unprovenAddress"
  | "unknownSsrc"
  | "wrongPayloadType"
  | "wrongDirection"
  | "implausibleSequence"
  | "implausibleIndex"
  | "badCookie"
  | "expiredCookie"
  | "unauthentic"
  | "replayed"
  | "unknownEpoch"
  | "unsigned"
  | "overflow";

export function parsed<Value>(value: Value): Parsed<Value> {
  return { ok: true, value };
}

export function junk(name: JunkName): { readonly ok: false; readonly junk: JunkName } {
  return { ok: false, junk: name };
}
