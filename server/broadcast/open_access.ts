import type { Machine } from "../../shared/driver/machine.ts";
import type { Rng } from "../../shared/core/rng.ts";
import { openHostKey } from "../../shared/secrecy/hpke_opener.ts";
import type { JoinOpener } from "../../shared/secrecy/join_sealing.ts";
import { type JoinExaminer, TokenExaminer } from "../tokens/token_examiner.ts";
import type { LiveBroadcastOptions } from "./broadcast.ts";
import type { BroadcastStore, HostKeys } from "../origin/timeline/broadcast_store.ts";
import type { Access, ServeOptions } from "../interface/config.ts";
import type { SecrecyKeys } from "../edge/sessions/host_secrecy.ts";
import { followTokenRegister, readTokenRegister } from "../tokens/io/token_file.ts";
import type { Notices } from "./notices.ts";
import { SignedTokenExaminer, SignedTokens } from "../tokens/signed_tokens.ts";

/** Of the keys that JOINs are sealed to, and events are signed with. */
const SEED_BYTES = 32;

export interface AccessOptions {
  readonly options: Pick<ServeOptions, "isOpen" | "signedTokens">;
  readonly tokens: readonly string[];
  readonly machine: Machine;
  /** Opens sealed JOINs; absent when the broadcast is not encrypted. */
  readonly opener: JoinOpener | undefined;
  /** Aborted when the broadcast is over. */
  readonly signal: AbortSignal;
}

/** The decisions about JOINs, and how they hear that passes are to be judged anew. */
export type OpenedAccess =
  & Pick<LiveBroadcastOptions, "passReviews">
  & { readonly examiner: JoinExaminer };

/** @throws CommandError when there is no such register of tokens. */
export async function openAccess(
  { options: { isOpen, signedTokens: path }, tokens, machine: { clock }, opener, signal }:
    AccessOptions,
  notices: Notices,
): Promise<OpenedAccess> {
  const access: Access = isOpen ? { kind: "open" } : { kind: "tokens", tokens };
  const examiner = new TokenExaminer(access, opener);
  if (path === undefined) return { examiner };
  const signed = await SignedTokens.open(await readTokenRegister(path));
  const onProblem = (text: string) => notices.say(text);
  const registers = followTokenRegister(path, { clock, signal, onProblem });
  return {
    examiner: new SignedTokenExaminer(signed, examiner),
    passReviews: signed.follow(registers),
  };
}

/** What makes a broadcast secret. */
export interface OpenedSecrecy {
  readonly opener: JoinOpener;
  readonly keys: SecrecyKeys;
}

export function openSecrecy(
  { exchange, signing }: HostKeys,
  { ciphers }: Pick<Machine, "ciphers">,
): OpenedSecrecy {
  const opener = openHostKey(exchange, ciphers);
  return { opener, keys: { hostKey: opener.hostKey, ciphers, signingSeed: signing } };
}

/** A broadcast has keys of its own, the same as long as it is the same. */
export function findKeys(store: BroadcastStore | undefined, rng: Rng): HostKeys {
  const kept = store?.load().keys;
  if (kept) return kept;
  const keys = { exchange: rng.bytes(SEED_BYTES), signing: rng.bytes(SEED_BYTES) };
  store?.saveKeys(keys);
  return keys;
}
