/*
 * Shows a listener's session to its user.
 *
 * In: the outputs of a session and its summary. Out: text on standard output.
 *
 * `TextPrinter` (this file) prints for people: each event as it comes, above one status line, and the ledger
 * at the end. `JsonPrinter` prints one JSON object per line for scripts (`json_lines.ts`), `frame_lines.ts` a line
 * for each frame of the screen, and `data_lines.ts` one for each message of live data. `status_line.ts` rewrites the
 * status line, `ledger_table.ts` formats the ledger, and `refusal_words.ts` explains why a session failed.
 * Read next: `ledger_table.ts`.
 */

import { formatJsonLine } from "../../shared/text/json_line.ts";
import type { Terminal } from "../../shared/driver/machine.ts";
import { formatAddress } from "../../shared/driver/socket.ts";
import { EVENT_TYPES, type TimelineEvent } from "../../shared/event/event.ts";
import type { ChannelInfo } from "../../shared/admission/channel_description.ts";
import { type ChannelName, isScreenCodec } from "../../shared/media/channel.ts";
import { audioFormatOf, describeFormat } from "../playing/audio_format.ts";
import { SCREEN_CODEC_WORDS } from "../playing/screen/screen_format.ts";
import { type JsonLine, lineOf, summaryLine } from "./json_lines.ts";
import { formatLedgerTable } from "./ledger_table.ts";
import type { ListenerOutput, Secrecy } from "../interface/output.ts";
import type { ReportRefusal, ReportSetup } from "../../shared/report/report.ts";
import { plainText } from "../../shared/text/plain_text.ts";
import type { ListenerSummary } from "../session/session.ts";
import { formatStatus, StatusLine } from "./status_line.ts";

/** Shows a session on standard output. */
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
/** Enough for `120:00`, so that all clocks end in the same column. */
const CLOCK_COLUMNS = 6;
const SCORE_COLUMNS = 7;

const NEWS = {
  silent: "Nothing was received for 2 s: the network or the host may be down",
  rejoining: "Trying to reach the host again",
  connected: "Connected again",
} as const;

/** A warning for each state that is less secure than a join link with a key. */
const WARNINGS: Readonly<Record<Secrecy, string | undefined>> = {
  linked: undefined,
  unlinked:
    "The host's key was received over the network: this stops eavesdroppers, but not impostors. The join link stops both",
  plain: "NOT ENCRYPTED: anyone on the network path can listen, and change what you get",
};
const CHANNEL_WORDS: Readonly<Record<ChannelName, string>> = {
  audio: "sound",
  events: "events",
  screen: "screen",
  data: "live data",
};
const REFUSALS: Readonly<Record<ReportRefusal, string>> = {
  "unknown-action": "it has no action of that title",
  "unknown-origin": "no team is called so, or the action is of both teams",
  "too-fast": "too many reports in a short time",
  "not-a-reporter": "this listener may not report; ask the host for a token of a reporter",
  "too-old": "it is too old, or about what is decided already",
  over: "the broadcast is over",
};
const ANSWERS = {
  counted: "and an event once enough others report it",
  duplicate: "you have reported this",
} as const;
const FOREIGN_KEY =
  "The host has another key than this join link: it was restarted, or it is an impostor";

/** For people: the events as they happen, above one status line. */
export class TextPrinter implements Printer {
  readonly #terminal: Terminal;
  readonly #status: StatusLine;
  /** "sound on" or "sound off". */
  readonly #sound: () => string;
  /** The problem that the status line shows, if there is one. */
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
      case "channel-started":
        return this.#status.print(describeStarted(output));
      case "channel-ended":
        return this.#status.print(`The host has stopped the ${CHANNEL_WORDS[output.channel]}`);
      case "channel-paused":
        return this.#status.print(`The ${CHANNEL_WORDS[output.channel]} pauses at the host`);
      case "channel-resumed":
        return this.#status.print(`The ${CHANNEL_WORDS[output.channel]} goes on`);
      case "teams":
        return this.#status.print(`The match is ${describeTeams(output)}`);
      case "foreign-key":
        return this.#status.print(FOREIGN_KEY);
      case "timeline-reset":
        if (output.channel !== "events") return;
        return this.#status.print(
          "The host has started a new timeline: the events above belong to the old one",
        );
      case "event":
        if (output.channel !== "events") return;
        return this.#printEvent(output.event);
      case "report-setup":
        return this.#status.print(describeSetup(output.setup));
      case "report":
        return this.#onReport(output);
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
    const width = this.#terminal.isTerminal ? this.#terminal.columns() : Infinity;
    const table = formatLedgerTable(ledger, width);
    if (table !== "") this.#terminal.out(`\n${table}`);
  }

  #onReport({ reportId, state, code }: Extract<ListenerOutput, { kind: "report" }>): void {
    if (state === "sent") return;
    const why = state !== "refused" ? ANSWERS[state] : code && REFUSALS[code];
    const name = `Report ${plainText(reportId)}: ${state}`;
    this.#status.print(why === undefined ? name : `${name}, ${why}`);
  }

  #onConnection(state: keyof typeof NEWS | "joining"): void {
    if (state === this.#lastState) return;
    const isFirst = this.#lastState === "joining";
    this.#lastState = state;
    if (state === "joining" || isFirst) return;
    this.#trouble = state === "connected" ? undefined : NEWS[state];
    this.#status.print(NEWS[state]);
  }

  #printEvent({ type, score, content, event }: TimelineEvent): void {
    const style = this.#terminal.color ? STYLES[type] ?? "" : "";
    const clock = event.clock.padStart(CLOCK_COLUMNS);
    const prefix = `${style}${clock}  ${score.padStart(SCORE_COLUMNS)}  `;
    this.#status.print(`${plainText(content)}${style && PLAIN}`, prefix);
  }
}

function describeJoined(output: Extract<ListenerOutput, { kind: "joined" }>): string {
  const { info, server, again } = output;
  const format = audioFormatOf(info.channels);
  const parts = [
    `${again ? "Joined again" : "Joined"} ${formatAddress(server)}`,
    info.match && describeTeams(info.match),
    format ? describeFormat(format) : "no sound",
    describeScreen(info.channels),
    info.channels.some(({ channel }) => channel === "data") ? CHANNEL_WORDS.data : undefined,
  ];
  return parts.filter((part) => part !== undefined).join("  |  ");
}

/** What a reporter can write, as it must be written. */
function describeSetup({ origins, actions }: ReportSetup): string {
  const teams = origins.map(plainText).join(" and ");
  return `You may report (listen --report -, or the page of view) of ${teams}: ${
    actions.map(plainText).join(", ")
  }`;
}

function describeTeams({ home, away }: { readonly home: string; readonly away: string }): string {
  return `${plainText(home)} x ${plainText(away)}`;
}

function describeStarted({ channel, info }: Extract<ListenerOutput, { kind: "channel-started" }>) {
  const format = audioFormatOf([info]);
  const words = `The host has started the ${CHANNEL_WORDS[channel]}`;
  const what = format ? describeFormat(format) : describeScreen([info]);
  return what ? `${words}  |  ${what}` : words;
}

/** `screen in H.264`; undefined when there is none. */
function describeScreen(channels: readonly ChannelInfo[]): string | undefined {
  const codec = channels.map(({ codec }) => codec).find(isScreenCodec);
  return codec && `screen in ${SCREEN_CODEC_WORDS[codec]}`;
}

/** For programs: one JSON object per line. */
export class JsonPrinter implements Printer {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  onOutput(output: ListenerOutput): void {
    if (output.kind === "notice") return this.notice(output.text);
    const line = lineOf(output);
    if (line) this.#print(line, line.kind === "stats" ? "status" : "news");
  }

  notice(text: string): void {
    this.#terminal.err(`${text}\n`);
  }

  end(summary: ListenerSummary): void {
    this.#print(summaryLine(summary));
  }

  #print(line: JsonLine, worth: "news" | "status" = "news"): void {
    this.#terminal.out(formatJsonLine(line), worth);
  }
}
