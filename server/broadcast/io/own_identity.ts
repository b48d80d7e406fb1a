import type { Identity } from "../../../shared/directory/identity.ts";
import type { Machine } from "../../../shared/driver/machine.ts";
import { openIdentity } from "../../../shared/system/identity/identity_file.ts";
import type { ServeOptions } from "../../interface/config.ts";

/**
 * The key that a directory knows the host by; made on first use, which is said once.
 *
 * @throws CommandError when its file can't be used.
 */
export async function openOwnIdentity(
  { identity: path }: Pick<ServeOptions, "identity">,
  machine: Pick<Machine, "rng" | "ciphers">,
  say: (text: string) => void,
): Promise<Identity> {
  const opened = await openIdentity({ ...(path !== undefined && { path }), machine });
  if (opened.isNew) {
    say(`Made your identity: ${opened.path} (public key ${opened.identity.publicKey})`);
  }
  return opened.identity;
}
