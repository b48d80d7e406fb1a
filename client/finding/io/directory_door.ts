/*
 * A directory, as a listener asks it over HTTP.
 *
 * In: words to search for; or a broadcast's id, a role, and who asks. Out: what was found, or a grant: the host's
 * numeric addresses, its key and a token.
 *
 * directory_target.ts makes of the first grant what a session begins with, and opens the identity of who asks.
 * What is asked, and what an answer means, is in shared/directory. Read next: directory_target.ts.
 */

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { parseHostKey, parseJoinLink } from "../../../shared/admission/join_link.ts";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { DirectoryMember, listBroadcasts } from "../../../shared/directory/directory_member.ts";
import { explainFailure } from "../../../shared/directory/failure_words.ts";
import type { Broadcast, JoinGrant, JoinRequest } from "../../../shared/directory/forms.ts";
import type { Identity } from "../../../shared/directory/identity.ts";
import type { Address } from "../../../shared/driver/socket.ts";
import { converse } from "../../../shared/system/http/directory_calls.ts";
import { plainText } from "../../../shared/text/plain_text.ts";
import type { DirectoryBroadcast } from "../../interface/config.ts";
import type { HostGrant } from "../host_finder.ts";

/** Of the addresses that a directory tells, in UTF-16 units. */
const MAX_SHOWN = 300;

/**
 * The public broadcasts that a text finds, best first; without a text those that are on now or soon.
 *
 * @param url of the directory, with a slash at its end
 * @param limit the most that are wanted
 * @throws CommandError when the directory is not there.
 */
export async function searchDirectory(
  url: string,
  { text, limit }: { readonly text: string | undefined; readonly limit: number },
  signal?: AbortSignal,
): Promise<readonly Broadcast[]> {
  const question = { ...(text !== undefined && { q: text }), limit };
  const found = await converse(listBroadcasts(question), { url, ...(signal && { signal }) });
  if (!found.ok) throw explainFailure(found, url);
  return found.value;
}

/** Who asks, and for what. */
export interface Asking {
  readonly broadcast: DirectoryBroadcast;
  readonly role: JoinRequest["role"];
  readonly identity: Identity;
  readonly name: string;
}

/** Asks a directory for the way to one broadcast, in somebody's name. */
export class DirectoryDoor {
  readonly #asking: Asking;
  readonly #member: DirectoryMember;
  #family: 4 | 6 | undefined;

  constructor(asking: Asking) {
    this.#asking = asking;
    this.#member = new DirectoryMember(asking.identity, asking.name);
  }

  /** @throws CommandError when there is no way now. */
  async first(): Promise<HostGrant> {
    const { broadcast: { directory }, identity } = this.#asking;
    const result = await this.#ask();
    if (!result.ok) throw explainFailure(result, directory, identity.publicKey);
    const grant = await this.#resolve(result.value);
    if (grant) return grant;
    const addresses = plainText(result.value.addresses.join(", ")).slice(0, MAX_SHOWN);
    const text = `None of the host's addresses can be used (${addresses}): ask the host`;
    throw new CommandError(ExitCode.noAnswer, text);
  }

  /** @returns undefined when there is no way now: it is asked again later. */
  async again(): Promise<HostGrant | undefined> {
    const result = await this.#ask();
    return result.ok ? await this.#resolve(result.value) : undefined;
  }

  async #ask() {
    const { broadcast: { directory: url, id }, role } = this.#asking;
    return await converse(this.#member.join(id, role), { url });
  }

  /** One socket reaches the addresses of one family: that of the first grant. */
  async #resolve({ addresses, token, hostKey: text }: JoinGrant): Promise<HostGrant | undefined> {
    const resolved = (await Promise.all(addresses.map(resolve))).filter((one) => one !== undefined);
    const familyOf = ({ hostname }: Address) => isIP(hostname) === 6 ? 6 : 4;
    this.#family ??= resolved.some((one) => familyOf(one) === 4) ? 4 : 6;
    const servers = resolved.filter((one) => familyOf(one) === this.#family);
    const hostKey = parseHostKey(text);
    return servers.length > 0 && hostKey ? { servers, token, hostKey } : undefined;
  }
}

/** @returns undefined when the name is not found. */
async function resolve(text: string): Promise<Address | undefined> {
  const place = parseJoinLink(`streamer://${text}`);
  if (!place) return undefined;
  const { host, port } = place;
  if (isIP(host) !== 0) return { hostname: host, port };
  try {
    const found = await lookup(host, { all: true });
    const { address } = found.find(({ family }) => family === 4) ?? found[0]!;
    return { hostname: address, port };
  } catch {
    return undefined;
  }
}
