import { plural } from "../../shared/text/plural.ts";
import type { Logger } from "@logtape/logtape";
import { formatAddress } from "../../shared/driver/socket.ts";
import type { BroadcastReady } from "../broadcast/broadcast.ts";
import type { ServeOptions } from "../interface/config.ts";
import type { ServerOutput, ToldOutput } from "../interface/output.ts";
import { describeTotals } from "./data_totals.ts";
import type { BroadcastTotals } from "./broadcast_totals.ts";

/** Writes every output to the log, except tokens. */
export class BroadcastLog {
  readonly #logger: Logger;
  readonly #totals: BroadcastTotals;

  constructor(logger: Logger, totals: BroadcastTotals) {
    this.#logger = logger;
    this.#totals = totals;
  }

  start({ host, port, channels }: BroadcastReady, { capacity, isOpen }: ServeOptions): void {
    const where = formatAddress({ hostname: host, port });
    const names = channels.map(({ channel, codec }) => `${channel} (${codec})`).join(", ");
    this.#logger.info("Ready at {where}: {names}; capacity {capacity}, {access}", {
      where,
      names,
      capacity,
      access: isOpen ? "open to all" : "by token",
    });
  }

  write(output: ToldOutput): void {
    const logger = this.#logger;
    switch (output.kind) {
      case "started":
        return logger.info("The broadcast has started");
      case "channel-started":
        return logger.info("Channel started: {channel} ({codec})", { ...output });
      case "channel-paused":
        return logger.warn("Channel paused: the source of {channel} is gone", { ...output });
      case "channel-resumed":
        return logger.info("Channel resumed: the source of {channel} is back", { ...output });
      case "teams":
        return logger.info("The match is {home} x {away}", { ...output });
      case "listener-joined":
        return logger.info("Joined: {who}; {listeners} connected", named(output));
      case "listener-left":
        return logger.info("Left ({reason}): {who}; {listeners} connected", {
          ...named(output),
          lastReport: output.lastReport,
        });
      case "listener-moved":
        return logger.info("Moved: {who}, previously at {before}", {
          ...named(output),
          before: formatAddress(output.before),
        });
      case "rejected":
        return logger.warn("Refused {address}: {code}, {reason}", named(output));
      case "more-rejected":
        return logger.warn("Refused {count} more: {codes}", {
          count: output.count,
          codes: Object.entries(output.codes)
            .map(([code, count]) => `${code} ${plural(count ?? 0, "time")}`).join(", "),
        });
      case "event-sent":
        return logger.info("Event {count}: {clock} {content} ({score})", {
          ...output.event,
          clock: output.event.event.clock,
        });
      case "report":
        return logger.info("Report {reportId} of {reporter}: {title}, {origin}: {verdict}", {
          ...output,
        });
      case "candidate":
        return logger.info("Candidate {candidateId}: {title}, {origin}: {state}, {voted}", {
          ...output.candidate,
          voted: plural(output.candidate.votes, "vote"),
        });
      case "stats":
        return this.#writeStats();
      case "notice":
        return logger[output.level]("{text}", { text: output.text });
      case "ended":
        return logger.info("The broadcast has ended: {reason}", { reason: output.reason });
    }
  }

  end(): void {
    const { joined, rejected, mostListeners, events, stats } = this.#totals;
    const sent = `${plural(events, "event")}, ${plural(stats.packetsSent, "packet")} with ${
      plural(stats.bytesSent, "byte")
    }`;
    this.#logger.info(
      "Total: {joined} joined, at most {mostListeners} at the same time, {rejected} refused, {sent}",
      { joined, rejected, mostListeners, events, ...stats, sent },
    );
    const { data } = stats;
    if (data) {
      this.#logger.info("Total of the data: {text}", { text: describeTotals(data), ...data });
    }
  }

  #writeStats(): void {
    const { stats, rates } = this.#totals;
    this.#logger.info(
      "Sent {packets} packets and {bytes} bytes per second to {receivers}",
      {
        receivers: plural(stats.listeners, "listener"),
        packets: Math.round(rates.packets),
        bytes: Math.round(rates.bytes),
        listeners: stats.listeners,
        overflowed: stats.overflowed,
        sendsRefused: stats.sendsRefused,
        sendErrors: stats.sendErrors,
        keyFrameRequests: stats.keyFrameRequests,
        ...(stats.data && { data: stats.data }),
        junk: stats.junk,
      },
    );
  }
}

/** Adds one text that names the listener. Names are quoted, since the listener chose them. */
function named(output: Extract<ServerOutput, { address: unknown }>) {
  const address = formatAddress(output.address);
  const name = "name" in output && output.name ? ` ${JSON.stringify(output.name)}` : "";
  const token = "tokenName" in output && output.tokenName
    ? ` with the token of ${JSON.stringify(output.tokenName)}`
    : "";
  const who = "id" in output ? `${output.id}${name}${token} from ${address}` : address;
  return { ...output, who, address };
}
