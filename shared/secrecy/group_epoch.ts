import type { Ciphers } from "./ciphers.ts";
import { Srtcp } from "./srtcp.ts";
import { Srtp } from "./srtp.ts";
import { derivePacketKeys } from "./srtp_keys.ts";

/** An epoch has a key id of one byte in packets; 0 is the key id of control keys. */
const KEY_IDS = 255;

/** The key id of an epoch (1, 2, 3, …) in the packets sealed with its key. */
export function keyIdOfEpoch(epoch: number): number {
  return 1 + (epoch - 1) % KEY_IDS;
}

/** A time during which all listeners share one key. */
export class GroupEpoch {
  readonly #ciphers: Ciphers;
  #rtp: Srtp | undefined;
  #rtcp: Srtcp | undefined;

  /** @param key SRTP master key and salt: 28 bytes. */
  constructor(ciphers: Ciphers, readonly epoch: number, readonly key: Uint8Array) {
    this.#ciphers = ciphers;
  }

  /** Its keys are derived when they are used first: a key may be replaced before that. */
  get rtp(): Srtp {
    const [ciphers, { epoch, key }] = [this.#ciphers, this];
    return this.#rtp ??= new Srtp(
      ciphers,
      derivePacketKeys(ciphers, key, "rtp"),
      keyIdOfEpoch(epoch),
    );
  }

  get rtcp(): Srtcp {
    const [ciphers, { epoch, key }] = [this.#ciphers, this];
    return this.#rtcp ??= new Srtcp(
      ciphers,
      derivePacketKeys(ciphers, key, "rtcp"),
      keyIdOfEpoch(epoch),
    );
  }
}
