/*
 * The directory's tokens: that of a session, and those by which people join a broadcast.
 *
 * In: a person, and what the token is for. Out: a JSON Web Token (RFC 7519), or the person of one.
 *
 * A session's token is sealed with a key that only the directory has (HS256) and is read by it alone, so that
 * sessions need no storage. A join token is signed (EdDSA, RFC 8037); a host checks it alone, with the key in
 * `/.well-known/jwks.json`. It names the person's own key in `cnf` (RFC 7800), which a JOIN has to prove.
 * Both have a `typ` of their own, so that neither is taken for another (RFC 8725 section 3.11).
 */

import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { CompactSign, compactVerify, type CryptoKey, importJWK } from "jose";
import * as v from "valibot";
import type { WallMillis } from "../../../shared/core/units.ts";
import type { JoinRequest, Jwks } from "../../../shared/directory/forms.ts";
import { JOIN_TOKEN_TYPE, type JoinClaimsSchema } from "../../../shared/directory/join_token.ts";
import { key } from "../../../shared/directory/keys_and_names.ts";
import { toBase64Url } from "../../../shared/text/base64.ts";
import type { Person } from "../core/people.ts";

export const ACCESS_TYPE = "streamer-access+jwt";
const ACCESS_LIFETIME: WallMillis = 24 * 3_600_000;
/** A listener is put out when its token expires, so it is good for the longest match with all around it. */
const JOIN_LIFETIME: WallMillis = 12 * 3_600_000;
/** Before the 32 bytes of a private key of Ed25519 in PKCS #8 (RFC 8410 section 7). */
const PKCS8_HEAD = "302e020100300506032b657004220420";
const TOKEN_ID_BYTES = 8;

/** 32 bytes each; whoever has them can sign in the directory's name. */
export interface DirectorySecrets {
  readonly signingSeed: Uint8Array;
  readonly accessKey: Uint8Array;
}

type JoinClaims = v.InferOutput<typeof JoinClaimsSchema>;
const AccessClaims = v.object({ sub: v.string(), name: v.string(), key, exp: v.number() });

export class DirectoryTokens {
  readonly #signing: CryptoKey;
  readonly #accessKey: Uint8Array;
  /** The public key, base64url. */
  readonly publicKey: string;
  readonly #keyId: string;

  private constructor(signing: CryptoKey, publicKey: string, accessKey: Uint8Array) {
    this.#signing = signing;
    this.#accessKey = accessKey;
    this.publicKey = publicKey;
    this.#keyId = createHash("sha256").update(publicKey).digest("hex").slice(0, 16);
  }

  static async open({ signingSeed, accessKey }: DirectorySecrets): Promise<DirectoryTokens> {
    const [x, d] = [publicKeyOf(signingSeed), toBase64Url(signingSeed)];
    const signing = await importJWK({ kty: "OKP", crv: "Ed25519", x, d }, "EdDSA");
    return new DirectoryTokens(signing as CryptoKey, x, accessKey);
  }

  /** The keys that check join tokens (RFC 7517). */
  get jwks(): Jwks {
    const described = { kid: this.#keyId, alg: "EdDSA", use: "sig" } as const;
    return { keys: [{ kty: "OKP", crv: "Ed25519", x: this.publicKey, ...described }] };
  }

  async makeAccess(
    { id, name, publicKey }: Person,
    now: WallMillis,
  ): Promise<{ readonly accessToken: string; readonly expiresAt: WallMillis }> {
    const exp = secondsAfter(now, ACCESS_LIFETIME);
    const accessToken = await new CompactSign(encode({ sub: id, name, key: publicKey, exp }))
      .setProtectedHeader({ alg: "HS256", typ: ACCESS_TYPE }).sign(this.#accessKey);
    return { accessToken, expiresAt: exp * 1000 };
  }

  /** @returns undefined when the token is not of this directory, or has expired. */
  async readAccess(token: string, now: WallMillis): Promise<Person | undefined> {
    try {
      const options = { algorithms: ["HS256"] };
      const { payload, protectedHeader } = await compactVerify(token, this.#accessKey, options);
      if (protectedHeader.typ !== ACCESS_TYPE) return undefined;
      const claims = v.parse(AccessClaims, JSON.parse(new TextDecoder().decode(payload)));
      if (now >= claims.exp * 1000) return undefined;
      return { id: claims.sub, name: claims.name, publicKey: claims.key };
    } catch {
      return undefined;
    }
  }

  /** @param bytes random ones, for the token's id. */
  async makeJoin(
    { id, name, publicKey }: Person,
    { broadcastId, role, now, bytes }: JoinFor,
  ): Promise<{ readonly token: string; readonly expiresAt: WallMillis }> {
    const exp = secondsAfter(now, JOIN_LIFETIME);
    const claims: JoinClaims & { readonly iat: number } = {
      jti: bytes.slice(0, TOKEN_ID_BYTES).toHex(),
      sub: id,
      name,
      aud: broadcastId,
      role,
      cnf: { jwk: { kty: "OKP", crv: "Ed25519", x: publicKey } },
      iat: Math.floor(now / 1000),
      exp,
    };
    const header = { alg: "EdDSA", typ: JOIN_TOKEN_TYPE, kid: this.#keyId };
    const token = await new CompactSign(encode(claims)).setProtectedHeader(header)
      .sign(this.#signing);
    return { token, expiresAt: exp * 1000 };
  }
}

export interface JoinFor {
  readonly broadcastId: string;
  readonly role: JoinRequest["role"];
  readonly now: WallMillis;
  /** Random, at least 8. */
  readonly bytes: Uint8Array;
}

/** A JWT's times are in seconds (RFC 7519 section 2). */
function secondsAfter(now: WallMillis, lifetime: WallMillis): number {
  return Math.floor((now + lifetime) / 1000);
}

function encode(claims: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(claims));
}

function publicKeyOf(seed: Uint8Array): string {
  const der = Uint8Array.fromHex(PKCS8_HEAD + seed.toHex());
  // Deno's types want a Buffer where any bytes do.
  const privateKey = createPrivateKey({ key: der as never, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(privateKey as never).export({ format: "jwk" });
  return x as string;
}
