import { createHash } from "node:crypto";
import { fromBase64Url } from "../../../shared/directory/identity.ts";
import { toBase64Url } from "../../../shared/text/base64.ts";
import { refuse, type Refused } from "./answer.ts";

/** Somebody who proved to have a key. */
export interface Person {
  /** Follows from the key, so that it needs no storage and nobody else can have it. */
  readonly id: string;
  /** Ed25519, base64url. */
  readonly publicKey: string;
  readonly name: string;
}

/** Ed25519 keys in base64url. */
export type PublicKeys = ReadonlySet<string>;

/** Enough that no second key with the same id can be found. */
const ID_BYTES = 16;
/** The longest list; a longer file is a mistake. */
const MAX_KEYS = 1_000_000;

export function personId(publicKey: string): string {
  const digest = createHash("sha256").update(fromBase64Url(publicKey)).digest();
  return toBase64Url(digest.subarray(0, ID_BYTES));
}

/** @returns why the lists keep the person out, if they do. */
export function refuseByLists(
  publicKey: string,
  members: PublicKeys | undefined,
  banned: PublicKeys,
): Refused | undefined {
  if (banned.has(publicKey)) {
    return refuse(
      "forbidden",
      "banned",
      "This identity is banned here: ask who runs the directory",
    );
  }
  if (members && !members.has(publicKey)) {
    const detail = "This directory is for members: give your public key to who runs it";
    return refuse("forbidden", "not-a-member", detail);
  }
}

/**
 * Reads a list of public keys, one a line; `#` begins a comment.
 *
 * @returns the keys, or what is wrong, with the number of the line.
 */
export function parsePublicKeys(
  text: string,
): { readonly keys: PublicKeys } | { readonly problem: string } {
  const keys = new Set<string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const key = line.replace(/#.*/, "").trim();
    if (key === "") continue;
    if (!/^[\w-]{42}[AEIMQUYcgkosw048]$/.test(key)) {
      return { problem: `line ${index + 1} is no public key (43 characters of base64url)` };
    }
    if (keys.size >= MAX_KEYS) return { problem: `has more than ${MAX_KEYS} keys` };
    keys.add(key);
  }
  return { keys };
}
