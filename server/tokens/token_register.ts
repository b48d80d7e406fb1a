import * as v from "valibot";
import type { WallMillis } from "../../shared/core/units.ts";
import type { Pass } from "./pass.ts";

/** The entry of a token in the register: everything but the token itself. */
export interface TokenEntry extends Omit<Pass, "issuer"> {
  readonly issuedAt: WallMillis;
  readonly revokedAt?: WallMillis;
}

/** The issuer's keys and the state of each token. Immutable: a change makes a new register. */
export interface TokenRegister {
  /** Ed25519, 32 bytes in base64url: verifies the issuer's tokens. */
  readonly publicKey: string;
  /** Ed25519, 32 bytes in base64url: signs tokens. Absent in a copy for hosts. */
  readonly privateKey?: string;
  /** In the order they were made. */
  readonly tokens: readonly TokenEntry[];
}

export type TokenState = "valid" | "not yet valid" | "expired" | "revoked";

/** Limits of the name a token is made for: UTF-16 units, and bytes of UTF-8. */
export const MAX_TOKEN_NAME = { length: 64, bytes: 128 } as const;
export const MAX_SEATS = 100_000;
export const MAX_TOKENS = 100_000;
const VERSION = 1;

const moment = v.pipe(v.number(), v.finite(), v.minValue(0));
/** 32 bytes in base64url. Any 32 bytes are a valid key. */
const key = v.pipe(v.string(), v.regex(/^[\w-]{42}[AEIMQUYcgkosw048]$/));

/** The fields that the register and a token share. */
export const passFields = {
  /** Hexadecimal, so that an id on a command line never looks like a flag. */
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  name: v.pipe(
    v.string(),
    v.nonEmpty(),
    v.maxLength(MAX_TOKEN_NAME.length),
    v.maxBytes(MAX_TOKEN_NAME.bytes),
    // Names are shown on terminals, so no control characters.
    v.regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u),
  ),
  role: v.picklist(["listener", "reporter"]),
  seats: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_SEATS)),
};

const TokenRegisterSchema = v.object({
  kind: v.literal("streamer tokens"),
  version: v.literal(VERSION),
  publicKey: key,
  privateKey: v.optional(key),
  tokens: v.pipe(
    v.array(v.object({
      ...passFields,
      issuedAt: moment,
      notBefore: v.optional(moment),
      expiresAt: v.optional(moment),
      revokedAt: v.optional(moment),
    })),
    v.maxLength(MAX_TOKENS),
  ),
});

/** @returns undefined for anything but a complete register. */
export function parseTokenRegister(text: string): TokenRegister | undefined {
  try {
    const { publicKey, privateKey, tokens } = v.parse(TokenRegisterSchema, JSON.parse(text));
    return { publicKey, ...(privateKey && { privateKey }), tokens };
  } catch {
    return undefined;
  }
}

export function serializeTokenRegister(register: TokenRegister): string {
  return `${JSON.stringify({ kind: "streamer tokens", version: VERSION, ...register }, null, 2)}\n`;
}

/** The register for a host, without the private key: enough to check tokens, not to make them. */
export function publicPart({ publicKey, tokens }: TokenRegister): TokenRegister {
  return { publicKey, tokens };
}

/** Finds all tokens with this name, or the token with this id. */
export function findTokens({ tokens }: TokenRegister, nameOrId: string): readonly TokenEntry[] {
  return tokens.filter(({ id, name }) => id === nameOrId || name === nameOrId);
}

/** Revokes all tokens with this name or id. Tokens revoked before keep their time. */
export function revokeTokens(
  register: TokenRegister,
  nameOrId: string,
  now: WallMillis,
): TokenRegister {
  const found = new Set(findTokens(register, nameOrId));
  const tokens = register.tokens.map((entry) =>
    found.has(entry) && entry.revokedAt === undefined ? { ...entry, revokedAt: now } : entry
  );
  return { ...register, tokens };
}

/** How many listeners the tokens admit at the same time, now or later. */
export function seatsOf({ tokens }: TokenRegister, now: WallMillis): number {
  return tokens.filter((entry) => ["valid", "not yet valid"].includes(stateOf(entry, now)))
    .reduce((sum, { seats }) => sum + seats, 0);
}

export function stateOf(entry: TokenEntry, now: WallMillis): TokenState {
  if (entry.revokedAt !== undefined) return "revoked";
  if (now >= (entry.expiresAt ?? Infinity)) return "expired";
  return now < (entry.notBefore ?? -Infinity) ? "not yet valid" : "valid";
}
