import { guestName, type Identity, newIdentityText } from "../../../shared/directory/identity.ts";
import type { Machine } from "../../../shared/driver/machine.ts";
import { findIdentity, openIdentity } from "../../../shared/system/identity/identity_file.ts";
import type { ConnectOptions, DirectoryBroadcast } from "../../interface/config.ts";
import { HostFinder, type HostSearch } from "../host_finder.ts";
import { DirectoryDoor } from "./directory_door.ts";

/** The identity of `--identity`, or this user's, if there is one. @throws CommandError when its file can't be used. */
export async function findOwnIdentity(
  path: string | undefined,
  machine: Pick<Machine, "rng" | "ciphers">,
): Promise<Identity | undefined> {
  return await findIdentity({ ...(path !== undefined && { path }), machine });
}

/**
 * Asks the directory for the host of a broadcast and for a token, in this person's name.
 *
 * @param say told once when an identity was made.
 * @throws CommandError when the directory is not there or refuses, or there is no host now.
 */
export async function findInDirectory(
  { broadcast, joinAs: role = "listener", name: given, identity: path }: ConnectOptions & {
    readonly broadcast: DirectoryBroadcast;
  },
  machine: Machine,
  say: (text: string) => void,
) {
  const opened = await openIdentity({ ...(path !== undefined && { path }), machine });
  const { identity } = opened;
  const name = given ?? guestName(identity.publicKey);
  const door = new DirectoryDoor({ broadcast, role, identity, name });
  const finder = new HostFinder(await door.first(), machine.clock.now());
  // Only now, since an error is one line.
  if (opened.isNew) say(newIdentityText(opened));
  const search: HostSearch = { finder, ask: () => door.again() };
  const { server } = finder;
  const renew = () => ({ token: finder.grant.token, hostKey: finder.grant.hostKey });
  return { server, ...renew(), renew, identity, search };
}
