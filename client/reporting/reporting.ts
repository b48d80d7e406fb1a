/*
 * Reports of whoever listens: what happened in the match, sent to the host, which has others vote on it.
 *
 * In: reports as people or programs make them (`add`, report_draft.ts), the host's messages (`take`), new sessions,
 * and the time. Out: reports to send by the lane (`poll`), and what became of each (outputs).
 *
 * Reports wait while there is no host, and go out with the time at which each thing happened, converted to the
 * host's clock only then: at most ten at once, then one a second. What a host has not answered goes again in the next
 * session with the same id, and the host counts each id once. Whoever makes reports faster than a host allows has
 * them sent as they are, and is told that they were too fast; one that only the way to the host made too fast goes
 * again later, and nobody is told. `report_lines.ts` reads the file of `--report`. Read report_draft.ts next.
 */

import { BoundedMap } from "../../shared/core/bounded_map.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import { Pace } from "../../shared/lane/pace.ts";
import type {
  Candidate,
  Report,
  ReportAnswer,
  ReportRefusal,
  ReportSetup,
  ToReporter,
} from "../../shared/report/report.ts";
import { fillDraft, type FilledDraft, type ReportDraft } from "./report_draft.ts";

/** `sent`: it has gone to the host; the others are what the host answers. */
export type ReportState = "sent" | "counted" | "duplicate" | "refused";

export type ReportingOutput =
  /** What can be reported; told to whoever may report, and again when the teams are named anew. */
  | { readonly kind: "report-setup"; readonly setup: ReportSetup }
  /** How the votes stand on what reporters say; only the newest of what changes fast. */
  | { readonly kind: "candidate"; readonly candidate: Candidate }
  | {
    readonly kind: "report";
    readonly reportId: string;
    readonly state: ReportState;
    readonly code?: ReportRefusal;
  };

/** The way to the host. */
export interface ReportWay {
  /** The host's time at a time of this machine's clock; undefined while it is not known. */
  hostTime(at: Millis): Millis | undefined;
  /** Where the way is in clear, the token that shows who reports. */
  readonly token?: string | undefined;
  /** @returns false when there is no room: it is tried again a little later. */
  send(report: Report): boolean;
}

interface Pending {
  readonly draft: FilledDraft;
  /** It was made faster than a host allows. */
  readonly isHasty: boolean;
  /** Whether it is on its way to the host. */
  isSent: boolean;
  /** Whether that was told. */
  isTold: boolean;
  /** Not to be sent before. */
  notBefore: Millis;
  /** How often the host found it too fast. */
  tries: number;
}

/** The most reports that wait for the host or its answer. */
export const MAX_PENDING = 1000;
/** What a host allows one reporter. */
const ALLOWED = { perSecond: 1, burst: 10 };
/** A little slower, since a network brings reports closer together. */
const PACE = { ...ALLOWED, perSecond: 0.95 };
/** Hasty ones too: a host reads no more than 2 messages a second, 30 at once, and answers only what it reads. */
const MESSAGES = { perSecond: 1.9, burst: 25 };
const FULL_WAIT: Millis = 250;
const TOO_FAST_WAIT: Millis = 1100;
const LONGEST_WAIT: Millis = 30_000;
/** So many own reports are known to an undo that does not say what it takes back. */
const MAX_KNOWN = 1000;
const ID_BYTES = 10;

export class Reporting {
  readonly #rng: Rng;
  /** How fast reports are made. */
  readonly #making = new Pace(ALLOWED);
  readonly #pace = new Pace(PACE);
  readonly #messages = new Pace(MESSAGES);
  readonly #pending = new Map<string, Pending>();
  readonly #known = new BoundedMap<string, FilledDraft>(MAX_KNOWN);

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** Whether reports wait to be sent. */
  get isWaiting(): boolean {
    return this.#next !== undefined;
  }

  /** When {@linkcode poll} has something to send, if there is a way to the host; Infinity when nothing waits. */
  get deadline(): Millis {
    const next = this.#next;
    return next ? this.#dueAt(next) : Infinity;
  }

  /**
   * Takes a report; one whose id waits already is the same report.
   *
   * @param draft its `time` is by this machine's clock.
   * @returns its id; undefined when {@linkcode MAX_PENDING} wait.
   */
  add(draft: ReportDraft, now: Millis): string | undefined {
    const id = draft.id ?? this.#rng.bytes(ID_BYTES).toHex();
    if (this.#pending.has(id)) return id;
    if (this.#pending.size >= MAX_PENDING) return undefined;
    const undone = this.#known.get(draft.supersedes ?? "");
    const filled = fillDraft({ ...draft, id }, undone);
    const isHasty = !this.#making.take(now);
    const state = { isSent: false, isTold: false, notBefore: -Infinity, tries: 0 };
    this.#pending.set(id, { draft: filled, isHasty, ...state });
    this.#known.renew(id, filled);
    return id;
  }

  /** Another session with the host: it may not have got what it has not answered. */
  onSession(): void {
    for (const pending of this.#pending.values()) {
      pending.isSent = false;
      pending.notBefore = -Infinity;
    }
  }

  /** Takes what the host says. */
  take(message: ToReporter, now: Millis): ReportingOutput[] {
    switch (message.type) {
      case "setup":
        return [{ kind: "report-setup", setup: message }];
      case "candidate":
        return [{ kind: "candidate", candidate: message }];
      case "report":
        return this.#onAnswer(message, now);
    }
  }

  /** Sends what is due. @returns what is told of it. */
  poll(way: ReportWay, now: Millis): ReportingOutput[] {
    const outputs: ReportingOutput[] = [];
    for (let next = this.#due(now); next; next = this.#due(now)) {
      const report = writeReport(next.draft, way, now);
      if (!report) break;
      if (!way.send(report)) {
        next.notBefore = now + FULL_WAIT;
        break;
      }
      this.#messages.take(now);
      if (!next.isHasty) this.#pace.take(now);
      next.isSent = true;
      if (!next.isTold) outputs.push({ kind: "report", reportId: next.draft.id, state: "sent" });
      next.isTold = true;
    }
    return outputs;
  }

  #due(now: Millis): Pending | undefined {
    const next = this.#next;
    return next && this.deadline <= now ? next : undefined;
  }

  /** The one that can go first, the oldest of them. */
  get #next(): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending.values()) {
      if (pending.isSent) continue;
      if (!first || this.#dueAt(pending) < this.#dueAt(first)) first = pending;
    }
    return first;
  }

  #dueAt({ isHasty, notBefore }: Pending): Millis {
    const pace = isHasty ? -Infinity : this.#pace.nextAt;
    return Math.max(notBefore, this.#messages.nextAt, pace);
  }

  #onAnswer({ reportId, verdict, code }: ReportAnswer, now: Millis): ReportingOutput[] {
    const pending = this.#pending.get(reportId);
    // An answer may come twice: to the report, and to the same report of an earlier session.
    if (!pending) return [];
    if (code === "too-fast" && !pending.isHasty) {
      const wait = Math.min(TOO_FAST_WAIT * 2 ** Math.min(pending.tries++, 10), LONGEST_WAIT);
      Object.assign(pending, { isSent: false, notBefore: now + wait });
      return [];
    }
    this.#pending.delete(reportId);
    return [{ kind: "report", reportId, state: verdict, ...(code !== undefined && { code }) }];
  }
}

/** @returns undefined while the host's clock is not known. */
function writeReport(
  { id, type, title, origin, time, supersedes }: FilledDraft,
  way: ReportWay,
  now: Millis,
): Report | undefined {
  const [sentAt, happenedAt] = [way.hostTime(now), way.hostTime(time)];
  if (sentAt === undefined || happenedAt === undefined) return undefined;
  return {
    type: "event",
    time: Math.round(sentAt),
    ...(way.token !== undefined && { token: way.token }),
    event: {
      id,
      ...(type !== undefined && { type }),
      ...{ title, origin, time: Math.round(happenedAt) },
      ...(supersedes !== undefined && { supersedes }),
    },
  };
}
