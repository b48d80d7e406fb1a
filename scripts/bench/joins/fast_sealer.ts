import type { Rng } from "../../../shared/core/rng.ts";
import { HpkeKdf } from "../../../shared/secrecy/hpke_kdf.ts";
import {
  ANSWER_SECRET,
  CONTROL_SECRET,
  JOIN_INFO,
  PROOF_SECRET,
  type SealedJoin,
} from "../../../shared/secrecy/join_sealing.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";

const SEED_BYTES = 32;
const kdf = new HpkeKdf(JOIN_INFO, nodeCiphers);

/** Seals a JOIN as `HpkeSealer` does, at a tenth of its cost: thousands of JOINs are sealed while cookies last. */
export function sealJoin(
  rng: Rng,
  hostKey: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): SealedJoin {
  const key = nodeCiphers.openKeyAgreement(kdf.privateKeyOf(rng.bytes(SEED_BYTES)));
  const encapsulated = key.publicKey;
  const context = kdf.contextOf(key.agree(hostKey)!, encapsulated, hostKey);
  const ciphertext = context.seal(plaintext, associated);
  const [answer, control, proof] = [ANSWER_SECRET, CONTROL_SECRET, PROOF_SECRET].map((
    { context: name, bytes },
  ) => context.export(name, bytes));
  const secrets = { encapsulated, answer: answer!, control: control!, proof: proof! };
  return { ciphertext, secrets };
}
