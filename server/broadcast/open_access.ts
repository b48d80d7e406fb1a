import type { Machine } from "../../shared/driver/machine.ts";
import type { Rng } from "../../shared/core/rng.ts";
import { openHostKey } from "../../shared/secrecy/hpke_opener.ts";
import type { JoinOpener } from "../../shared/secrecy/join_sealing.ts";
import type { JoinTokens } from "../tokens/join_tokens.ts";
import { type JoinExaminer, TokenExaminer } from "../tokens/token_examiner.ts";
import type { LiveBroadcastOptions } from "./broadcast.ts";
import type { BroadcastStore, HostKeys } from "../origin/timeline/broadcast_store.ts";
import type { Access, ServeOptions } from "../interface/config.ts";
import type { SecrecyKeys } from "../core/server_core.ts";
import type { Notices } from "./notices.ts";

/** The size of the seeds of both host keys. */
const SEED_BYTES = 32;

export interface AccessOptions {
  readonly options: Pick<ServeOptions, "isOpen" | "signedTokens" | "waitFor">;
  readonly tokens: readonly string[];
  readonly machine: Machine;
  /** Opens sealed JOINs; absent when the broadcast is not encrypted. */
  readonly opener: JoinOpener | undefined;
  /** The tokens of a directory, which are accepted too. */
  readonly joinTokens?: JoinTokens;
  /** Aborted when the broadcast is over. */
  readonly signal: AbortSignal;
}

/** Who decides about JOINs, and the reviews of passes after each change of the tokens. */
export type OpenedAccess =
  & Pick<LiveBroadcastOptions, "passReviews">
  & { readonly examiner: JoinExaminer };

/** @throws CommandError when the file of `--tokens` can't be read. */
export async function openAccess(
  options: AccessOptions,
  notices: Notices,
): Promise<OpenedAccess> {
  const access = await openOwnAccess(options, notices);
  const { joinTokens } = options;
  if (!joinTokens) return access;
  const { JoinTokenExaminer, reviewsBesideDirectory } = await import("../tokens/join_tokens.ts");
  return {
    examiner: new JoinTokenExaminer(joinTokens, access.examiner),
    passReviews: reviewsBesideDirectory(access.passReviews),
  };
}

async function openOwnAccess(
  given: AccessOptions,
  notices: Notices,
): Promise<OpenedAccess> {
  const { options: { isOpen, signedTokens: path }, tokens, machine, opener, signal } = given;
  const { clock, wallClock } = machine;
  const access: Access = isOpen ? { kind: "open" } : { kind: "tokens", tokens };
  const examiner = new TokenExaminer(access, opener);
  if (path === undefined) return { examiner };
  const { SignedTokenExaminer, SignedTokens } = await import("../tokens/signed_tokens.ts");
  const { followTokenRegister, readTokenRegister } = await import("../tokens/io/token_file.ts");
  const { seatsOf } = await import("../tokens/token_register.ts");
  const register = await readTokenRegister(path);
  const signed = await SignedTokens.open(register);
  const onProblem = (text: string) => notices.say(text);
  const tooFew = describeTooFewSeats(given, seatsOf(register, wallClock.now()));
  if (tooFew !== undefined) notices.say(tooFew);
  const registers = followTokenRegister(path, { clock, signal, onProblem });
  return {
    examiner: new SignedTokenExaminer(signed, examiner),
    passReviews: signed.follow(registers),
  };
}

/** Tokens may be made while the host waits, so too few of them are no mistake yet. */
function describeTooFewSeats(
  { options: { waitFor, signedTokens }, tokens, joinTokens }: AccessOptions,
  seats: number,
): string | undefined {
  const isBounded = tokens.length === 0 && joinTokens === undefined;
  if (!isBounded || waitFor <= seats) return undefined;
  return `--wait-for ${waitFor}, but the tokens in ${signedTokens} admit only ${seats} at the same time: ` +
    `nothing starts before there are more; make them with streamer token make --tokens ${signedTokens} --name NAME`;
}

/** What an encrypted broadcast needs. */
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

/** The stored keys of a broadcast, else new ones, which are stored: a resumed broadcast keeps its keys. */
export function findKeys(store: BroadcastStore | undefined, rng: Rng): HostKeys {
  const kept = store?.load().keys;
  if (kept) return kept;
  const keys = { exchange: rng.bytes(SEED_BYTES), signing: rng.bytes(SEED_BYTES) };
  store?.saveKeys(keys);
  return keys;
}
