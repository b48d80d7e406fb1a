import type { Counters } from "../../../shared/core/counters.ts";
import type { Rng } from "../../../shared/core/rng.ts";
import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis, WallMillis } from "../../../shared/core/units.ts";
import { WallTime } from "../../../shared/core/wall_time.ts";
import type { AcceptInfo } from "../../../shared/admission/admission.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { Admission } from "./admission.ts";
import type { Examined } from "../../tokens/token_examiner.ts";
import { CLOCK_DRIFT_MILLIS, SessionRemoval } from "./session_removal.ts";
import { ListenerControl } from "./listener_control.ts";
import type { HostSecrecy } from "../sessions/host_secrecy.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { CoreOutput } from "../../interface/output.ts";
import type { PassReview } from "../../tokens/pass.ts";
import { PathChallenges } from "./path_challenges.ts";
import { JoinHandler } from "./join_handler.ts";
import type { ReportRate } from "./report_rate.ts";
import type { Repairs } from "../repair/repairs.ts";
import type { SessionTable } from "../sessions/sessions.ts";

export interface AudienceOptions {
  readonly capacity: number;
  readonly sessions: SessionTable;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy?: HostSecrecy;
  readonly rng: Rng;
  readonly now: Millis;
  readonly outbox: Outbox;
  readonly junk: Counters<JunkName>;
  /** Helps those who lose packets. */
  readonly repairs: Repairs;
  /** Under which the host answers (RFC 3550 section 5.1). */
  readonly hostSsrc: number;
  readonly reportRate: ReportRate;
  /** What a listener that is let in now is told, but for its own SSRC. */
  readonly describe: () => Omit<AcceptInfo, "listenerSsrc">;
  readonly say: (output: CoreOutput) => void;
}

/** The listeners: how they come in, what they say, and how they go. */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #admission: Admission;
  readonly #reception: JoinHandler;
  readonly #listenerControl: ListenerControl;
  readonly #removal: SessionRemoval;
  readonly #wallTime = new WallTime();

  constructor(options: AudienceOptions) {
    const { rng, now, hostSsrc } = options;
    this.#options = options;
    const challenges = new PathChallenges(rng, hostSsrc, now);
    const wallTime = this.#wallTime;
    const admission = this.#admission = new Admission({ ...options, wallTime });
    const removal = this.#removal = new SessionRemoval({ ...options, admission, wallTime });
    this.#reception = new JoinHandler({ ...options, admission, removal });
    this.#listenerControl = new ListenerControl({ ...options, challenges, removal });
  }

  /** When somebody is to be put out, or told so once more, or keys are to be told. */
  get deadline(): Millis {
    const keysDueAt = this.#options.secrecy?.epochs.deadline ?? Infinity;
    return Math.min(this.#removal.deadline, keysDueAt);
  }

  /** From now on nobody is let in, and whoever goes is expected to. */
  close(): void {
    this.#removal.close();
    this.#admission.close();
  }

  /** Everyone counts as gone; what is queued for them is still sent. */
  dismissAll(): void {
    this.#removal.dismissAll();
  }

  dismissSilent(now: Millis): void {
    this.#removal.dismissSilent(now);
  }

  /** Puts out whose pass is no longer good; from now on `review` decides about JOINs too. */
  reviewPasses(review: PassReview, now: Millis): void {
    this.#admission.reviewBy(review);
    this.#removal.putOut(now);
  }

  /** Passes are judged by it; who is in is judged anew when it was set. */
  tellWallTime(wallNow: WallMillis, now: Millis): void {
    const step = this.#wallTime.tell(wallNow, now);
    if (Math.abs(step) > CLOCK_DRIFT_MILLIS) this.#removal.putOut(now);
  }

  advance(now: Millis): void {
    this.#removal.advance(now);
    this.#tellKeys(now);
  }

  receiveAdmission(datagram: Uint8Array, from: Address, now: Millis): void {
    this.#reception.receive(datagram, from, now);
  }

  /** What came of looking into the JOIN that was said under this `id`. */
  onExamined(id: number, examined: Examined, now: Millis): void {
    this.#reception.onExamined(id, examined, now);
  }

  receiveRtcp(datagram: Uint8Array, from: Address, now: Millis): void {
    this.#listenerControl.receive(datagram, from, now);
  }

  #tellKeys(now: Millis): void {
    const { secrecy, outbox, sessions, hostSsrc: ssrc } = this.#options;
    for (const { to, epochs } of secrecy?.epochs.poll(sessions.all, now) ?? []) {
      const messages = epochs.map(({ epoch, key }) =>
        ({ type: "epochKey", ssrc, epoch, key }) as const
      );
      outbox.sendControl(to.alone, to.seal(serializeRtcp(messages)));
    }
  }
}
