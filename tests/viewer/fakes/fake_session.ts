import type { ListenerOutput } from "../../../client/interface/output.ts";
import type { ReportDraft } from "../../../client/reporting/report_draft.ts";
import type { ListenerSession, ListenerSummary } from "../../../client/session/session.ts";
import type { LedgerSnapshot } from "../../../shared/ledger/ledger.ts";

/** A listener that says what a test tells it to. */
export class FakeSession implements ListenerSession {
  readonly finished: Promise<ListenerSummary>;
  isStopped = false;
  /** What was reported. */
  readonly reports: ReportDraft[] = [];
  hasRoom = true;
  readonly #subscribers = new Set<(output: ListenerOutput) => void>();
  #ledger: LedgerSnapshot = { at: 0, channels: [], junk: {} };
  #finish!: (summary: ListenerSummary) => void;

  constructor() {
    this.finished = new Promise((resolve) => this.#finish = resolve);
  }

  subscribe(onOutput: (output: ListenerOutput) => void): () => void {
    this.#subscribers.add(onOutput);
    return () => this.#subscribers.delete(onOutput);
  }

  ledger(): LedgerSnapshot {
    return this.#ledger;
  }

  report(draft: ReportDraft): string | undefined {
    if (!this.hasRoom) return undefined;
    this.reports.push(draft);
    return draft.id;
  }

  localTime(hostTime: number): number {
    return hostTime;
  }

  stop(): void {
    this.isStopped = true;
    this.emit({ kind: "ended", reason: "interrupted" });
  }

  emit(output: ListenerOutput): void {
    if (output.kind === "stats") this.#ledger = output.ledger;
    for (const onOutput of this.#subscribers) onOutput(output);
    if (output.kind === "ended") {
      this.#finish({ reason: output.reason, code: output.code, ledger: this.#ledger });
    }
  }
}
