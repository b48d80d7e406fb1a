import type { TokenRegister } from "../token_register.ts";

/** @returns a register with a new key pair and no tokens. */
export async function makeTokenRegister(): Promise<TokenRegister> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { x, d } = await crypto.subtle.exportKey("jwk", (pair as CryptoKeyPair).privateKey);
  return { publicKey: x!, privateKey: d!, tokens: [] };
}
