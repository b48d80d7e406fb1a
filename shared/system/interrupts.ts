import { ExitCode } from "../core/errors.ts";

/** What a person or a supervisor sends to end the program: the second ends it at once. */
const REQUESTS = ["SIGINT", "SIGTERM", "SIGBREAK"] as const;
const SIGHUP_NUMBER = 1;
/** The handler that ignores a signal (POSIX SIG_IGN). */
const IGNORE = 1n;
const LIBRARIES: Partial<Record<typeof Deno.build.os, string>> = {
  linux: "libc.so.6",
  darwin: "libSystem.dylib",
};

/**
 * Aborts when the program is asked to end, so that goodbyes are said: by Ctrl-C, SIGTERM, or a terminal
 * that was closed or lost (SIGHUP). A second Ctrl-C or SIGTERM ends it at once; a second SIGHUP does not,
 * since shell and system both send one for the same window.
 */
export function interruptSignal(): AbortSignal {
  // Asked first: with its first listener, for whatever signal, Deno makes SIGHUP end the program.
  const isNohup = isHangupIgnored();
  const controller = new AbortController();
  let requests = 0;
  const request = () => {
    controller.abort();
    if (++requests > 1) Deno.exit(ExitCode.failure);
  };
  for (const signal of REQUESTS) listenTo(signal, request);
  // Under `nohup` the program is to outlive its terminal.
  listenTo("SIGHUP", () => isNohup || controller.abort());
  return controller.signal;
}

function listenTo(signal: Deno.Signal, listener: () => void): void {
  try {
    Deno.addSignalListener(signal, listener);
  } catch {
    // This system does not have that signal.
  }
}

/** Whether whoever started the program has it ignore SIGHUP, which Deno itself has no call to ask. */
function isHangupIgnored(): boolean {
  const library = LIBRARIES[Deno.build.os];
  if (library === undefined) return false;
  try {
    const libc = Deno.dlopen(library, {
      sigaction: { parameters: ["i32", "pointer", "buffer"], result: "i32" },
    });
    // The handler is the first field of struct sigaction, which is 152 bytes at most.
    const action = new BigUint64Array(32);
    const isKnown = libc.symbols.sigaction(SIGHUP_NUMBER, null, action) === 0;
    libc.close();
    return isKnown && action[0] === IGNORE;
  } catch {
    return false;
  }
}
