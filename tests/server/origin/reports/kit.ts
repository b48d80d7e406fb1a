import assert from "node:assert/strict";
import type {
  DeskOptions,
  DeskOutput,
  IncomingReport,
} from "../../../../server/origin/reports/desk_interface.ts";
import type { DeskSnapshot } from "../../../../server/origin/reports/desk_snapshot.ts";
import { ReportDesk } from "../../../../server/origin/reports/report_desk.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { Report } from "../../../../shared/report/report.ts";

export const HOME = "Flamengo";
export const AWAY = "Santos";
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const BEGIN = 1_763_600_000_000;

export const OPTIONS: DeskOptions = {
  origins: [HOME, AWAY],
  actions: [
    { title: "Goal", type: 2, both: false },
    { title: "Yellow card", type: 4, both: false },
    { title: "Corner", type: 6, both: false },
    { title: "Substitution", type: 8, both: false },
    { title: "Kick-off", type: 5, both: true },
    { title: "Half-time", type: 9, both: true },
    { title: "Throw-in", type: 200, both: false, windowSeconds: 5 },
  ],
  quorum: 2,
  votesPerAddress: 1,
};

/** What a test says of a report; a goal of the home team now, from an address of the reporter's own. */
export interface Said {
  readonly id?: string;
  readonly type?: Report["event"]["type"];
  readonly title?: string;
  readonly origin?: string;
  readonly time?: Millis;
  readonly sentAt?: Millis;
  readonly supersedes?: string;
  readonly address?: string;
  readonly mayReport?: boolean;
}

/** A desk with a clock, and what came out of it. */
export class Stands {
  now: Millis = BEGIN;
  desk: ReportDesk;
  readonly outputs: DeskOutput[] = [];
  #reports = 0;

  constructor(options: Partial<DeskOptions> = {}, snapshot?: DeskSnapshot) {
    this.desk = new ReportDesk({ ...OPTIONS, ...options }, snapshot);
  }

  /** Reports of a reporter. @returns the verdict, or the code of a refusal. */
  say(reporter: string, said: Said = {}): string {
    const outputs = this.desk.receive(this.#incoming(reporter, said), this.now);
    this.take(outputs);
    const answers = outputs.filter((output) => output.kind === "answer");
    assert.equal(answers.length, 1);
    const { verdict, code } = answers[0]!.answer;
    return code ?? verdict;
  }

  /** These people have reported lately; what they reported leaves no trace. */
  bring(...reporters: string[]): void {
    const before = this.outputs.length;
    for (const reporter of reporters) this.say(reporter, { title: "Half-time", origin: "" });
    for (const { candidateId } of this.desk.open) this.desk.reject(candidateId, this.now);
    this.outputs.length = before;
  }

  take(outputs: readonly DeskOutput[]): void {
    this.outputs.push(...outputs);
  }

  pass(millis: Millis): void {
    this.now += millis;
    this.take(this.desk.advance(this.now));
  }

  /** `state votes-against` of each change of candidates. */
  get told(): string[] {
    return this.candidates.map(({ state, votes, against }) => `${state} ${votes}-${against}`);
  }

  get candidates() {
    return this.outputs.flatMap((one) => one.kind === "candidate" ? [one.candidate] : []);
  }

  get events() {
    return this.outputs.flatMap((one) => one.kind === "confirmed" ? [one.event] : []);
  }

  get lastCandidate() {
    const last = this.candidates.at(-1);
    assert.ok(last);
    return last;
  }

  #incoming(reporter: string, said: Said): IncomingReport {
    const { title = "Goal", origin = HOME, time = this.now, sentAt = this.now } = said;
    const { type, supersedes, id = `${reporter}-${++this.#reports}` } = said;
    const event = {
      ...{ id, title, origin, time },
      ...(type && { type }),
      ...(supersedes !== undefined && { supersedes }),
    };
    const { address = "192.168.0.1", mayReport = true } = said;
    return { reporter, mayReport, address, report: { type: "event", time: sentAt, event } };
  }
}

export function names(count: number, prefix = "fan"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
