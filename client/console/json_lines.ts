import type { DataLine } from "../playing/data/data_line.ts";
import type { ListenerOutput } from "../interface/output.ts";
import type { ListenerSummary } from "../session/session.ts";

/** The fields of a line of `--json`. */
export interface JsonLine {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** The line of an output; undefined when it has none, or one with more than the output knows. */
export function lineOf(output: ListenerOutput): JsonLine | undefined {
  switch (output.kind) {
    case "joined":
      return joinedLine(output);
    case "channel-started":
    case "channel-ended":
    case "channel-paused":
    case "channel-resumed": {
      const { kind, channel, codec } = output;
      return { kind, channel, codec };
    }
    case "event":
    case "timeline-reset": {
      const { channel, ...line } = output;
      return channel === "events" ? line : output;
    }
    case "data-setup":
      return { kind: "data-setup", values: output.setup.values };
    case "report-setup": {
      const { origins, actions } = output.setup;
      return { kind: "setup", origins, actions };
    }
    case "teams":
    case "connection":
    case "foreign-key":
    case "report":
      return output;
    case "stats": {
      const { at, roundTripTime = null, channels, junk } = output.ledger;
      return { kind: "stats", at, roundTripTime, channels, junk };
    }
  }
}

/** The line of a message of live data. */
export function lineOfData(line: DataLine): JsonLine {
  return { kind: "data", ...line };
}

/** The last line. */
export function summaryLine({ reason, code, ledger }: ListenerSummary): JsonLine {
  const { roundTripTime = null, channels } = ledger;
  return { kind: "summary", reason, code, roundTripTime, channels };
}

function joinedLine(output: Extract<ListenerOutput, { kind: "joined" }>): JsonLine {
  const { connectionId, server, again, secrecy, info } = output;
  const { match, channels, timeline } = info;
  return {
    kind: "joined",
    connectionId,
    server,
    again,
    secrecy,
    match,
    channels: channels.map(({ kind: _kind, ...others }) => others),
    timeline: { count: timeline.count, score: timeline.score },
  };
}
