/*
 * The command line of `listen`.
 *
 * `arguments.ts` describes the flags. {@linkcode runListener} (this file) opens a session and hands its
 * outputs to the printer of `../console/`, to `sound_out.ts`, which gives the sound to a player and to
 * `recording.ts`, to `screen_out.ts`, which gives the screen to `screen_recording.ts` and to `--frames`, and to
 * `data_out.ts`, which gives live data to `data_recording.ts` and to `--json`; all use `../playing/`. Reports of
 * `--report` come from `../reporting/`. `view` calls it too, and opens its page beside. Read `../session/session.ts` next.
 */

import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import type { Address } from "../../shared/driver/socket.ts";
import { unlessAborted } from "../../shared/core/unless_aborted.ts";
import type { ListenOptions } from "../interface/config.ts";
import { JsonPrinter, type Printer, TextPrinter } from "../console/printer.ts";
import { DataLines } from "../console/data_lines.ts";
import { FrameLines } from "../console/frame_lines.ts";
import { findByText } from "./directory_search.ts";
import { DataOut } from "./data_out.ts";
import { DataRecording } from "./data_recording.ts";
import { Recording, type RecordingHooks } from "./recording.ts";
import { ScreenOut } from "./screen_out.ts";
import { ScreenRecording } from "./screen_recording.ts";
import { explainEnd } from "../console/refusal_words.ts";
import { type ListenerSession, type ListenerSummary, SocketSession } from "../session/session.ts";
import { checkReportFile, readReportFile } from "../reporting/io/report_file.ts";
import { SoundOut } from "./sound_out.ts";
import { findTarget } from "../session/target.ts";

/**
 * `streamer listen`: prints, plays and records until the broadcast or the listener ends.
 *
 * @throws CommandError when it can't begin, is rejected, or gets no answer.
 */
export async function listen(
  options: ListenOptions,
  machine: Machine,
  terminal: Terminal,
  interrupts: AbortSignal,
): Promise<ExitCode> {
  return await runListener(options, { machine, terminal, interrupts }, {
    play: options.play,
    showsPictures: false,
    describeSound: (player) => player === undefined ? "sound off" : "sound on",
  });
}

/** What a command gets from `main.ts`. */
export interface Surroundings {
  readonly machine: Machine;
  readonly terminal: Terminal;
  /** Aborted when the user asks the program to end. */
  readonly interrupts: AbortSignal;
}

/** A session that has begun, with the host it joins and what prints its outputs. */
export interface RunningListener {
  readonly session: ListenerSession;
  /** With a numeric address. */
  readonly server: Address;
  readonly printer: Printer;
}

/** What differs between `listen` and `view`. */
export interface Presentation {
  /** Whether a player is started for the sound. */
  readonly play: boolean;
  /** Whether people see the screen and live data. */
  readonly showsPictures: boolean;
  /** Words for the status line. @param player the name of the running player, if there is one. */
  readonly describeSound: (player: string | undefined) => string;
  /** Opens what runs beside the session, such as a page. @returns a function that closes it. */
  readonly open?: (running: RunningListener) => Promise<() => Promise<void>>;
}

/**
 * Runs one listener from joining to its end, as `listen` and `view` do: prints, plays and records.
 *
 * @throws CommandError when it can't begin, is rejected, or gets no answer.
 */
export async function runListener(
  given: ListenOptions,
  surroundings: Surroundings,
  presentation: Presentation,
): Promise<ExitCode> {
  if (given.frames && !given.json) {
    throw new CommandError(ExitCode.usage, "--frames prints JSON lines: add --json");
  }
  if (given.report !== undefined) await checkReportFile(given.report);
  const { terminal } = surroundings;
  given.unused?.forEach((text) => terminal.err(`${text}\n`));
  const options = await findBroadcast(given, surroundings);
  if (options === undefined) return ExitCode.done;
  await using opened = new AsyncDisposableStack();
  const sound = openRecording(options, terminal);
  opened.defer(() => sound?.close());
  const screen = openScreenRecording(options, terminal);
  opened.defer(() => screen?.close());
  const data = openDataRecording(options, terminal);
  opened.defer(() => data?.close());
  return await runSession(options, surroundings, presentation, { sound, screen, data });
}

/** @returns the options with what `--search` finds, and as what it is joined; undefined when interrupted. */
async function findBroadcast(
  options: ListenOptions,
  { terminal, interrupts }: Surroundings,
): Promise<ListenOptions | undefined> {
  const joinAs = options.report === undefined ? options.joinAs : "reporter";
  const all = { ...options, ...(joinAs && { joinAs }) };
  if (options.broadcast) return all;
  const finding = findByText(options, terminal, interrupts).then((broadcast) => ({ broadcast }));
  const found = await unlessAborted(finding, interrupts);
  return found && { ...all, ...(found.broadcast && { broadcast: found.broadcast }) };
}

/** What is recorded, each to files of its own. */
interface Recordings {
  readonly sound?: Recording;
  readonly screen?: ScreenRecording;
  readonly data?: DataRecording;
}

/**
 * Opens the file of `--record`, before joining, so that a mistake shows at once.
 *
 * @throws CommandError naming the file when it can't be written.
 */
export function openRecording(
  { record, json }: Pick<ListenOptions, "record" | "json">,
  terminal: Terminal,
): Recording | undefined {
  if (record === undefined) return undefined;
  return new Recording(record, recordingHooks(terminal, json && {}));
}

/** The same for the file of `--record-screen`. */
export function openScreenRecording(
  { recordScreen, json }: Pick<ListenOptions, "recordScreen" | "json">,
  terminal: Terminal,
): ScreenRecording | undefined {
  if (recordScreen === undefined) return undefined;
  return new ScreenRecording(recordScreen, recordingHooks(terminal, json && { channel: "screen" }));
}

/** The same for the folder of `--record-data`. */
export function openDataRecording(
  { recordData, json }: Pick<ListenOptions, "recordData" | "json">,
  terminal: Terminal,
): DataRecording | undefined {
  if (recordData === undefined) return undefined;
  return new DataRecording(recordData, recordingHooks(terminal, json && { channel: "data" }));
}

/** @param fields of the line that names a file; false when no lines are printed. */
function recordingHooks(terminal: Terminal, fields: object | false): RecordingHooks {
  const print = (file: string) =>
    terminal.out(formatJsonLine({ kind: "recording", ...fields, file }));
  return {
    onNotice: (text) => terminal.err(`${text}\n`),
    ...(fields && { onBegin: print }),
  };
}

async function runSession(
  options: ListenOptions,
  { machine, terminal, interrupts }: Surroundings,
  { play, showsPictures, describeSound, open }: Presentation,
  recordings: Recordings,
): Promise<ExitCode> {
  const onWaiting = (text: string) => terminal.err(`${text}\n`);
  const target = await unlessAborted(findTarget(options, machine, onWaiting), interrupts);
  if (target === undefined) return ExitCode.done;
  const { server } = target;
  const session = new SocketSession(options, target, machine);
  const onNotice = (text: string) => printer.notice(text);
  const sound = new SoundOut({ play, recording: recordings.sound }, onNotice);
  const screen = new ScreenOut({
    recording: recordings.screen,
    lines: options.frames ? frameLines(machine, terminal, onNotice) : undefined,
    // Scripts know what they asked for.
    isShown: showsPictures || options.json,
  }, onNotice);
  const data = new DataOut({
    recording: recordings.data,
    lines: options.json ? new DataLines(terminal, onNotice) : undefined,
    isShown: showsPictures || options.json,
  }, onNotice);
  const printer: Printer = options.json
    ? new JsonPrinter(terminal)
    : new TextPrinter(terminal, () => describeSound(sound.playerName));
  for (const recording of Object.values(recordings)) {
    if (recording) recording.onNotice = onNotice;
  }
  const keepPace = pacePast(session, terminal);
  session.subscribe((output) => {
    printer.onOutput(output);
    sound.onOutput(output);
    screen.onOutput(output);
    data.onOutput(output);
    keepPace();
  });
  const stopReading = startReports(options, machine, session, onNotice);
  const summary = await untilEnd(session, interrupts, () => open?.({ session, server, printer }));
  stopReading();
  printer.end(summary);
  await screen.close();
  await data.close();
  await sound.close();
  const failure = explainEnd(summary, server);
  if (failure) throw failure;
  return ExitCode.done;
}

/** Reads the file of `--report` beside the session. @returns a function that ends it. */
function startReports(
  { report: path }: ListenOptions,
  { wallClock }: Machine,
  session: ListenerSession,
  onProblem: (text: string) => void,
): () => void {
  const reading = new AbortController();
  if (path !== undefined) {
    readReportFile(path, {
      wallNow: () => wallClock.now(),
      report: (draft) => session.report(draft),
      onProblem,
      signal: reading.signal,
    });
  }
  return () => reading.abort();
}

function frameLines(
  { clock, wallClock }: Machine,
  terminal: Terminal,
  onNotice: (text: string) => void,
) {
  const timeOfDay = (at: Millis) => at + wallClock.now() - clock.now();
  return new FrameLines(terminal, { timeOfDay, onNotice });
}

/** @returns to be called after each output: holds past events while the reader of the output is behind. */
function pacePast(session: SocketSession, { reader }: Terminal): () => void {
  let isHeld = false;
  const release = () => {
    isHeld = false;
    session.holdPast(false);
  };
  return () => {
    if (isHeld || !reader?.isBehind) return;
    isHeld = true;
    session.holdPast(true);
    reader.catchUp().then(release);
  };
}

/** Waits for the end of the session, which an interrupt brings about. What `open` opened is closed then. */
async function untilEnd(
  session: ListenerSession,
  interrupts: AbortSignal,
  open: () => Promise<() => Promise<void>> | undefined,
): Promise<ListenerSummary> {
  const stop = () => session.stop();
  interrupts.addEventListener("abort", stop, { once: true });
  try {
    const close = await open();
    if (interrupts.aborted) stop();
    const summary = await session.finished;
    await close?.();
    return summary;
  } finally {
    interrupts.removeEventListener("abort", stop);
    session.stop();
    await session.finished;
  }
}
