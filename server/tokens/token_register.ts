import * as v from "valibot";
import type { WallMillis } from "../../shared/core/units.ts";
import type { Pass } from "./pass.ts";

/** A token as its issuer remembers it: everything but the token itself. */
export interface TokenEntry extends Omit<Pass, "issuer"> {
  readonly issuedAt: WallMillis;
  readonly revokedAt?: WallMillis;
}

/** Who issues tokens, and what became of each. Immutable: a change makes another. */
export interface TokenRegister {
  /** Ed25519, 32 bytes in base64url: it tells the issuer's tokens from all others. */
  readonly publicKey: string;
  /** The same, and what makes tokens; absent in a copy for hosts. */
  readonly privateKey?: string;
  /** In the order they were made. */
  readonly tokens: readonly TokenEntry[];
}

export type TokenState = "valid" | "not yet valid" | "expired" | "revoked";

/** The name a token is made for: characters, and bytes of UTF-8. */
export const MAX_TOKEN_NAME = { length: 64, bytes: 128 } as const;
export const MAX_SEATS = 100_000;
export const MAX_TOKENS = 100_000;
const VERSION = 1;

const moment = v.pipe(v.number(), v.finite(), v.minValue(0));
/** 32 bytes in base64url; any are a key. */
const key = v.pipe(v.string(), v.regex(/^[\w-]{42}[AEIMQUYcgkosw048]$/));

/** What both the file and a token say, in the same terms. */
export const passFields = {
  /** Hexadecimal, so that on a command line it never looks like a flag. */
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  name: v.pipe(
    v.string(),
    v.nonEmpty(),
    v.maxLength(MAX_TOKEN_NAME.length),
    v.maxBytes(MAX_TOKEN_NAME.bytes),
    // It is shown on terminals.
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

/** @returns undefined for anything that is not a whole register. */
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

/** The register for a host, which lets in but makes no tokens. */
export function publicPart({ publicKey, tokens }: TokenRegister): TokenRegister {
  return { publicKey, tokens };
}

/** @param nameOrId all tokens of that name, or the one of that id. */
export function findTokens({ tokens }: TokenRegister, nameOrId: string): readonly TokenEntry[] {
  return tokens.filter(({ id, name }) => id === nameOrId || name === nameOrId);
}

/** What was revoked before stays as it was. */
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

export function stateOf(entry: TokenEntry, now: WallMillis): TokenState {
  if (entry.revokedAt !== undefined) return "revoked";
  if (now >= (entry.expiresAt ?? Infinity)) return "expired";
  return now < (entry.notBefore ?? -Infinity) ? "not yet valid" : "valid";
}
