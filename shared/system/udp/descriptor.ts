import type { Address } from "../../driver/socket.ts";
import { encodeSocketAddress, familyOf } from "./socket_address.ts";
import { isDatagramSocket } from "./socket_options.ts";
import type { SystemCalls } from "./system_calls.ts";

const HIGHEST_DESCRIPTOR = 1024;
/** More than any address takes. */
const NAME_BYTES = 128;

/**
 * The descriptor of the UDP socket of this process that is bound to `local`, which Deno does not tell.
 *
 * @param local as the system gave it. @returns undefined when it is not found.
 */
export function findDescriptor(calls: SystemCalls, local: Address): number | undefined {
  const wanted = encodeSocketAddress(local, familyOf(local.hostname));
  if (!wanted) return undefined;
  for (let descriptor = 3; descriptor < HIGHEST_DESCRIPTOR; descriptor++) {
    if (!isBoundTo(calls, descriptor, wanted)) continue;
    if (isDatagramSocket(calls, descriptor)) return descriptor;
  }
}

const name = new Uint8Array(NAME_BYTES);
const nameLength = new Uint8Array(4);

function isBoundTo({ symbols }: SystemCalls, descriptor: number, wanted: Uint8Array): boolean {
  new Uint32Array(nameLength.buffer)[0] = NAME_BYTES;
  if (symbols.getsockname(descriptor, name, nameLength) !== 0) return false;
  if (new Uint32Array(nameLength.buffer)[0] !== wanted.length) return false;
  // The first two bytes name the family, which the length tells too, in ways that differ between systems.
  return wanted.every((byte, at) => at < 2 || name[at] === byte);
}
