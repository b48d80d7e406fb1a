import { type Join, RejectCode } from "../../shared/admission/admission.ts";
import {
  type Examined,
  type JoinExaminer,
  type TokenExaminer,
  UNKNOWN_TOKEN,
} from "./token_examiner.ts";
import type { Pass, PassReview, Refusal } from "./pass.ts";
import type { TokenRegister } from "./token_register.ts";
import { TokenReader } from "./token_signing.ts";

const REVOKED: Refusal = { code: RejectCode.forbidden, reason: "the token was revoked" };

/** The tokens of one issuer, with the current revocations. */
export class SignedTokens {
  #reader: TokenReader;
  #revoked: ReadonlySet<string>;

  private constructor(reader: TokenReader, register: TokenRegister) {
    this.#reader = reader;
    this.#revoked = revokedIds(register);
  }

  /** @throws when the register's key is no valid key. */
  static async open(register: TokenRegister): Promise<SignedTokens> {
    return new SignedTokens(await TokenReader.open(register.publicKey), register);
  }

  /**
   * @returns undefined when the issuer did not sign the token. Time and revocation are not checked.
   */
  async read(token: string): Promise<Pass | undefined> {
    return await this.#reader.read(token);
  }

  readonly review: PassReview = ({ id, issuer }) => {
    if (issuer !== this.#reader.issuer) return UNKNOWN_TOKEN;
    return this.#revoked.has(id) ? REVOKED : undefined;
  };

  /** Uses each new register. @returns the check of passes, once for each register. */
  async *follow(registers: AsyncIterable<TokenRegister>): AsyncGenerator<PassReview> {
    for await (const register of registers) {
      const isSame = register.publicKey === this.#reader.issuer;
      if (!isSame) this.#reader = await TokenReader.open(register.publicKey);
      this.#revoked = revokedIds(register);
      yield this.review;
    }
  }
}

/** Grants signed tokens, and every JOIN that `others` grants. */
export class SignedTokenExaminer implements JoinExaminer {
  readonly #signed: SignedTokens;
  readonly #others: TokenExaminer;

  constructor(signed: SignedTokens, others: TokenExaminer) {
    this.#signed = signed;
    this.#others = others;
  }

  async examine(join: Join): Promise<Examined> {
    const examined = await this.#others.examine(join);
    if (examined.kind === "invalid" || examined.grant.kind === "granted") return examined;
    const { token } = examined.info;
    const pass = token === undefined ? undefined : await this.#signed.read(token);
    return pass ? { ...examined, grant: { kind: "granted", pass } } : examined;
  }
}

function revokedIds({ tokens }: TokenRegister): ReadonlySet<string> {
  return new Set(tokens.filter(({ revokedAt }) => revokedAt !== undefined).map(({ id }) => id));
}
