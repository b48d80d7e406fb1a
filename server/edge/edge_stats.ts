import type { Counters } from "../../shared/core/counters.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { ServerStats } from "../interface/output.ts";
import type { SourceFeedback } from "./feedback/source_feedback.ts";
import type { PastAnswers } from "./past/past_answers.ts";
import type { Repairs } from "./repair/repairs.ts";
import type { Outbox } from "./sending/outbox.ts";
import type { HostSecrecy } from "./sessions/host_secrecy.ts";
import type { ToldBroadcast } from "./told_broadcast.ts";
import type { Session, SessionTable } from "./sessions/sessions.ts";

/** The parts of an edge that count. */
export interface Counted {
  readonly sessions: SessionTable;
  readonly outbox: Outbox;
  readonly secrecy: HostSecrecy | undefined;
  readonly feedback: SourceFeedback;
  readonly repairs: Repairs;
  readonly past: PastAnswers<Session>;
  readonly told: ToldBroadcast;
  readonly junk: Counters<JunkName>;
}

export function statsOf(
  { sessions, outbox, secrecy, feedback, repairs, past, told, junk }: Counted,
): ServerStats {
  return {
    kind: "stats",
    listeners: sessions.joinedCount,
    packetsSent: outbox.mediaSent,
    bytesSent: outbox.mediaBytesSent,
    retransmitted: outbox.repairsSent,
    fecPacketsSent: outbox.paritySent,
    packetsEncrypted: secrecy?.mediaSealed ?? 0,
    keyFrameRequests: feedback.keyFrameRequests,
    unanswered: repairs.retransmitter.unanswered,
    pastFragmentsSent: past.sent,
    pastUnanswered: past.unanswered,
    overflowed: outbox.overflowed,
    sendsRefused: outbox.refused,
    sendErrors: outbox.errors,
    channels: told.channels.map((channel) => channel.totals()),
    junk: junk.snapshot(),
  };
}
