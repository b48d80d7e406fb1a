/*
 * Shows a broadcast to its host.
 *
 * `HostTerminal` (this file) prints for people: what is broadcast and how to join (`join_lines.ts`), then a line
 * for each piece of news, and one status line that is rewritten in place. `json_lines.ts` prints one JSON object
 * per line for scripts. `broadcast_log.ts` writes the log. Before any of them, `refusal_digest.ts` combines
 * refusals that come too fast, and `broadcast_totals.ts` adds up what all of them show.
 */

import { joinCommand } from "../../shared/admission/join_command.ts";
import { directoryLinkOf } from "../../shared/directory/directory_link.ts";
import { formatDuration } from "../../shared/text/duration.ts";
import type { Terminal } from "../../shared/driver/machine.ts";
import { formatAddress } from "../../shared/driver/socket.ts";
import type { BroadcastReady } from "../broadcast/broadcast.ts";
import type { ChannelName } from "../../shared/media/channel.ts";
import type { ServeOptions } from "../interface/config.ts";
import { type BroadcastPlan, DESKTOP } from "../broadcast/broadcast_plan.ts";
import { BROWSER } from "../broadcast/studio_options.ts";
import { showDataLocation } from "../origin/data/io/location.ts";
import { showLocation } from "../origin/io/bytes/location.ts";
import type { Candidate, CandidateState } from "../../shared/report/report.ts";
import { fitFields, wrapWords } from "../../shared/text/display_width.ts";
import { plainText } from "../../shared/text/plain_text.ts";
import { qrCodeFor } from "../../shared/text/qr_drawing.ts";
import type { LeaveReason, ServerOutput, ToldOutput } from "../interface/output.ts";
import { describeTotals } from "./data_totals.ts";
import { isForOthers, joinLines } from "./join_lines.ts";
import type { BroadcastTotals } from "./broadcast_totals.ts";

/** What `--plain` prints at the start, for people and for scripts. */
export const NOT_ENCRYPTED =
  "NOT ENCRYPTED (--plain): ANYONE ON THE NETWORK PATH CAN LISTEN, AND TAKE THE TOKEN";

/** Per second, this many joins, leaves and refusals get a line each; the rest is only counted. */
const MAX_NEWS_A_SECOND = 5;
const DEFAULT_WIDTH = 80;
const FROM_STUDIO = "from the studio, once its button is pressed";
/** Of the titles before what is broadcast, with the space after them. */
const TITLE_WIDTH = 10;
const FIELD_GAPS = { gap: "  ·  ", narrowGap: " · " };
const CLEAR_LINE = "\r\x1b[2K";

/** Marks of candidates that are decided. */
const DECISIONS: Readonly<Partial<Record<CandidateState, string>>> = {
  confirmed: "=",
  expired: "x",
  retracted: "x",
};

const LEAVE_TEXTS: Readonly<Record<Exclude<LeaveReason, "shutdown">, string>> = {
  bye: "left",
  silent: "stopped reporting",
  rejoined: "left",
  "put-out": "was put out",
  revoked: "was removed: its token was revoked",
  expired: "was removed: its token has expired",
  early: "was removed: the clock was set back, and its token is not valid yet",
};

/** Prints for people. */
export class HostTerminal {
  readonly #terminal: Terminal;
  readonly #totals: BroadcastTotals;
  readonly #options: ServeOptions;
  readonly #plan: BroadcastPlan;
  #newsLeft = MAX_NEWS_A_SECOND;
  #votesLeft = MAX_NEWS_A_SECOND;
  #untold = 0;
  #isStatusShown = false;

  constructor(
    terminal: Terminal,
    totals: BroadcastTotals,
    options: ServeOptions,
    plan: BroadcastPlan,
  ) {
    this.#terminal = terminal;
    this.#totals = totals;
    this.#options = options;
    this.#plan = plan;
  }

  start(ready: BroadcastReady): void {
    const { studio, id } = ready;
    this.#terminal.out(this.#drawLink(ready));
    if (this.#options.isPlain) this.#terminal.out(`${this.#bold(NOT_ENCRYPTED)}\n`);
    const { plainReceivers, plainScreenReceivers } = this.#options;
    const plain = [...plainReceivers, ...plainScreenReceivers];
    const rows = [
      ["Studio", studio ?? ""],
      ["", studio ? "the host's page: open it in a browser on this machine" : ""],
      ["Match", this.#describeMatch()],
      ["Sound", this.#describeSound()],
      ["Screen", this.#describeScreen()],
      ["Data", this.#describeData()],
      ...joinLines(ready).map((line, index) => [index === 0 ? "Listen" : "", line]),
      ["Directory", this.#describeDirectory(id)],
      ["Tokens", this.#describeTokens()],
      ["Reports", this.#describeReports()],
      ["Plain RTP", plain.map(formatAddress).join(", ")],
      ["", plain.length > 0 ? "not encrypted, since players can't decrypt it" : ""],
    ];
    for (const [title, text] of rows) {
      if (!text) continue;
      const lines = wrapWords(text, this.#width(), TITLE_WIDTH);
      this.#terminal.out(`${this.#bold(title!.padEnd(TITLE_WIDTH))}${lines}\n`);
    }
    const { waitFor } = this.#options;
    if (waitFor > 0) this.#print(`Waiting for ${count(waitFor, "listener")} before starting`);
  }

  /** The studio's page has a code of its own, and a link for this machine alone needs none. */
  #drawLink(ready: BroadcastReady): string {
    const isOfUse = ready.studio === undefined && isForOthers(ready);
    const wish = this.#options.qr ?? (isOfUse ? undefined : false);
    const code = qrCodeFor(this.#terminal, ready.link, wish);
    return code && `${code}\n`;
  }

  show(output: ToldOutput): void {
    switch (output.kind) {
      case "started":
        if (this.#options.waitFor > 0) this.#print("All listeners have joined; starting");
        break;
      case "channel-started":
        this.#print(`The ${wordOf(output.channel)} has started`);
        break;
      case "channel-paused":
        this.#print(`The ${wordOf(output.channel)} pauses until its source is back`);
        break;
      case "channel-resumed":
        this.#print(`The ${wordOf(output.channel)} goes on`);
        break;
      case "teams":
        this.#print(`The match is ${output.home} x ${output.away}`);
        break;
      case "listener-joined":
        this.#tellNews(`+ ${who(output)} joined, ${count(output.listeners, "listener")}`);
        break;
      case "listener-left":
        if (output.reason !== "shutdown") {
          this.#tellNews(
            `- ${who(output)} ${LEAVE_TEXTS[output.reason]}, ${
              count(output.listeners, "listener")
            }`,
          );
        }
        break;
      case "rejected":
        this.#tellNews(`x ${formatAddress(output.address)} refused: ${output.reason}`);
        break;
      case "more-rejected":
        this.#untold += output.count;
        break;
      case "candidate":
        this.#showCandidate(output.candidate);
        break;
      case "notice":
        this.#print(output.text);
        break;
      case "event-sent":
        this.#showStatus();
        break;
      case "stats":
        this.#endSecond();
    }
  }

  end(): void {
    const { reason, joined, mostListeners, startedAt, now, stats } = this.#totals;
    const lasted = formatDuration(Math.round((now - (startedAt ?? now)) / 1000) * 1000);
    const listeners = joined === 0
      ? "no listener joined"
      : `${count(joined, "listener")} joined, at most ${mostListeners} at the same time`;
    const sent = `${count(stats.packetsSent, "packet")} sent (${formatBytes(stats.bytesSent)})`;
    this.#print(`Ended after ${lasted} (${reason ?? "aborted"}): ${listeners}; ${sent}`);
    if (stats.data) this.#print(`Data: ${describeTotals(stats.data)}`);
  }

  /** One line when something is reported first, and one when it is decided; the JSON lines have all. */
  #showCandidate({ title, origin, state, votes, against, reporters }: Candidate): void {
    const what = plainText(origin === "" ? title : `${title}, ${origin}`);
    const isFirst = state === "reported" && votes === 1 && against === 0;
    const mark = isFirst ? "?" : DECISIONS[state];
    if (mark === undefined || this.#votesLeft-- <= 0) return;
    const opposed = against > 0 ? `, ${against} against` : "";
    const counts = `${count(votes, "vote")}${opposed}, ${count(reporters, "reporter")}`;
    this.#print(isFirst ? `${mark} ${what}: reported` : `${mark} ${what}: ${state} (${counts})`);
  }

  #endSecond(): void {
    if (this.#untold > 0) {
      this.#print(`  and ${this.#untold} more joined, left or were refused`);
    }
    this.#newsLeft = MAX_NEWS_A_SECOND;
    this.#votesLeft = MAX_NEWS_A_SECOND;
    this.#untold = 0;
    this.#showStatus();
  }

  #tellNews(text: string): void {
    if (this.#newsLeft-- > 0) this.#print(text);
    else this.#untold++;
  }

  /** Prints a line above the status line. */
  #print(text: string): void {
    const lines = wrapWords(text, this.#width());
    this.#terminal.out(`${this.#isStatusShown ? CLEAR_LINE : ""}${lines}\n`);
    this.#isStatusShown = false;
    this.#showStatus();
  }

  #showStatus(): void {
    const { listeners, rates, score, clock, startedAt, reason } = this.#totals;
    const isOnAir = startedAt !== undefined && reason === undefined;
    if (!this.#terminal.isTerminal || !isOnAir) return;
    const parts = [
      count(listeners, "listener"),
      `${Math.round(rates.packets)} packets/s`,
      `${formatBytes(rates.bytes)}/s`,
      ...(score ? [`${score} at ${clock}`] : []),
    ];
    const line = fitFields(parts, this.#width() - 1, FIELD_GAPS);
    this.#terminal.out(`${this.#isStatusShown ? CLEAR_LINE : ""}${this.#dim(line)}`, "status");
    this.#isStatusShown = true;
  }

  /** In columns; nothing is wrapped in a file or a pipe. Some pseudo terminals report 0 columns. */
  #width(): number {
    return this.#terminal.isTerminal ? this.#terminal.columns() || DEFAULT_WIDTH : Infinity;
  }

  #describeMatch(): string {
    const { match, isSimulated, seed, mode } = this.#plan;
    const teams = match ? `${match.home} x ${match.away}` : "";
    if (!isSimulated) return teams || (this.#options.events ?? "");
    const pace = "interval" in mode
      ? `one event every ${mode.interval} ms`
      : `${mode.speed} times real time`;
    return `${teams}, simulated (--seed ${seed}), ${pace}`;
  }

  /** How listeners join by it, each with a token of their own. */
  #describeDirectory(id: string | undefined): string {
    const { directory: url } = this.#options;
    if (url === undefined || id === undefined) return "";
    const link = directoryLinkOf(url, id);
    return link === undefined ? `${url} (${id})` : joinCommand("listen", link);
  }

  #describeTokens(): string {
    const { signedTokens } = this.#options;
    if (signedTokens === undefined) return "";
    return `make one for each listener: streamer token make --tokens ${signedTokens} --name NAME`;
  }

  #describeReports(): string {
    const { reports, directory, signedTokens } = this.#options;
    const enough = "may report what happens; what enough of them report is an event";
    if (reports === "open") return `every listener ${enough}`;
    if (reports === "off") return "";
    if (directory !== undefined) return `who joins by the directory ${enough}`;
    return signedTokens === undefined ? "" : `who has a token made with --role reporter ${enough}`;
  }

  #describeSound(): string {
    const { audio, loop } = this.#options;
    if (audio.length === 0) return "";
    if (audio.includes(BROWSER)) return FROM_STUDIO;
    return `${audio.map(showLocation).join(", ")}${loop ? ", repeated" : ""}`;
  }

  #describeScreen(): string {
    const { screen, loop } = this.#options;
    if (screen === BROWSER) return FROM_STUDIO;
    if (screen === undefined || screen === DESKTOP) return screen ?? "";
    return `${showLocation(screen)}${loop ? ", repeated" : ""}`;
  }

  #describeData(): string {
    const { data, simulateData, interval } = this.#options;
    const pace = interval === undefined || interval === 1000
      ? "one message a second"
      : `one message every ${formatDuration(interval)}`;
    if (simulateData) return `a simulated beam, ${pace}`;
    if (data === undefined) return "";
    return `${showDataLocation(data)}${interval === undefined ? "" : `, at most ${pace}`}`;
  }

  #bold(text: string): string {
    return this.#terminal.color ? `\x1b[1m${text}\x1b[22m` : text;
  }

  #dim(text: string): string {
    return this.#terminal.color ? `\x1b[2m${text}\x1b[22m` : text;
  }
}

function wordOf(channel: ChannelName): string {
  return channel === "audio" ? "sound" : channel;
}

function who({ name, tokenName, address }: Extract<ServerOutput, { id: string }>): string {
  const where = formatAddress(address);
  if (tokenName === undefined) return name ? `${name} (${where})` : where;
  // A listener chooses its name freely, but the name of its token is certain.
  const isSameName = name === undefined || name === tokenName;
  return isSameName ? `${tokenName} (${where})` : `${name} (token of ${tokenName}, ${where})`;
}

function count(amount: number, noun: string): string {
  return `${amount.toLocaleString("en")} ${noun}${amount === 1 ? "" : "s"}`;
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
