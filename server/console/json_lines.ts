import { formatJsonLine } from "../../shared/text/json_line.ts";
import type { Terminal } from "../../shared/driver/machine.ts";
import { formatAddress } from "../../shared/driver/socket.ts";
import type { Candidate } from "../../shared/report/report.ts";
import { qrCodeFor } from "../../shared/text/qr_drawing.ts";
import type { BroadcastReady } from "../broadcast/broadcast.ts";
import type { ServeOptions } from "../interface/config.ts";
import { NOT_ENCRYPTED } from "./host_terminal.ts";
import type { ToldOutput } from "../interface/output.ts";
import type { BroadcastTotals } from "./broadcast_totals.ts";

/** Prints one JSON object per line on standard output for scripts; text for people goes to standard error. */
export class JsonLines {
  readonly #terminal: Terminal;
  readonly #totals: BroadcastTotals;
  readonly #isPlain: boolean;
  readonly #drawsCode: boolean;

  constructor(
    terminal: Terminal,
    totals: BroadcastTotals,
    { isPlain, qr = false }: ServeOptions,
  ) {
    this.#terminal = terminal;
    this.#totals = totals;
    this.#isPlain = isPlain;
    this.#drawsCode = qr;
  }

  start({ host, port, link, channels, studio, id }: BroadcastReady): void {
    if (this.#isPlain) this.#terminal.err(`${NOT_ENCRYPTED}\n`);
    this.#terminal.err(qrCodeFor(this.#terminal, link, this.#drawsCode));
    const more = { ...(studio && { studio }), ...(id && { id }) };
    this.#print({ kind: "ready", host, port, link, channels, ...more });
  }

  show(output: ToldOutput): void {
    switch (output.kind) {
      case "listener-joined":
      case "listener-left":
      case "rejected":
        return this.#print({ ...output, address: formatAddress(output.address) });
      case "more-rejected":
      case "channel-started":
      case "channel-ended":
      case "channel-paused":
      case "channel-resumed":
      case "teams":
        return this.#print(output);
      case "report": {
        const { name: _name, ...line } = output;
        return this.#print(line);
      }
      case "candidate":
        return this.#print(candidateLine(output.candidate));
      case "stats":
        return this.#print(output, "status");
      case "notice":
        return this.#terminal.err(`${output.text}\n`);
    }
  }

  end(): void {
    const { reason, joined, rejected, mostListeners, events, stats, now, startedAt } = this.#totals;
    const seconds = (now - (startedAt ?? now)) / 1000;
    const { kind: _kind, listeners: _listeners, ...totals } = stats;
    const counts = { joined, rejected, mostListeners, events, ...totals };
    this.#print({ kind: "summary", reason, seconds, ...counts });
  }

  #print(line: object, worth: "news" | "status" = "news"): void {
    this.#terminal.out(formatJsonLine(line), worth);
  }
}

function candidateLine(candidate: Candidate): object {
  const { candidateId, title, origin, state, votes, against, reporters, eventId } = candidate;
  return {
    kind: "candidate",
    ...{ candidateId, title, origin, state, votes, against, reporters },
    ...(eventId !== undefined && { eventId }),
  };
}
