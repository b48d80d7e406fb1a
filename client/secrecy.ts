import type { ExtendedSequence, Millis } from "../shared/core/units.ts";
import type { Ciphers } from "../shared/secrecy/ciphers.ts";
import { CONTROL_KEY_ID, ControlChannel } from "../shared/secrecy/control_channel.ts";
import { GroupEpoch, keyIdOfEpoch } from "../shared/secrecy/group_epoch.ts";
import type { JoinSecrets } from "../shared/secrecy/join_sealing.ts";
import { ReplayWindow } from "../shared/secrecy/replay_window.ts";
import { verifyEvent } from "../shared/secrecy/signed_event.ts";
import { keyIdOf } from "../shared/secrecy/srtp.ts";
import type { AcceptKeys } from "../shared/wire/accept_keys.ts";
import { junk, type Parsed, parsed } from "../shared/wire/parsed.ts";

/** How long packets of the epoch before are still under way once a newer one is in use. */
const STRAGGLERS_MILLIS: Millis = 5000;
/**
 * How far ahead of the newest key that we know one may be that is worth waiting for: where many are put
 * out one after the other the key changes as often.
 */
const MAX_EPOCHS_AHEAD = 32;

/** A control packet that was opened, and whether only the host can have sealed it. */
export interface OpenedControl {
  readonly packet: Uint8Array;
  readonly isPrivate: boolean;
}

interface KnownEpoch extends GroupEpoch {
  /** From when on it counts as past; Infinity while none that is newer is in use. */
  retiresAt?: Millis;
}

/** What a listener of a secret broadcast knows: its own keys, the group's, and who signs. */
export class ListenerSecrecy {
  readonly #ciphers: Ciphers;
  readonly #control: ControlChannel;
  /** Of the JOIN before: the host goes on with it until it hears us under the new one. */
  readonly #previousControl: ControlChannel | undefined;
  readonly #signingKey: Uint8Array;
  /** Those of before a JOIN anew are kept: the host does not tell again what we have acknowledged. */
  readonly #epochs: Map<number, KnownEpoch>;
  readonly #seenControl: Map<number, ReplayWindow>;
  #newest: number;

  /** @param previous what we knew of the same session before we joined it anew. */
  constructor(
    ciphers: Ciphers,
    { signingKey, epochs }: AcceptKeys,
    secrets: JoinSecrets,
    previous?: ListenerSecrecy,
  ) {
    this.#ciphers = ciphers;
    this.#previousControl = previous ? previous.#control : undefined;
    this.#seenControl = previous ? previous.#seenControl : new Map();
    this.#epochs = previous ? previous.#epochs : new Map();
    this.#newest = previous ? previous.#newest : 0;
    this.#control = new ControlChannel(ciphers, secrets.control, "listener");
    this.#signingKey = signingKey;
    for (const { epoch, key } of epochs) this.addEpoch(epoch, key);
  }

  /** @returns whether it is news; one that is older than what is known is not. */
  addEpoch(epoch: number, key: Uint8Array): boolean {
    if (epoch <= this.#newest) return false;
    this.#newest = epoch;
    this.#epochs.set(keyIdOfEpoch(epoch), new GroupEpoch(this.#ciphers, epoch, key));
    return true;
  }

  sealControl(packet: Uint8Array): Uint8Array {
    return this.#control.seal(packet);
  }

  openControl(datagram: Uint8Array, now: Millis): Parsed<OpenedControl> {
    if (keyIdOf(datagram) === CONTROL_KEY_ID) {
      const packet = this.#openOwn(datagram);
      return packet.ok ? parsed({ packet: packet.value, isPrivate: true }) : packet;
    }
    const epoch = this.#epochOf(datagram, now);
    if (!epoch.ok) return epoch;
    const opened = epoch.value.rtcp.unprotect(datagram);
    if (!opened) return junk("unauthentic");
    if (!this.#windowOf(opened.ssrc).accept(opened.index)) return junk("replayed");
    this.#use(epoch.value, now);
    return parsed({ packet: opened.packet, isPrivate: false });
  }

  /** @returns the RTP packet; its copies are not told apart here, for the ledger counts them. */
  openMedia(datagram: Uint8Array, index: ExtendedSequence, now: Millis): Parsed<Uint8Array> {
    const epoch = this.#epochOf(datagram, now);
    if (!epoch.ok) return epoch;
    const packet = epoch.value.rtp.unprotect(datagram, index);
    if (!packet) return junk("unauthentic");
    this.#use(epoch.value, now);
    return parsed(packet);
  }

  /** @returns the event without its signature. */
  verifyEvent(payload: Uint8Array): Parsed<Uint8Array> {
    return verifyEvent(this.#ciphers, this.#signingKey, payload);
  }

  /** Whether its key may still be under way to us. */
  mayBeOpenedLater(datagram: Uint8Array): boolean {
    const keyId = keyIdOf(datagram);
    for (let ahead = 1; ahead <= MAX_EPOCHS_AHEAD; ahead++) {
      if (keyId === keyIdOfEpoch(this.#newest + ahead)) return true;
    }
    return false;
  }

  #openOwn(datagram: Uint8Array): Parsed<Uint8Array> {
    const opened = this.#control.open(datagram);
    const mayBeOlder = !opened.ok && opened.junk === "unauthentic";
    return mayBeOlder ? this.#previousControl?.open(datagram) ?? opened : opened;
  }

  #epochOf(datagram: Uint8Array, now: Millis): Parsed<KnownEpoch> {
    const keyId = keyIdOf(datagram)!;
    const epoch = this.#epochs.get(keyId);
    if (epoch && now < (epoch.retiresAt ?? Infinity)) return parsed(epoch);
    this.#epochs.delete(keyId);
    return junk("unknownEpoch");
  }

  /** Whoever was put out knows the key of the epoch before, so that is not taken for long. */
  #use({ epoch }: KnownEpoch, now: Millis): void {
    for (const other of this.#epochs.values()) {
      if (other.epoch < epoch) other.retiresAt ??= now + STRAGGLERS_MILLIS;
    }
  }

  #windowOf(ssrc: number): ReplayWindow {
    let window = this.#seenControl.get(ssrc);
    if (!window) this.#seenControl.set(ssrc, window = new ReplayWindow());
    return window;
  }
}
