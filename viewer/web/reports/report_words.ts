import type { Millis } from "../../../shared/core/units.ts";
import type { Agreement } from "../../../shared/event/event.ts";
import type { Candidate, ReportRefusal } from "../../../shared/report/report.ts";
import type { ShownReport, VoteRow } from "./vote_rows.ts";

/** A sentence and its colour. */
export interface Words {
  readonly tone: "plain" | "good" | "busy" | "bad";
  readonly text: string;
}

const REFUSED: Readonly<Record<ReportRefusal, string>> = {
  "unknown-action": "the host does not take this action",
  "unknown-origin": "the host does not know this team",
  "too-fast": "too many reports at once, wait a moment",
  "not-a-reporter": "the host does not let you report",
  "too-old": "it is more than 10 minutes old",
  over: "the broadcast is over",
};

/** Of a refused undo or correction, whose time is not what matters. */
const TOO_LATE: Partial<Record<ShownReport["type"], string>> = {
  undo: "Too late to take it back: it is confirmed",
  correction: "Refused: it is too old, or no longer on the timeline",
};

/** Why a report was refused. */
export function refusalWords({ type, code }: Pick<ShownReport, "type" | "code">): string {
  if (code === undefined) return "Refused: too many reports wait on this machine already";
  return (code === "too-old" ? TOO_LATE[type] : undefined) ?? `Refused: ${REFUSED[code]}`;
}

/** How it is with what this listener said, when there is more to say than that it counts. */
export function ownWords({ own, candidate }: Pick<VoteRow, "own" | "candidate">): Words | null {
  if (!own) return null;
  switch (own.state) {
    case "held":
      return { tone: "bad", text: "Not sent yet: no viewer. Goes out with its time" };
    case "waiting":
      return { tone: "bad", text: "Not sent yet: no host. Goes out with its time" };
    case "sent":
      return { tone: "busy", text: "Sent, no answer yet" };
    case "refused":
      return { tone: "bad", text: refusalWords(own) };
    case "duplicate":
      return candidate ? null : { tone: "plain", text: "You had said so already" };
    case "counted":
      return candidate ? null : { tone: "good", text: "Counted" };
  }
}

/** How the votes stand. */
export function voteWords(candidate: Candidate): Words {
  const { state, votes, against, needed } = candidate;
  switch (state) {
    case "confirmed":
      return { tone: "good", text: "Confirmed" };
    case "expired":
      return { tone: "plain", text: "Expired: too few saw it" };
    case "retracted":
      return { tone: "plain", text: "Taken back" };
    case "provisional":
    case "reported": {
      if (needed === undefined) return { tone: "plain", text: `${votes} ${ofVotes(votes)}` };
      if (against === 0) return { tone: "plain", text: `${votes} of ${needed}` };
      const missing = Math.max(0, needed - votes + against);
      return { tone: "plain", text: `${votes} yes, ${against} no: ${missing} more` };
    }
  }
}

/** The same for screen readers. */
export function standingWords(candidate: Candidate): string {
  const { votes, against, needed, state } = candidate;
  if (state !== "reported" && state !== "provisional") return voteWords(candidate).text;
  const no = against > 0 ? `, ${against} against` : "";
  const short = needed === undefined ? "" : `, ${needed} needed`;
  return `${votes} ${ofVotes(votes)} for it${no}${short}`;
}

/** `2 of 3 reported it, 1 against, after 6 s`; the host may have confirmed what few reported. */
export function agreementWords({ votes, against, reporters, confirmedAfterMillis }: Agreement) {
  const no = against > 0 ? `, ${against} against` : "";
  const seconds = Math.round(confirmedAfterMillis / 1000);
  return `${votes} of ${Math.max(reporters, votes)} reported it${no}${
    seconds > 0 ? `, after ${seconds} s` : ""
  }`;
}

/** `Goal, Flamengo` */
export function subjectWords({ title, origin }: Pick<VoteRow, "title" | "origin">): string {
  return origin === "" ? title : `${title}, ${origin}`;
}

/** A second part of a line, after the first one if there is any. */
export function dotted(first: string, second: string): string {
  return first === "" ? second : ` · ${second}`;
}

/** `now`, `12 s ago`, `3 min ago` */
export function agoWords(age: Millis): string {
  const seconds = Math.floor(age / 1000);
  if (seconds < 2) return "now";
  return seconds < 60 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`;
}

function ofVotes(votes: number): string {
  return votes === 1 ? "vote" : "votes";
}
