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
  readonly rtp: Srtp;
  readonly rtcp: Srtcp;

  /** @param key SRTP master key and salt: 28 bytes. */
  constructor(ciphers: Ciphers, readonly epoch: number, readonly key: Uint8Array) {
    const keyId = keyIdOfEpoch(epoch);
    this.rtp = new Srtp(ciphers, derivePacketKeys(ciphers, key, "rtp"), keyId);
    this.rtcp = new Srtcp(ciphers, derivePacketKeys(ciphers, key, "rtcp"), keyId);
  }
}
