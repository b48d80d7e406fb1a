/**
 * The result of parsing bytes from outside: the value, or the name under which the caller counts the
 * datagram and drops it. Parsers never throw past their caller (rule R4).
 */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly junk: JunkName };

/** The names under which unusable datagrams are counted. */
export type JunkName =
  /** The system reported an error instead of a datagram. */
  | "receiveError"
  | "empty"
  | "oversized"
  | "unknownFirstByte"
  | "malformedRtp"
  | "malformedRtcp"
  | "malformedAdmission"
  | "unsupportedVersion"
  | "malformedEvent"
  | "malformedBlock"
  | "misplacedEvent"
  | "malformedPayload"
  | "malformedData"
  | "malformedParity"
  | "malformedPageMessage"
  | "malformedLink"
  | "misplacedItem"
  | "malformedMessage"
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
