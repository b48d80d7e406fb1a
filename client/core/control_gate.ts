import type { Millis } from "../../shared/core/units.ts";
import { type Parsed, parsed } from "../../shared/core/parsed.ts";
import { parseRtcp, type RtcpMessage } from "../../shared/rtcp/rtcp.ts";
import type { ListenerSecrecy } from "../joining/secrecy.ts";

/** What a host says to one listener, never to all. */
const FOR_ONE_ALONE = new Set<RtcpMessage["type"]>([
  ...["epochKey", "putOut", "pathChallenge", "referenceTimeEcho", "reportPace"] as const,
]);

export interface AdmittedControl {
  readonly messages: readonly RtcpMessage[];
  /** Left out, since any listener could have sealed them with the group's key. */
  readonly unauthentic: number;
}

/**
 * Lets in what the host says of its streams and to us, opened.
 *
 * @param secrecy absent when the host does not encrypt.
 */
export function admitControl(
  datagram: Uint8Array,
  secrecy: ListenerSecrecy | undefined,
  now: Millis,
): Parsed<AdmittedControl> {
  const opened = secrecy?.openControl(datagram, now) ??
    parsed({ packet: datagram, isPrivate: true });
  if (!opened.ok) return opened;
  const messages = parseRtcp(opened.value.packet);
  if (!messages.ok) return messages;
  const { isPrivate } = opened.value;
  const believed = messages.value.filter(({ type }) => isPrivate || !FOR_ONE_ALONE.has(type));
  return parsed({ messages: believed, unauthentic: messages.value.length - believed.length });
}
