import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";

/**
 * The numeric address of a host, IPv4 where it has both.
 *
 * @throws CommandError when there is no host of that name.
 */
export async function resolveHost(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    const addresses = await lookup(host, { all: true });
    return (addresses.find(({ family }) => family === 4) ?? addresses[0]!).address;
  } catch {
    throw new CommandError(
      ExitCode.failure,
      `There is no host called ${host}: check --host or the link, and the network`,
    );
  }
}
