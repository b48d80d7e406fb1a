import type { Ciphers } from "./ciphers.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { ReplayWindow } from "./replay_window.ts";
import { Srtcp } from "./srtcp.ts";
import { derivePacketKeys, MASTER_KEY_BYTES } from "./srtp_keys.ts";

/** The key id of control keys, which belong to one listener; epochs never have this id. */
export const CONTROL_KEY_ID = 0;

/** Control packets between the host and one listener: SRTCP with keys that only these two have. */
export class ControlChannel {
  readonly #sending: Srtcp;
  readonly #receiving: Srtcp;
  readonly #seen = new ReplayWindow();
  #sent = 0;

  /** @param control the master keys of both directions, the listener's first: twice 28 bytes. */
  constructor(ciphers: Ciphers, control: Uint8Array, side: "host" | "listener") {
    const direction = (at: number) => {
      const master = control.subarray(at, at + MASTER_KEY_BYTES);
      return new Srtcp(ciphers, derivePacketKeys(ciphers, master, "rtcp"), CONTROL_KEY_ID);
    };
    const [listeners, hosts] = [direction(0), direction(MASTER_KEY_BYTES)];
    [this.#sending, this.#receiving] = side === "host" ? [hosts, listeners] : [listeners, hosts];
  }

  seal(packet: Uint8Array): Uint8Array {
    return this.#sending.protect(packet, this.#sent++);
  }

  open(datagram: Uint8Array): Parsed<Uint8Array> {
    const opened = this.#receiving.unprotect(datagram);
    if (!opened) return junk("unauthentic");
    return this.#seen.accept(opened.index) ? parsed(opened.packet) : junk("replayed");
  }
}
