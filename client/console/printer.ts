import { formatJsonLine } from "../../shared/text/json_line.ts";
import type { Terminal } from "../../shared/driver/machine.ts";
import { formatAddress } from "../../shared/driver/socket.ts";
import { EVENT_TYPES, type TimelineEvent } from "../../shared/event/event.ts";
import { audioFormatOf, describeFormat } from "../playing/audio_format.ts";
import { formatLedgerTable } from "./ledger_table.ts";
import type { ListenerOutput, Secrecy } from "../interface/output.ts";
import { plainText } from "../../shared/text/plain_text.ts";
import type { ListenerSummary } from "../session/session.ts";
import { formatStatus, StatusLine } from "./status_line.ts";

/** How a listener shows on standard output. */
export interface Printer {
  onOutput(output: ListenerOutput): void;
  notice(text: string): void;
  end(summary: ListenerSummary): void;
}

const BOLD = "\x1b[1m";
const RED = "\x1b[31m";
const YELLOW = "\x1b[33m";
const PLAIN = "\x1b[0m";
const STYLES: Readonly<Partial<Record<number, string>>> = {
  [EVENT_TYPES.goal]: BOLD,
  [EVENT_TYPES.redCard]: RED,
  [EVENT_TYPES.yellowCard]: YELLOW,
};
/** `90:00` and `120:00` end in the same column. */
const CLOCK_COLUMNS = 6;
const SCORE_COLUMNS = 7;

const NEWS = {
  silent: "Nothing has come for 2 s: the network or the host has gone quiet",
  rejoining: "Looking for the host again",
  connected: "Connected again",
} as const;

/** What is not as safe as it could be; nothing when it is. */
const WARNINGS: Readonly<Record<Secrecy, string | undefined>> = {
  linked: undefined,
  unlinked:
    "The host's key came over the network: that keeps eavesdroppers out, not impostors. Its join link keeps out both",
  plain: "NOT ENCRYPTED: whoever is on the network's path can listen, and change what you get",
};
const FOREIGN_KEY =
  "Whoever answers has another key than this join link: the host restarted, or this is not the host";

/** For people: the feed as it happens, above one calm line that says how things are. */
export class TextPrinter implements Printer {
  readonly #terminal: Terminal;
  readonly #status: StatusLine;
  /** "sound on" or why there is none. */
  readonly #sound: () => string;
  /** Trouble, while there is. */
  #trouble: string | undefined;
  #lastState = "joining";

  constructor(terminal: Terminal, sound: () => string) {
    this.#terminal = terminal;
    this.#status = new StatusLine(terminal);
    this.#sound = sound;
  }

  onOutput(output: ListenerOutput): void {
    switch (output.kind) {
      case "joined":
        this.#status.print(describeJoined(output));
        return this.#warn(output.secrecy);
      case "foreign-key":
        return this.#status.print(FOREIGN_KEY);
      case "timeline-reset":
        return this.#status.print("The host has begun anew: what was above is another timeline");
      case "event":
        return this.#status.print(this.#formatEvent(output.event));
      case "connection":
        return this.#onConnection(output.state);
      case "notice":
        return this.notice(output.text);
      case "stats":
        return this.#status.show(this.#trouble ?? formatStatus(output.ledger, this.#sound()));
    }
  }

  notice(text: string): void {
    this.#status.print(text);
  }

  #warn(secrecy: Secrecy): void {
    const warning = WARNINGS[secrecy];
    if (warning) this.#status.print(warning);
  }

  end({ ledger }: ListenerSummary): void {
    this.#status.clear();
    const table = formatLedgerTable(ledger);
    if (table !== "") this.#terminal.out(`\n${table}`);
  }

  #onConnection(state: keyof typeof NEWS | "joining"): void {
    if (state === this.#lastState) return;
    const isFirst = this.#lastState === "joining";
    this.#lastState = state;
    if (state === "joining" || isFirst) return;
    this.#trouble = state === "connected" ? undefined : NEWS[state];
    this.#status.print(NEWS[state]);
  }

  #formatEvent({ type, score, content, event }: TimelineEvent): string {
    const line = `${event.clock.padStart(CLOCK_COLUMNS)}  ${score.padStart(SCORE_COLUMNS)}  ${
      plainText(content)
    }`;
    const style = this.#terminal.color ? STYLES[type] : undefined;
    return style ? `${style}${line}${PLAIN}` : line;
  }
}

function describeJoined(output: Extract<ListenerOutput, { kind: "joined" }>): string {
  const { info, server, again } = output;
  const format = audioFormatOf(info);
  const parts = [
    `${again ? "Joined again" : "Joined"} ${formatAddress(server)}`,
    info.match ? `${plainText(info.match.home)} x ${plainText(info.match.away)}` : undefined,
    format ? describeFormat(format) : "no sound",
  ];
  return parts.filter((part) => part !== undefined).join("  |  ");
}

/** For programs: one JSON object a line. */
export class JsonPrinter implements Printer {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  onOutput(output: ListenerOutput): void {
    switch (output.kind) {
      case "joined": {
        const { connectionId, server, again, secrecy, info } = output;
        const { match, channels, timeline } = info;
        return this.#print({
          kind: "joined",
          connectionId,
          server,
          again,
          secrecy,
          match,
          channels,
          timeline,
        });
      }
      case "event":
      case "timeline-reset":
      case "connection":
      case "foreign-key":
        return this.#print(output);
      case "notice":
        return this.notice(output.text);
      case "stats": {
        const { at, roundTripTime = null, channels, junk } = output.ledger;
        return this.#print({ kind: "stats", at, roundTripTime, channels, junk }, "status");
      }
    }
  }

  notice(text: string): void {
    this.#terminal.err(`${text}\n`);
  }

  end({ reason, code, ledger }: ListenerSummary): void {
    const { roundTripTime = null, channels } = ledger;
    this.#print({ kind: "summary", reason, code, roundTripTime, channels });
  }

  #print(value: object, worth: "news" | "status" = "news"): void {
    this.#terminal.out(formatJsonLine(value), worth);
  }
}
