import { concat, viewOf } from "../core/bytes.ts";
import { ADMISSION_VERSION, clientRandomOf } from "./admission.ts";
import { RejectCode } from "./admission_info.ts";

const HELLO_TYPE = 64;
const REJECT_TYPE = 68;
/** Code, retry after. */
const REJECT_HEAD_BYTES = 6;
const REASON = new TextEncoder().encode("another version of the protocol is spoken here");

/**
 * The REJECT for a HELLO of another version. It is laid out as in version 1, in which header and REJECT
 * were laid down for all versions: type, version, client random, code, retry after, reason.
 *
 * The version in it is the host's own. A listener of version 1 that seals its JOINs takes no unsealed
 * REJECT of its own version, because anybody could forge one; it does take one of another version.
 *
 * @returns undefined for a datagram that is no HELLO of another version, and for one that is shorter
 * than the answer (amplification).
 */
export function rejectOtherVersion(
  datagram: Uint8Array,
  version = ADMISSION_VERSION,
): Uint8Array | undefined {
  const clientRandom = clientRandomOf(datagram);
  if (datagram[0] !== HELLO_TYPE || datagram[1] === version || !clientRandom) return undefined;
  const head = new Uint8Array(REJECT_HEAD_BYTES);
  viewOf(head).setUint16(0, RejectCode.version);
  const answer = concat(Uint8Array.of(REJECT_TYPE, version), clientRandom, head, REASON);
  return answer.length <= datagram.length ? answer : undefined;
}
