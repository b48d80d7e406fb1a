/*
 * The command line of `listen`.
 *
 * `arguments.ts` describes the flags. {@linkcode runListener} (this file) opens a session and hands its
 * outputs to the printer of `../console/` and to `sound_out.ts`, which gives the sound to a player and to
 * `recording.ts`; both use `../playing/`. `view` calls it too, and opens its page beside. Read
 * `../session/session.ts` next.
 */

import { ExitCode } from "../../shared/core/errors.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import type { Address } from "../../shared/driver/socket.ts";
import { unlessAborted } from "../../shared/core/unless_aborted.ts";
import type { ListenOptions } from "../interface/config.ts";
import { JsonPrinter, type Printer, TextPrinter } from "../console/printer.ts";
import { Recording } from "./recording.ts";
import { explainEnd } from "../console/refusal_words.ts";
import { type ListenerSession, type ListenerSummary, SocketSession } from "../session/session.ts";
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
  options: ListenOptions,
  surroundings: Surroundings,
  presentation: Presentation,
): Promise<ExitCode> {
  const recording = openRecording(options, surroundings.terminal);
  try {
    return await runSession(options, surroundings, presentation, recording);
  } finally {
    await recording?.close();
  }
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
  return new Recording(record, {
    onNotice: (text) => terminal.err(`${text}\n`),
    ...(json && {
      onBegin: (file) => terminal.out(formatJsonLine({ kind: "recording", file })),
    }),
  });
}

async function runSession(
  options: ListenOptions,
  { machine, terminal, interrupts }: Surroundings,
  { play, describeSound, open }: Presentation,
  recording: Recording | undefined,
): Promise<ExitCode> {
  const onWaiting = (text: string) => terminal.err(`${text}\n`);
  const target = await unlessAborted(findTarget(options, onWaiting), interrupts);
  if (target === undefined) return ExitCode.done;
  const { server } = target;
  const session = new SocketSession(options, target, machine);
  const sound = new SoundOut({ play, recording }, (text) => printer.notice(text));
  const printer: Printer = options.json
    ? new JsonPrinter(terminal)
    : new TextPrinter(terminal, () => describeSound(sound.playerName));
  if (recording) recording.onNotice = (text) => printer.notice(text);
  const keepPace = pacePast(session, terminal);
  session.subscribe((output) => {
    printer.onOutput(output);
    sound.onOutput(output);
    keepPace();
  });
  const summary = await untilEnd(session, interrupts, () => open?.({ session, server, printer }));
  printer.end(summary);
  await sound.close();
  const failure = explainEnd(summary, server);
  if (failure) throw failure;
  return ExitCode.done;
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
