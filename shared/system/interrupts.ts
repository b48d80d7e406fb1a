import { ExitCode } from "../core/errors.ts";

/** The signals that ask the program to end; the second one ends it at once. */
const REQUESTS = ["SIGINT", "SIGTERM", "SIGBREAK"] as const;
const SIGHUP_NUMBER = 1;
/** One Ctrl-C may arrive twice: from the terminal, and from `deno task`, which passes it on. */
const SAME_REQUEST_MILLIS = 300;
/** The handler that ignores a signal (POSIX SIG_IGN). */
const IGNORE = 1n;
const LIBRARIES: Partial<Record<typeof Deno.build.os, string>> = {
  linux: "libc.so.6",
  darwin: "libSystem.dylib",
};

/** The part of Deno that is used here. */
export type SignalProcess = Pick<typeof Deno, "addSignalListener" | "exit">;

/**
 * Aborts when the program is asked to end, so that it can send BYE first: by Ctrl-C, SIGTERM, or a
 * terminal that was closed (SIGHUP). A second Ctrl-C or SIGTERM ends the program at once; a second SIGHUP
 * does not, because shell and system may both send one for the same window.
 *
 * @param process what sends the signals and can be ended; with `clock`, a test passes its own.
 */
export function interruptSignal(
  process: SignalProcess = Deno,
  clock: Pick<Performance, "now"> = performance,
): AbortSignal {
  // Before any listener is added: with the first one, Deno changes how SIGHUP is handled.
  const isNohup = isHangupIgnored();
  const controller = new AbortController();
  let firstAt: number | undefined;
  const request = () => {
    firstAt ??= clock.now();
    if (clock.now() - firstAt > SAME_REQUEST_MILLIS) process.exit(ExitCode.failure);
    controller.abort();
  };
  for (const signal of REQUESTS) listenTo(process, signal, request);
  // A program under `nohup` goes on without its terminal.
  listenTo(process, "SIGHUP", () => isNohup || controller.abort());
  return controller.signal;
}

function listenTo(process: SignalProcess, signal: Deno.Signal, listener: () => void): void {
  try {
    process.addSignalListener(signal, listener);
  } catch {
    // This system does not have the signal.
  }
}

/** Whether the program was started with SIGHUP ignored; Deno has no function that tells. */
function isHangupIgnored(): boolean {
  const library = LIBRARIES[Deno.build.os];
  if (library === undefined) return false;
  try {
    const libc = Deno.dlopen(library, {
      sigaction: { parameters: ["i32", "pointer", "buffer"], result: "i32" },
    });
    // The handler is the first field of struct sigaction, which has at most 152 bytes.
    const action = new BigUint64Array(32);
    const isKnown = libc.symbols.sigaction(SIGHUP_NUMBER, null, action) === 0;
    libc.close();
    return isKnown && action[0] === IGNORE;
  } catch {
    return false;
  }
}
