import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { WallTime } from "../../../shared/core/wall_time.ts";
import type { SenderReport } from "../../../shared/rtcp/rtcp.ts";
import { Admission, type AdmissionOptions } from "./admission.ts";
import { JoinHandler, type JoinHandlerOptions } from "./join_handler.ts";
import { ListenerControl, type ListenerControlOptions } from "./listener_control.ts";
import { PathChallenges } from "./path_challenges.ts";
import { SessionRemoval } from "./session_removal.ts";

/** What admission needs of its edge. */
export interface OpenAdmissionOptions
  extends
    Pick<AdmissionOptions, "capacity" | "others">,
    Pick<JoinHandlerOptions, "announce">,
    Omit<ListenerControlOptions, "challenges" | "removal" | "originTime" | "clockReports"> {
  readonly rng: Rng;
  readonly now: Millis;
  readonly told: {
    timeAt(now: Millis): { readonly now: Millis };
    clockReports(now: Millis, unsent: (ssrc: number) => number): readonly SenderReport[];
  };
}

/** Opens what admits listeners, takes their reports and ends their sessions. */
export function openAdmission(options: OpenAdmissionOptions) {
  const { rng, now, hostSsrc, told, outbox } = options;
  const wallTime = new WallTime();
  const originTime = (at: Millis) => told.timeAt(at).now;
  const admission = new Admission({ ...options, wallTime, originTime });
  const removal = new SessionRemoval({ ...options, admission, wallTime });
  const joinHandler = new JoinHandler({ ...options, admission, removal });
  const listenerControl = new ListenerControl({
    ...options,
    challenges: new PathChallenges(rng, hostSsrc, now),
    removal,
    originTime,
    clockReports: ({ slot }, at) => told.clockReports(at, (ssrc) => outbox.waiting(slot, ssrc)),
  });
  return { removal, joinHandler, listenerControl };
}
