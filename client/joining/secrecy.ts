import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import { CONTROL_KEY_ID, ControlChannel } from "../../shared/secrecy/control_channel.ts";
import { GroupEpoch } from "../../shared/secrecy/group_epoch.ts";
import type { JoinSecrets } from "../../shared/secrecy/join_sealing.ts";
import type { DataVerifier } from "../../shared/data/signed_data.ts";
import { verifyEvent } from "../../shared/secrecy/signed_event.ts";
import { keyIdOf } from "../../shared/secrecy/srtp.ts";
import type { AcceptKeys } from "../../shared/admission/accept_keys.ts";
import { junk, type Parsed, parsed } from "../../shared/core/parsed.ts";
import { type ControlIndex, ControlRange, SeenControl } from "./control_indexes.ts";
import { KnownEpochs } from "./known_epochs.ts";

export interface OpenedControl {
  /** In clear. */
  readonly packet: Uint8Array;
  /** Whether only the host can have sealed it; otherwise any listener could. */
  readonly isPrivate: boolean;
}

/** The keys of a listener when the host encrypts: its own, the group's, and the host's signing key. */
export class ListenerSecrecy {
  readonly #ciphers: Ciphers;
  readonly #control: ControlChannel;
  /** From the JOIN before: the host uses it until it receives a packet sealed with the new keys. */
  readonly #previousControl: ControlChannel | undefined;
  readonly #verifier: DataVerifier;
  /** Kept over a new JOIN, because the host does not send acknowledged keys again. */
  readonly #epochs: KnownEpochs;
  /** The group's control packets of each epoch, kept as long as its key. */
  readonly #seenControl: WeakMap<GroupEpoch, SeenControl>;
  /** Absent when the ACCEPT gives no index. */
  readonly #controlRange: ControlRange | undefined;

  /**
   * @param accepted what an ACCEPT says. The signatures of events cover the id of the broadcast; without an id none
   * is the host's.
   * @param previous the keys of the same session before this JOIN.
   * @param hostIndex the index of the host's control packets to all listeners.
   */
  constructor(
    ciphers: Ciphers,
    accepted: AcceptKeys & { readonly broadcastId?: string },
    secrets: Pick<JoinSecrets, "control">,
    previous?: ListenerSecrecy,
    hostIndex?: ControlIndex,
  ) {
    this.#ciphers = ciphers;
    this.#previousControl = previous ? previous.#control : undefined;
    this.#seenControl = previous ? previous.#seenControl : new WeakMap();
    this.#controlRange = (previous && previous.#controlRange) ??
      (hostIndex && new ControlRange(hostIndex));
    if (hostIndex) this.#controlRange?.renew(hostIndex);
    this.#epochs = previous ? previous.#epochs : new KnownEpochs();
    this.#control = new ControlChannel(ciphers, secrets.control, "listener");
    const { signingKey, broadcastId = "" } = accepted;
    this.#verifier = { ciphers, signingKey, broadcastId };
    for (const { epoch, key } of accepted.epochs) this.addEpoch(epoch, key);
  }

  /** @returns whether the key was unknown. */
  addEpoch(epoch: number, key: Uint8Array): boolean {
    return this.#epochs.add(new GroupEpoch(this.#ciphers, epoch, key));
  }

  sealControl(packet: Uint8Array): Uint8Array {
    return this.#control.seal(packet);
  }

  openControl(datagram: Uint8Array, now: Millis): Parsed<OpenedControl> {
    if (keyIdOf(datagram) === CONTROL_KEY_ID) {
      const packet = this.#openPrivate(datagram);
      return packet.ok ? parsed({ packet: packet.value, isPrivate: true }) : packet;
    }
    const epoch = this.#epochOf(datagram, now);
    if (!epoch.ok) return epoch;
    const opened = epoch.value.rtcp.unprotect(datagram);
    if (!opened) return junk("unauthentic");
    if (this.#controlRange?.isTooFar(opened.index, now)) return junk("implausibleIndex");
    const isNew = !this.#controlRange?.isPast(opened.index) &&
      this.#seenUnder(epoch.value).accept(datagram, opened.index);
    if (!isNew) return junk("replayed");
    this.#epochs.use(epoch.value, now);
    return parsed({ packet: opened.packet, isPrivate: false });
  }

  /** @returns the whole RTP packet in clear. Copies pass too, because the ledger counts them. */
  openMedia(datagram: Uint8Array, index: ExtendedSequence, now: Millis): Parsed<Uint8Array> {
    const epoch = this.#epochOf(datagram, now);
    if (!epoch.ok) return epoch;
    const packet = epoch.value.rtp.unprotect(datagram, index);
    if (!packet) return junk("unauthentic");
    this.#epochs.use(epoch.value, now);
    return parsed(packet);
  }

  /** What the signatures of messages and of blocks of past events are checked with. */
  get verifier(): DataVerifier {
    return this.#verifier;
  }

  /** @returns the event without its signature. */
  verifyEvent(payload: Uint8Array): Parsed<Uint8Array> {
    return verifyEvent(this.#verifier, payload);
  }

  /** Whether the key of the datagram may still come. */
  mayBeOpenedLater(datagram: Uint8Array): boolean {
    return this.#epochs.mayCome(keyIdOf(datagram)!);
  }

  #openPrivate(datagram: Uint8Array): Parsed<Uint8Array> {
    const opened = this.#control.open(datagram);
    const mayBeOlder = !opened.ok && opened.junk === "unauthentic";
    return mayBeOlder ? this.#previousControl?.open(datagram) ?? opened : opened;
  }

  #epochOf(datagram: Uint8Array, now: Millis): Parsed<GroupEpoch> {
    const epoch = this.#epochs.find(keyIdOf(datagram)!, now);
    return epoch ? parsed(epoch) : junk("unknownEpoch");
  }

  #seenUnder(epoch: GroupEpoch): SeenControl {
    const seen = this.#seenControl.get(epoch) ?? new SeenControl();
    this.#seenControl.set(epoch, seen);
    return seen;
  }
}
