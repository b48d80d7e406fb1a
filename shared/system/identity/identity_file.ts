/*
 * The file with somebody's identity: an Ed25519 key, made on first use.
 *
 * In: the path of `--identity`, or none for the one of this user. Out: an `Identity`, which signs.
 *
 * The file is a JSON Web Key (RFC 8037). Only its owner may read it: one that others can read is refused, and so
 * is a damaged one, since a new key in its place would lose somebody's name and broadcasts. Two programs that
 * make it at the same time get the same. Read next: config_folder.ts, which says where it is.
 */

import { dirname } from "node:path";
import * as v from "valibot";
import { readBounded } from "../../core/bounded_bytes.ts";
import { CommandError, ExitCode } from "../../core/errors.ts";
import { fromBase64Url, type Identity, identityOf } from "../../directory/identity.ts";
import { key } from "../../directory/keys_and_names.ts";
import type { Machine } from "../../driver/machine.ts";
import { toBase64Url } from "../../text/base64.ts";
import { createFile } from "../files/replace_file.ts";
import { userFile } from "./config_folder.ts";

const SEED_BYTES = 32;
const MAX_FILE_BYTES = 4096;
/** Permission bits of group and others. */
const OTHERS = 0o077;
const FILE_NAME = "identity.json";

const KeySchema = v.object({ kty: v.literal("OKP"), crv: v.literal("Ed25519"), x: key, d: key });

export interface IdentityPlace {
  /** The file that was given; absent for that of this user. */
  readonly path?: string;
  readonly machine: Pick<Machine, "rng" | "ciphers">;
}

export interface OpenedIdentity {
  readonly identity: Identity;
  /** Where it is kept. */
  readonly path: string;
  /** It was made just now. */
  readonly isNew: boolean;
}

/**
 * Opens the identity, or makes it.
 *
 * @throws CommandError in one line, without the key, when the file can't be used or made.
 */
export async function openIdentity(place: IdentityPlace): Promise<OpenedIdentity> {
  const path = pathOf(place);
  const found = await readIdentity(path, place);
  if (found) return { identity: found, path, isNew: false };
  await make(path, place);
  const identity = await readIdentity(path, place);
  if (!identity) throw fail(place, path, "was removed as it was made: try again");
  return { identity, path, isNew: true };
}

/**
 * Opens the identity if there is one.
 *
 * @throws CommandError when the file can't be used.
 */
export async function findIdentity(place: IdentityPlace): Promise<Identity | undefined> {
  return await readIdentity(pathOf(place), place);
}

function pathOf({ path }: IdentityPlace): string {
  const found = path ?? userFile(FILE_NAME);
  if (found !== undefined) return found;
  const text = "There is no folder for your identity, since HOME is not set: give --identity FILE";
  throw new CommandError(ExitCode.failure, text);
}

async function make(path: string, place: IdentityPlace): Promise<void> {
  const { rng, ciphers } = place.machine;
  const seed = rng.bytes(SEED_BYTES);
  const { publicKey: x } = identityOf(seed, ciphers);
  const jwk = { kty: "OKP", crv: "Ed25519", x, d: toBase64Url(seed) };
  try {
    // The folder of a given file is the user's own affair.
    if (place.path === undefined) {
      await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    }
    await createFile(path, `${JSON.stringify(jwk)}\n`);
  } catch (error) {
    throw explain(place, path, error);
  }
}

async function readIdentity(path: string, place: IdentityPlace): Promise<Identity | undefined> {
  const text = await readPrivately(path, place);
  if (text === undefined) return undefined;
  const damaged = () =>
    fail(place, path, "is damaged: restore a copy, or remove it and you are somebody new");
  const parsed = v.safeParse(KeySchema, parseJson(text));
  if (!parsed.success) throw damaged();
  const identity = identityOf(fromBase64Url(parsed.output.d), place.machine.ciphers);
  if (identity.publicKey !== parsed.output.x) throw damaged();
  return identity;
}

/** @returns undefined when there is no such file. */
async function readPrivately(path: string, place: IdentityPlace): Promise<string | undefined> {
  try {
    // Opening a pipe would wait for its writer.
    if (!(await Deno.stat(path)).isFile) throw fail(place, path, "is not a file");
    const file = await Deno.open(path);
    const { mode } = await file.stat();
    if (Deno.build.os !== "windows" && ((mode ?? 0) & OTHERS) !== 0) {
      file.close();
      const text = "can be read by others and holds a private key: chmod it to 600";
      throw fail(place, path, text);
    }
    const bytes = await readBounded(file.readable, MAX_FILE_BYTES);
    return new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && !await isBrokenLink(path)) return undefined;
    throw explain(place, path, error);
  }
}

async function isBrokenLink(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function explain(place: IdentityPlace, path: string, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof Deno.errors.NotFound) {
    return fail(place, path, "is a link to a file that does not exist: remove the link");
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return fail(place, path, "not allowed: do it as the user whose file it is");
  }
  return fail(place, path, error instanceof Error ? error.message : String(error));
}

function fail({ path: given }: IdentityPlace, path: string, what: string): CommandError {
  const name = given === undefined ? `Your identity ${path}` : `--identity ${path}`;
  return new CommandError(ExitCode.failure, `${name}: ${what}`);
}
