/*
 * The program `streamer`.
 *
 * In: the command line. Out: an exit code, and at most one line with an error on standard error.
 *
 * This file reads the command line, opens the log, and hands the real clock, sockets and terminal of
 * `shared/system/` to one command: `serve`, `directory` and `token` (`server/command/`), `listen` (`client/command/`),
 * `view` (`viewer/command/`) or `demo` (`scripts/demo/`). Read next: `server/command/run.ts` for the host,
 * `client/command/run.ts` for a listener.
 */

import { object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { command, constant } from "@optique/core/primitives";
import { run } from "@optique/run";
import { resolve } from "node:path";
import process from "node:process";
import denoJson from "./deno.json" with { type: "json" };
import { examples, helpLayout, SHOW_DEFAULT } from "./shared/command/help.ts";
import { hideSecrets } from "./shared/text/hide_secrets.ts";
import { interruptSignal } from "./shared/system/interrupts.ts";
import { explainLockedFiles } from "./shared/system/files/locked_files.ts";
import { runtimeLinkStore } from "./shared/system/runtime_folder.ts";
import { systemMachine, systemTerminal, writeErrorNow } from "./shared/system/system_machine.ts";
import { CommandError, ExitCode } from "./shared/core/errors.ts";
import type { DirectoryViewOptions } from "./viewer/command/arguments.ts";
import type { HostBroadcast } from "./viewer/directory/directory_desk.ts";

/** Each is loaded only when it is given, since loading them all would be most of the time that a start takes. */
const commands = {
  serve: async () => {
    const { serveArguments } = await import("./server/command/arguments.ts");
    return command("serve", object({ name: constant("serve"), options: serveArguments }), {
      brief: message`Broadcast a match: sound, a live score, a shared screen and live data.`,
      usageLine: usage("[OPTION...]"),
      footer: examples(
        'streamer serve --studio --match "Home x Away"',
        'streamer serve --audio match.mp3 \\\n  --match "Home x Away" --events match.ndjson',
      ),
    });
  },
  listen: async () => {
    const { listenArguments } = await import("./client/command/arguments.ts");
    return command("listen", object({ name: constant("listen"), options: listenArguments }), {
      brief: message`Listen to a match, read its events in the terminal, and record it.`,
      usageLine: usage("[LINK] [OPTION...]"),
      footer: examples(
        'streamer listen "streamer://192.0.2.7:5004/?t=…"',
        'streamer listen \\\n  "streamer://192.0.2.7:5004/?t=…" --record match.mp3',
        'streamer listen --search "flamengo santos" \\\n  --directory http://127.0.0.1:8090',
      ),
    });
  },
  view: async () => {
    const { viewArguments } = await import("./viewer/command/arguments.ts");
    return command("view", object({ name: constant("view"), options: viewArguments }), {
      brief:
        message`Listen to a match, and follow it, its screen and live data on a local web page.`,
      usageLine: usage("[LINK] [OPTION...]"),
      footer: examples(
        'streamer view "streamer://192.0.2.7:5004/?t=…"',
        "streamer view --directory http://127.0.0.1:8090",
      ),
    });
  },
  find: async () => {
    const { findArguments } = await import("./client/command/find_arguments.ts");
    return command("find", object({ name: constant("find"), options: findArguments }), {
      brief: message`Search a directory for broadcasts.`,
      usageLine: usage("[TEXT] --directory URL [OPTION...]"),
      footer: examples(
        'streamer find "flamengo santos" \\\n  --directory http://127.0.0.1:8090',
      ),
    });
  },
  directory: async () => {
    const { directoryArguments } = await import("./server/command/directory_arguments.ts");
    return command(
      "directory",
      object({ name: constant("directory"), options: directoryArguments }),
      {
        brief: message`Run a directory, where people search, create and join broadcasts.`,
        usageLine: usage("[OPTION...]"),
        footer: examples("streamer directory --db directory.db"),
      },
    );
  },
  demo: async () => {
    const { demoArguments } = await import("./scripts/demo/arguments.ts");
    return command("demo", object({ name: constant("demo"), options: demoArguments }), {
      brief: message`Run a host, three listeners and a page over a simulated lossy network.`,
      usageLine: usage("[OPTION...]"),
      footer: examples("streamer demo --loss 10% --duration 30s"),
    });
  },
  token: async () => {
    const { tokenArguments } = await import("./server/command/token_arguments.ts");
    return command("token", object({ name: constant("token"), options: tokenArguments }), {
      brief: message`Make, list and revoke tokens for listeners.`,
      usageLine: usage("make|list|revoke|export --tokens FILE [OPTION...]"),
      footer: examples(
        "streamer token make --tokens club.json \\\n  --name Ann --seats 2 --expires 3h",
      ),
    });
  },
};

async function anyCommand() {
  const { serve, listen, view, find, directory, demo, token } = commands;
  return or(
    await serve(),
    await listen(),
    await view(),
    await find(),
    await directory(),
    await demo(),
    await token(),
  );
}

/** Reads the command line. Ends the program after --help, --version and mistakes. */
async function parseArguments() {
  if (Deno.args.length === 0) {
    throw new CommandError(
      ExitCode.usage,
      `A command is missing: give one of ${
        Object.keys(commands).join(", ")
      } (see: streamer --help)`,
    );
  }
  if (Deno.args.length === 1 && Deno.args[0] === "token") {
    throw new CommandError(
      ExitCode.usage,
      "A command is missing: give token make, list, revoke or export (see: streamer token --help)",
    );
  }
  const [first = "", ...rest] = Deno.args;
  // `deno task demo -- --duration 10s` passes the dashes on.
  const given = rest[0] === "--" ? rest.slice(1) : rest;
  const args = await spellOut([first, ...given]);
  // A shell waits for the completions of a command that is whole, so no other command is loaded.
  const asked = first === "completion" && args.length > 3 ? args[2]! : first;
  // Only a parser of a single command suggests the flag that was probably meant.
  const load = Object.hasOwn(commands, asked)
    ? commands[asked as keyof typeof commands]
    : anyCommand;
  return run(await load() as Awaited<ReturnType<typeof anyCommand>>, {
    programName: "streamer",
    args,
    brief: message`Broadcast a live match over a network, and listen to it.`,
    footer: message`More on a command: streamer COMMAND --help`,
    usageLine: usage("COMMAND [OPTION...]"),
    help: { command: true, option: { names: ["--help", "-h"] } },
    version: denoJson.version,
    completion: "command",
    aboveError: "none",
    errorExitCode: ExitCode.usage,
    showDefault: SHOW_DEFAULT,
    colors: systemTerminal.color,
    ...helpLayout(systemTerminal.isTerminal ? systemTerminal.columns() || undefined : undefined),
    stderr: (text) => writeErrorNow(`${oneLine(text)} (see: ${helpCommandOf(args)})\n`),
  });
}

/** Spells out the flags of `serve`, also on a line that a shell completes. */
async function spellOut(args: readonly string[]): Promise<readonly string[]> {
  const isCompleted = args[0] === "completion" && args[2] === "serve";
  if (args[0] !== "serve" && !isCompleted) return args;
  const { spellOutFlags, spellOutUnfinished } = await import("./server/command/flag_words.ts");
  return isCompleted
    ? [...args.slice(0, 3), ...spellOutUnfinished(args.slice(3))]
    : ["serve", ...spellOutFlags(args.slice(1))];
}

const TOKEN_ACTIONS = ["make", "list", "revoke", "export"];

/** The help of the command that was meant. */
function helpCommandOf([first = "", second = ""]: readonly string[]): string {
  const words = [
    ...(Object.hasOwn(commands, first) ? [first] : []),
    ...(first === "token" && TOKEN_ACTIONS.includes(second) ? [second] : []),
  ];
  return ["streamer", ...words, "--help"].join(" ");
}

async function main(): Promise<ExitCode> {
  const { name, options } = await parseArguments();
  if ("log" in options && options.log !== undefined) await openLog(options.log, options);
  const interrupts = interruptSignal();
  const surroundings = [systemMachine, systemTerminal, interrupts] as const;
  const links = runtimeLinkStore;
  switch (name) {
    case "serve": {
      const { serve } = await import("./server/command/run.ts");
      return await serve({ ...options, ...testSettings(), links }, ...surroundings);
    }
    case "listen": {
      const { listen } = await import("./client/command/run.ts");
      return await listen({ ...options, links }, ...surroundings);
    }
    case "view": {
      const { opensOnDirectory } = await import("./viewer/command/arguments.ts");
      if (opensOnDirectory(options)) {
        return await openOnDirectory({ ...options, links }, interrupts);
      }
      const { view } = await import("./viewer/command/run.ts");
      return await view({ ...options, links }, ...surroundings);
    }
    case "find": {
      const { find } = await import("./client/command/find_command.ts");
      return await find(options, systemTerminal, interrupts);
    }
    case "directory": {
      const { runDirectory } = await import("./server/command/directory_command.ts");
      return await runDirectory(options, ...surroundings);
    }
    case "demo": {
      const { demo } = await import("./scripts/demo/run.ts");
      return await demo(options, ...surroundings);
    }
    case "token": {
      const { manageTokens } = await import("./server/command/token_command.ts");
      const exitCode = await manageTokens(options, systemMachine, systemTerminal);
      // The output is the purpose of this command: wait for a slow reader, and fail on a full disk.
      const isPrinted = await systemTerminal.flush(interrupts);
      return isPrinted ? exitCode : ExitCode.failure;
    }
  }
}

/** A viewer knows no server, so what hosts the broadcasts that are created on its page is handed to it. */
async function openOnDirectory(
  options: DirectoryViewOptions,
  interrupts: AbortSignal,
): Promise<ExitCode> {
  const { viewDirectory } = await import("./viewer/command/directory.ts");
  const surroundings = { machine: systemMachine, terminal: systemTerminal, interrupts };
  const { directory, identity, name } = options;
  const host: HostBroadcast = async (wish, signal) => {
    const { hostFromPage } = await import("./server/command/host_from_page.ts");
    return await hostFromPage(wish, { directory, identity, name }, surroundings, signal);
  };
  return await viewDirectory(options, host, surroundings);
}

async function openLog(log: string, options: object): Promise<void> {
  checkLogIsAlone(log, options);
  const { openLogFile } = await import("./shared/system/log_file.ts");
  await openLogFile(log, (text) => systemTerminal.err(`${text}\n`));
}

/** Fails when the log is also another output file, which its lines would corrupt. */
function checkLogIsAlone(log: string, options: object): void {
  const written: Readonly<Record<string, unknown>> = { ...options };
  const flags = { record: "record", recordScreen: "record-screen", sdp: "sdp", db: "db" };
  for (const [option, flag] of Object.entries(flags)) {
    const other = written[option];
    if (typeof other !== "string" || resolve(other) !== resolve(log)) continue;
    throw new CommandError(
      ExitCode.usage,
      `--log and --${flag} name the same file, ${log}: use two files`,
    );
  }
}

/** Tests set the first sequence number, so that it soon wraps. */
function testSettings(): { readonly sequenceStart?: number } {
  const first = Deno.env.get("STREAMER_FIRST_SEQUENCE");
  return first === undefined ? {} : { sequenceStart: Number(first) % 0x1_0000 };
}

/** A short usage line; the help lists the options below it. */
function usage(text: string) {
  return [{ type: "literal", value: text }] as const;
}

/** Makes an error one line, and hides secrets in arguments that it repeats. */
function oneLine(text: string): string {
  return hideSecrets(text.trim().replaceAll(/\s*\n\s*/g, " "));
}

if (import.meta.main) {
  // Deno's node: modules may print deprecations on stderr, where scripts expect one line per error.
  Object.assign(process, { noDeprecation: true });
  const exitCode = await main().catch(printFailure);
  await systemTerminal.flush();
  Deno.exit(exitCode);
}

async function printFailure(error: unknown): Promise<ExitCode> {
  // In a terminal the error must come after the output.
  await systemTerminal.flush();
  const text = error instanceof Error ? error.message : String(error);
  systemTerminal.err(`Error: ${oneLine(explainLockedFiles(text))}\n`);
  return error instanceof CommandError ? error.exitCode : ExitCode.failure;
}
