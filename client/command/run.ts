/*
 * The command line of `listen`.
 *
 * In: the arguments. Out: an exit code, or a `CommandError` that `main.ts` prints.
 *
 * `arguments.ts` describes the flags. `listen` (this file) opens a session and hands its outputs to the
 * printer of `../console/` and to `sound_out.ts`, which gives the sound to a player and to `recording.ts`;
 * both use `../playing/`. `view` uses the same parts beside its page. Read next: `../session/session.ts`.
 */

import { ExitCode } from "../../shared/core/errors.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import { unlessAborted } from "../../shared/core/unless_aborted.ts";
import type { ListenOptions } from "../interface/config.ts";
import { JsonPrinter, type Printer, TextPrinter } from "../console/printer.ts";
import { Recording } from "./recording.ts";
import { explainEnd } from "../console/refusal_words.ts";
import { SocketSession } from "../session/session.ts";
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
  const recording = openRecording(options, terminal);
  try {
    return await runSession(options, { machine, terminal, interrupts, recording });
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

interface Surroundings {
  readonly machine: Machine;
  readonly terminal: Terminal;
  readonly interrupts: AbortSignal;
  readonly recording: Recording | undefined;
}

async function runSession(
  options: ListenOptions,
  { machine, terminal, interrupts, recording }: Surroundings,
): Promise<ExitCode> {
  const onWaiting = (text: string) => terminal.err(`${text}\n`);
  const target = await unlessAborted(findTarget(options, onWaiting), interrupts);
  if (target === undefined) return ExitCode.done;
  const session = new SocketSession(options, target, machine);
  const { play } = options;
  const sound = new SoundOut({ play, recording }, (text) => printer.notice(text));
  const printer = createPrinter(options, terminal, sound);
  if (recording) recording.onNotice = (text) => printer.notice(text);
  session.subscribe((output) => {
    printer.onOutput(output);
    sound.onOutput(output);
  });
  const stop = () => session.stop();
  if (interrupts.aborted) stop();
  interrupts.addEventListener("abort", stop, { once: true });
  const summary = await session.finished;
  interrupts.removeEventListener("abort", stop);
  printer.end(summary);
  await sound.close();
  const failure = explainEnd(summary, target.server);
  if (failure) throw failure;
  return ExitCode.done;
}

function createPrinter(options: ListenOptions, terminal: Terminal, sound: SoundOut): Printer {
  if (options.json) return new JsonPrinter(terminal);
  return new TextPrinter(terminal, () => sound.playerName === undefined ? "sound off" : "sound on");
}
