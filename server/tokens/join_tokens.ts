import { compactVerify, type CryptoKey, decodeProtectedHeader, importJWK } from "jose";
import * as v from "valibot";
import { RejectCode } from "../../shared/admission/admission.ts";
import type { Jwks } from "../../shared/directory/forms.ts";
import { fromBase64Url } from "../../shared/directory/identity.ts";
import { JOIN_TOKEN_TYPE, JoinClaimsSchema } from "../../shared/directory/join_token.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import { type JoinSecrets, proofMessage } from "../../shared/secrecy/join_sealing.ts";
import type { Join } from "../../shared/admission/admission.ts";
import type { Pass, PassReview, Refusal } from "./pass.ts";
import { type Examined, type Grant, type JoinExaminer, UNKNOWN_TOKEN } from "./token_examiner.ts";

/** The only algorithm: a token does not choose how it is verified (RFC 8725 section 3.1). */
const ALGORITHM = "EdDSA";

const NO_KEYS: Refusal = {
  code: RejectCode.unauthorized,
  reason: "the host has not reached its directory yet, whose token this is",
};
const FOREIGN: Refusal = {
  code: RejectCode.unauthorized,
  reason: "the token is for another broadcast",
};
const NOT_THE_OWNER: Refusal = {
  code: RejectCode.forbidden,
  reason: "the token belongs to another identity",
};

/** A directory's token that is genuine and for this broadcast. */
interface OwnedPass {
  readonly pass: Pass;
  /** The owner's key of Ed25519, 32 bytes. */
  readonly ownerKey: Uint8Array;
}

/** The join tokens of one directory for one broadcast. Their owners prove who they are in the JOIN. */
export class JoinTokens {
  readonly #broadcastId: string;
  readonly #ciphers: Pick<Ciphers, "verify">;
  /** By their `kid`. */
  #keys: ReadonlyMap<string, { readonly issuer: string; readonly key: CryptoKey }> = new Map();

  constructor(broadcastId: string, ciphers: Pick<Ciphers, "verify">) {
    this.#broadcastId = broadcastId;
    this.#ciphers = ciphers;
  }

  /** From now on these keys alone check tokens. Who is in stays in. */
  async use({ keys }: Jwks): Promise<void> {
    const imported = keys.map(async ({ kid, x }) => {
      const key = await importJWK({ kty: "OKP", crv: "Ed25519", x }, ALGORITHM) as CryptoKey;
      return [kid, { issuer: x, key }] as const;
    });
    this.#keys = new Map(await Promise.all(imported));
  }

  /** @param secrets those of the JOIN, over which its proof is. */
  async judge(
    token: string,
    proof: string | undefined,
    secrets: JoinSecrets | undefined,
  ): Promise<Grant> {
    if (this.#keys.size === 0) return { kind: "refused", ...NO_KEYS };
    const read = await this.#read(token);
    if ("code" in read) return { kind: "refused", ...read };
    const signature = proof === undefined ? new Uint8Array() : fromBase64Url(proof);
    const isOwner = secrets !== undefined &&
      this.#ciphers.verify(read.ownerKey, proofMessage(secrets), signature);
    return isOwner ? { kind: "granted", pass: read.pass } : { kind: "refused", ...NOT_THE_OWNER };
  }

  async #read(token: string): Promise<OwnedPass | Refusal> {
    try {
      const known = this.#keys.get(decodeProtectedHeader(token).kid ?? "");
      if (!known) return UNKNOWN_TOKEN;
      const { issuer, key } = known;
      const { payload, protectedHeader } = await compactVerify(token, key, {
        algorithms: [ALGORITHM],
      });
      if (protectedHeader.typ !== JOIN_TOKEN_TYPE) return UNKNOWN_TOKEN;
      const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
      const { jti: id, sub: person, name, aud, role, cnf, exp } = v.parse(
        JoinClaimsSchema,
        JSON.parse(text),
      );
      if (aud !== this.#broadcastId) return FOREIGN;
      const pass = { id, person, name, issuer, role, seats: 1, expiresAt: exp * 1000 };
      return { pass, ownerKey: fromBase64Url(cnf.jwk.x) };
    } catch {
      return UNKNOWN_TOKEN;
    }
  }
}

/** Judges the tokens of a directory, and leaves all others to `others`. */
export class JoinTokenExaminer implements JoinExaminer {
  readonly #tokens: JoinTokens;
  readonly #others: JoinExaminer;

  constructor(tokens: JoinTokens, others: JoinExaminer) {
    this.#tokens = tokens;
    this.#others = others;
  }

  async examine(join: Join): Promise<Examined> {
    const examined = await this.#others.examine(join);
    if (examined.kind === "invalid") return examined;
    const { info: { token, proof }, secrets } = examined;
    if (token === undefined || !isOfDirectory(token)) return examined;
    return { ...examined, grant: await this.#tokens.judge(token, proof, secrets) };
  }
}

/** The reviews of other passes, which judge none of a directory: that one ends by its time alone. */
export async function* reviewsBesideDirectory(
  others: AsyncIterable<PassReview> | undefined,
): AsyncGenerator<PassReview> {
  yield () => undefined;
  for await (const review of others ?? []) {
    yield (pass) => pass.person === undefined ? review(pass) : undefined;
  }
}

/** Whether it says so; whether that is true is checked afterwards. */
function isOfDirectory(token: string): boolean {
  try {
    return decodeProtectedHeader(token).typ === JOIN_TOKEN_TYPE;
  } catch {
    return false;
  }
}
