import { ControlChannel } from "../../../shared/secrecy/control_channel.ts";
import { openAnswer } from "../../../shared/secrecy/answer_seal.ts";
import type { JoinSecrets } from "../../../shared/secrecy/join_sealing.ts";
import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import {
  type AdmissionMessage,
  answerAssociated,
  joinAssociated,
  parseAdmission,
  parseSealedAnswer,
  serializeAdmission,
  serializeJoinInfo,
} from "../../../shared/admission/admission.ts";
import { Lane } from "../../../shared/lane/lane.ts";
import { toNtp } from "../../../shared/rtcp/ntp.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { demux } from "../../../shared/rtp/demux.ts";
import { sealJoin } from "./fast_sealer.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";

type Retry = Extract<AdmissionMessage, { type: "retry" }>;

/**
 * The shortest way into a broadcast, without I/O: HELLO, a JOIN, a report, and what the host says in its lane
 * is acknowledged. It decrypts control, never media, so thousands of them cost little. The JOIN is sealed
 * beforehand, since sealing costs more than opening.
 */
export class Joiner {
  readonly #token: string | undefined;
  readonly #rng: Rng;
  readonly #clientRandom: Uint8Array;
  #join: Uint8Array | undefined;
  #secrets: JoinSecrets | undefined;
  #session:
    | { readonly ssrc: number; readonly lane: Lane; readonly control?: ControlChannel }
    | undefined;
  /** Whether it was told of the channels, which it is after its ACCEPT. */
  isDescribed = false;

  constructor(token: string | undefined, rng: Rng) {
    this.#token = token;
    this.#rng = rng;
    this.#clientRandom = rng.bytes(16);
  }

  /** Whether its JOIN is ready. */
  get hasJoin(): boolean {
    return this.#join !== undefined;
  }

  /** Whether the host has accepted it. */
  get isIn(): boolean {
    return this.#session !== undefined;
  }

  get hello(): Uint8Array {
    return serializeAdmission({ type: "hello", clientRandom: this.#clientRandom });
  }

  /** Call it once `hasJoin`. */
  get join(): Uint8Array {
    return this.#join!;
  }

  /** Takes the answer to its HELLO, and makes the JOIN. */
  prepare(answer: Uint8Array): void {
    const message = parseAdmission(answer);
    if (this.hasJoin || !message.ok || message.value.type !== "retry") return;
    const clientRandom = this.#clientRandom;
    const info = { ...(this.#token !== undefined && { token: this.#token }), name: "joiner" };
    const { cookie, hostKey } = message.value;
    this.#join = hostKey
      ? this.#seal(message.value, serializeJoinInfo(info))
      : serializeAdmission({ type: "join", clientRandom, cookie, info });
  }

  /** @returns what it answers to a datagram of the host. */
  receive(datagram: Uint8Array, now: Millis): Uint8Array[] {
    const kind = demux(datagram);
    if (!kind.ok || kind.value === "rtp") return [];
    if (kind.value === "admission") return this.#onAdmission(datagram, now);
    return this.#onControl(datagram, now);
  }

  /** A report, due every few seconds. */
  report(now: Millis): Uint8Array {
    const { ssrc } = this.#session!;
    return this.#write([
      { type: "receiverReport", ssrc, reports: [] },
      { type: "referenceTime", ssrc, ntpTime: toNtp(now) },
    ]);
  }

  goodbye(): Uint8Array {
    return this.#write([{ type: "goodbye", ssrcs: [this.#session!.ssrc] }]);
  }

  #onAdmission(datagram: Uint8Array, now: Millis): Uint8Array[] {
    const message = parseAdmission(datagram);
    if (this.isIn || !message.ok) return [];
    const answer = message.value.type === "answer" ? this.#open(message.value) : message.value;
    if (answer?.type !== "accept") return [];
    const { listenerSsrc: ssrc } = answer.info;
    const lane = new Lane({ ssrc, listenerSsrc: ssrc });
    const control = this.#secrets &&
      new ControlChannel(nodeCiphers, this.#secrets.control, "listener");
    this.#session = { ssrc, lane, ...(control && { control }) };
    return [this.report(now)];
  }

  #onControl(datagram: Uint8Array, now: Millis): Uint8Array[] {
    if (!this.#session) return [];
    const { control, lane, ssrc } = this.#session;
    const packet = control ? control.open(datagram) : { ok: true, value: datagram } as const;
    const messages = packet.ok ? parseRtcp(packet.value) : packet;
    if (!messages.ok) return [];
    const keys = messages.value.flatMap((message) =>
      message.type === "epochKey"
        ? [{ type: "epochReceived", ssrc, epoch: message.epoch } as const]
        : []
    );
    const ofLane = messages.value.filter((message) =>
      message.type === "laneData" || message.type === "laneAck"
    );
    if (lane.receive(ofLane, now).length > 0) this.isDescribed = true;
    const answers = [...(keys.length > 0 ? [keys] : []), ...lane.poll(now)];
    return answers.map((messages) => this.#write(messages));
  }

  #write(messages: readonly RtcpMessage[]): Uint8Array {
    const packet = serializeRtcp(messages);
    return this.#session!.control?.seal(packet) ?? packet;
  }

  #open(message: Extract<AdmissionMessage, { type: "answer" }>): AdmissionMessage | undefined {
    const { clientRandom, nonce, ciphertext } = message;
    const associated = answerAssociated(clientRandom);
    const said = openAnswer(nodeCiphers, this.#secrets!, nonce, ciphertext, associated);
    const answer = said && parseSealedAnswer(clientRandom, said);
    return answer?.ok ? answer.value : undefined;
  }

  #seal({ cookie, hostKey }: Retry, info: Uint8Array): Uint8Array {
    const clientRandom = this.#clientRandom;
    const associated = joinAssociated(clientRandom, cookie);
    const { ciphertext, secrets } = sealJoin(this.#rng, hostKey!, info, associated);
    this.#secrets = secrets;
    const { encapsulated } = secrets;
    return serializeAdmission({
      type: "sealedJoin",
      clientRandom,
      cookie,
      encapsulated,
      ciphertext,
    });
  }
}
