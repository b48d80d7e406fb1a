import type { Logger } from "@logtape/logtape";
import { formatAddress } from "../../shared/driver/socket.ts";
import type { ListenerOutput } from "../interface/output.ts";

/** Writes the outputs of a listener to the log, except sound, frames and messages; statistics at the level "debug". */
export function logOutput(log: Logger, output: ListenerOutput): void {
  switch (output.kind) {
    case "joined":
      return log.info("Joined {server} as {connectionId}{again}, secrecy: {secrecy}", {
        secrecy: output.secrecy,
        server: formatAddress(output.server),
        connectionId: output.connectionId,
        again: output.again ? " again" : "",
      });
    case "channel-started":
      return log.info("The channel {channel} has started", { channel: output.channel });
    case "channel-ended":
      return log.info("The host has stopped the channel {channel}", { channel: output.channel });
    case "channel-paused":
      return log.info("The host's source of {channel} is gone", { channel: output.channel });
    case "channel-resumed":
      return log.info("The host's source of {channel} is back", { channel: output.channel });
    case "teams":
      return log.info("The match is {home} x {away}", { ...output });
    case "picture-held":
      return log.info("The picture of the channel {channel} {what}", {
        channel: output.channel,
        what: output.isHeld ? "is held: a frame is missing" : "goes on",
      });
    case "data-setup":
      return log.info("The host has described {count} values of live data", {
        count: Object.keys(output.setup.values).length,
      });
    case "report-setup":
      return log.info("This listener may report {count} actions", {
        count: output.setup.actions.length,
      });
    case "report":
      return log.info("Report {reportId}: {state}{code}", {
        reportId: output.reportId,
        state: output.state,
        code: output.code === undefined ? "" : `, ${output.code}`,
      });
    case "connection":
      return log.info("Connection: {state}", { state: output.state });
    case "event": {
      if (output.channel !== "events") return;
      const { count, score, content, event } = output.event;
      return log.info("Event {count} at {clock}, {score}: {content}", {
        count,
        score,
        content,
        clock: event.clock,
      });
    }
    case "timeline-reset":
      if (output.channel !== "events") return;
      return log.info("The host has started a new timeline");
    case "stats":
      return log.debug("Statistics: {channels}, junk {junk}", {
        channels: output.ledger.channels.map((ledger) => ({
          channel: ledger.channel,
          expected: ledger.packetsExpected,
          lost: ledger.networkLost,
          repaired: ledger.packetsRepaired.nack + ledger.packetsRepaired.fec,
          late: ledger.packetsDiscarded,
          jitter: ledger.jitter,
          ...(ledger.messagesReceived !== undefined && {
            messages: ledger.messagesReceived,
            messagesDropped: ledger.messagesDropped,
          }),
        })),
        junk: output.ledger.junk,
      });
    case "foreign-key":
      return log.warn("The host has another key than the join link");
    case "notice":
      return log.warn("{text}", { text: output.text });
    case "rejected":
      return log.warn("Rejected: {code} {reason}", { code: output.code, reason: output.reason });
    case "ended":
      return log.info("Ended: {reason}", { reason: output.reason });
  }
}
