import type { Machine } from "../../../shared/driver/machine.ts";
import {
  type OpenedIdentity,
  openIdentity,
} from "../../../shared/system/identity/identity_file.ts";
import type { ServeOptions } from "../../interface/config.ts";

/**
 * The key that a directory knows the host by; made on first use.
 *
 * @throws CommandError when its file can't be used.
 */
export async function openOwnIdentity(
  { identity: path }: Pick<ServeOptions, "identity">,
  machine: Pick<Machine, "rng" | "ciphers">,
): Promise<OpenedIdentity> {
  return await openIdentity({ ...(path !== undefined && { path }), machine });
}
