import type { Rng } from "../../../shared/core/rng.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import { ANSWER_NONCE_BYTES, sealAnswer } from "../../../shared/secrecy/answer_seal.ts";
import type { Ciphers } from "../../../shared/secrecy/ciphers.ts";
import { ControlChannel } from "../../../shared/secrecy/control_channel.ts";
import type { JoinSecrets } from "../../../shared/secrecy/join_sealing.ts";
import type { AcceptKeys } from "../../../shared/admission/accept_keys.ts";
import {
  type AcceptMessage,
  answerAssociated,
  type RejectMessage,
  serializeAdmission,
  serializeSealedAnswer,
} from "../../../shared/admission/admission.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import type { Outbox } from "../sending/outbox.ts";
import { EpochKeys } from "./epoch_keys.ts";
import type { Session } from "./sessions.ts";

/** The keys and ciphers of an edge in an encrypted broadcast. The seed of the signatures is never among them. */
export interface EdgeKeys {
  readonly ciphers: Ciphers;
  /** The public key that JOINs are sealed to: 32 bytes. */
  readonly hostKey: Uint8Array;
}

/** Encrypts everything that an edge sends in an encrypted broadcast. */
export class HostSecrecy {
  readonly hostKey: Uint8Array;
  readonly epochs: EpochKeys<Session>;
  readonly #keys: EdgeKeys;
  readonly #rng: Rng;
  /** The origin's public key, which verifies events. */
  #signingKey: Uint8Array | undefined;
  #mediaSealed = 0;
  /** The next SRTCP index. It goes on through all epochs, so that none is used twice. */
  #controlSent = 0;

  constructor(keys: EdgeKeys, rng: Rng, now: Millis) {
    this.#keys = keys;
    this.#rng = rng;
    this.hostKey = keys.hostKey;
    this.epochs = new EpochKeys(keys.ciphers, rng, now);
  }

  /** Takes the public key of the origin, before the first listener is admitted. */
  trust(signingKey: Uint8Array): void {
    this.#signingKey = signingKey;
  }

  /** The keys as an ACCEPT gives them to a listener that is admitted now. */
  describe(): AcceptKeys {
    const epochs = this.epochs.all.map(({ epoch, key }) => ({ epoch, key }));
    return { signingKey: this.#signingKey!, epochs };
  }

  /** Sends the keys that are due, sealed for each listener alone. @param ssrc of the host. */
  sendKeys(
    sessions: () => readonly Session[],
    outbox: Outbox,
    ssrc: number,
    now: Millis,
  ): void {
    for (const { to, epochs } of this.epochs.poll(sessions, now)) {
      const messages = epochs.map(({ epoch, key }) =>
        ({ type: "epochKey", ssrc, epoch, key }) as const
      );
      outbox.sendControl(to.alone, to.seal(serializeRtcp(messages)));
    }
  }

  /** The SRTCP index of the next {@linkcode sealReport}; it bounds the indexes that a listener accepts. */
  get srtcpIndex(): number {
    return this.#controlSent;
  }

  /** The number of packets that {@linkcode sealMedia} has encrypted. */
  get mediaSealed(): number {
    return this.#mediaSealed;
  }

  /** Encrypts an RTP packet, once for all listeners. @param index its extended sequence number. */
  sealMedia(packet: Uint8Array, index: ExtendedSequence): Uint8Array {
    this.#mediaSealed++;
    return this.epochs.current.rtp.protect(packet, index);
  }

  /** Encrypts an RTCP packet, once for all listeners. */
  sealReport(packet: Uint8Array): Uint8Array {
    return this.epochs.current.rtcp.protect(packet, this.#controlSent++);
  }

  sealAnswer(message: AcceptMessage | RejectMessage, secrets: JoinSecrets): Uint8Array {
    const { clientRandom } = message;
    const nonce = this.#rng.bytes(ANSWER_NONCE_BYTES);
    const associated = answerAssociated(clientRandom);
    const said = serializeSealedAnswer(message);
    const ciphertext = sealAnswer(this.#keys.ciphers, secrets, nonce, said, associated);
    return serializeAdmission({ type: "answer", clientRandom, nonce, ciphertext });
  }

  openControl(secrets: JoinSecrets): ControlChannel {
    return new ControlChannel(this.#keys.ciphers, secrets.control, "host");
  }
}
