import { CompactSign, compactVerify, type CryptoKey, importJWK } from "jose";
import * as v from "valibot";
import type { Pass } from "./pass.ts";
import { passFields, type TokenEntry, type TokenRegister } from "./token_register.ts";

/** The only algorithm: a token does not choose how it is verified (RFC 8725 section 3.1). */
const ALGORITHM = "EdDSA";
/** Excludes JWTs that were signed for another purpose (RFC 8725 section 3.11). */
const TYPE = "streamer+jwt";

/** A JWT's times are in seconds since the epoch, with fractions (RFC 7519 section 2). */
const seconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const ClaimsSchema = v.object({
  jti: passFields.id,
  sub: passFields.name,
  role: passFields.role,
  seats: passFields.seats,
  nbf: v.optional(seconds),
  exp: v.optional(seconds),
});

/**
 * @returns a compact JWT (RFC 7519, RFC 8037). @throws TypeError when the register has no private
 * key.
 */
export async function signToken(
  { id, name, role, seats, notBefore, expiresAt }: TokenEntry,
  { publicKey, privateKey }: TokenRegister,
): Promise<string> {
  const key = await importKey(publicKey, privateKey);
  const claims = {
    jti: id,
    sub: name,
    role,
    seats,
    ...(notBefore !== undefined && { nbf: notBefore / 1000 }),
    ...(expiresAt !== undefined && { exp: expiresAt / 1000 }),
  };
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE }).sign(key);
}

/** Verifies and reads the tokens of one issuer. */
export class TokenReader {
  private constructor(readonly issuer: string, readonly key: CryptoKey) {}

  /** @throws when the key is no valid key. */
  static async open(publicKey: string): Promise<TokenReader> {
    return new TokenReader(publicKey, await importKey(publicKey));
  }

  /**
   * @returns the content of the token, even if it is not valid now; undefined when this issuer did
   * not sign it.
   */
  async read(token: string): Promise<Pass | undefined> {
    try {
      const { payload, protectedHeader } = await compactVerify(token, this.key, {
        algorithms: [ALGORITHM],
      });
      if (protectedHeader.typ !== TYPE) return undefined;
      const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
      return this.#passOf(v.parse(ClaimsSchema, JSON.parse(text)));
    } catch {
      return undefined;
    }
  }

  #passOf({ jti, sub, role, seats, nbf, exp }: v.InferOutput<typeof ClaimsSchema>): Pass {
    return {
      id: jti,
      name: sub,
      issuer: this.issuer,
      role,
      seats,
      ...(nbf !== undefined && { notBefore: nbf * 1000 }),
      ...(exp !== undefined && { expiresAt: exp * 1000 }),
    };
  }
}

async function importKey(x: string, d?: string): Promise<CryptoKey> {
  const key = await importJWK({ kty: "OKP", crv: "Ed25519", x, ...(d && { d }) }, ALGORITHM);
  if (key instanceof Uint8Array) throw new TypeError("Not a key of a key pair");
  return key;
}
