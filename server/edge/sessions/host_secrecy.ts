import type { Rng } from "../../../shared/core/rng.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import { ANSWER_NONCE_BYTES, sealAnswer } from "../../../shared/secrecy/answer_seal.ts";
import type { Ciphers } from "../../../shared/secrecy/ciphers.ts";
import { ControlChannel } from "../../../shared/secrecy/control_channel.ts";
import type { JoinSecrets } from "../../../shared/secrecy/join_sealing.ts";
import { signEvent } from "../../../shared/secrecy/signed_event.ts";
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

/** What makes a broadcast secret; handed in. */
export interface SecrecyKeys {
  readonly ciphers: Ciphers;
  /** The public key that JOINs are sealed to: 32 bytes. */
  readonly hostKey: Uint8Array;
  /** Of the Ed25519 key that signs events: 32 bytes. */
  readonly signingSeed: Uint8Array;
}

/** Everything that a secret broadcast seals and signs. */
export class HostSecrecy {
  readonly hostKey: Uint8Array;
  readonly epochs: EpochKeys<Session>;
  readonly #keys: SecrecyKeys;
  readonly #rng: Rng;
  #mediaSealed = 0;
  /** SRTCP indexes, one row for all epochs, so that none is ever used twice. */
  #controlSent = 0;

  constructor(keys: SecrecyKeys, rng: Rng, now: Millis) {
    this.#keys = keys;
    this.#rng = rng;
    this.hostKey = keys.hostKey;
    this.epochs = new EpochKeys(keys.ciphers, rng, now);
  }

  /** What a listener that is let in now is told. */
  describe(): AcceptKeys {
    const { ciphers, signingSeed } = this.#keys;
    const epochs = this.epochs.all.map(({ epoch, key }) => ({ epoch, key }));
    return { signingKey: ciphers.signingKeyOf(signingSeed), epochs };
  }

  /** Sends the keys that are due, to each listener sealed for it alone. @param ssrc of the host. */
  sendKeys(sessions: readonly Session[], outbox: Outbox, ssrc: number, now: Millis): void {
    for (const { to, epochs } of this.epochs.poll(sessions, now)) {
      const messages = epochs.map(({ epoch, key }) =>
        ({ type: "epochKey", ssrc, epoch, key }) as const
      );
      outbox.sendControl(to.alone, to.seal(serializeRtcp(messages)));
    }
  }

  /** The SRTCP index of the next {@linkcode sealReport}, by which a listener knows what can come. */
  get srtcpIndex(): number {
    return this.#controlSent;
  }

  /** How many packets were sealed by {@linkcode sealMedia}. */
  get mediaSealed(): number {
    return this.#mediaSealed;
  }

  /** Once for all listeners. */
  sealMedia(packet: Uint8Array, index: ExtendedSequence): Uint8Array {
    this.#mediaSealed++;
    return this.epochs.current.rtp.protect(packet, index);
  }

  /** Once for all listeners. */
  sealReport(packet: Uint8Array): Uint8Array {
    return this.epochs.current.rtcp.protect(packet, this.#controlSent++);
  }

  signEvent(event: Uint8Array): Uint8Array {
    return signEvent(this.#keys.ciphers, this.#keys.signingSeed, event);
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
