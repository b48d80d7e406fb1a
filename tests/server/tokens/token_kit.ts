import { makeTokenRegister } from "../../../server/tokens/io/token_file.ts";
import type { TokenEntry, TokenRegister } from "../../../server/tokens/token_register.ts";
import { SignedTokens } from "../../../server/tokens/signed_tokens.ts";
import { signToken } from "../../../server/tokens/token_signing.ts";

/** A public key whose private key nobody has. */
export const PUBLIC_KEY = `${"A".repeat(42)}Q`;

export function entry(fields: Partial<TokenEntry> = {}): TokenEntry {
  return {
    id: "0123456789abcdef",
    name: "Ann",
    role: "listener",
    seats: 1,
    issuedAt: 1,
    ...fields,
  };
}

/** An issuer of tokens. */
export class Issuer {
  private constructor(readonly register: TokenRegister) {}

  static async create(): Promise<Issuer> {
    return new Issuer(await makeTokenRegister());
  }

  sign(fields: Partial<TokenEntry> = {}): Promise<string> {
    return signToken(entry(fields), this.register);
  }

  open(): Promise<SignedTokens> {
    return SignedTokens.open(this.register);
  }
}
