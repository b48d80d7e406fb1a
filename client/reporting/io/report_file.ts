import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import type { Millis, WallMillis } from "../../../shared/core/units.ts";
import { nameFile } from "../../../shared/text/file_names.ts";
import type { ReportDraft } from "../report_draft.ts";
import { ReportLines } from "../report_lines.ts";

/** Reports that find no room are offered again after this time; nothing more is read until then. */
const FULL_WAIT: Millis = 1000;

export interface ReportFileOptions {
  /** The time of day of this machine. */
  readonly wallNow: () => WallMillis;
  /** @returns undefined when there is no room for the report. */
  readonly report: (draft: ReportDraft) => string | undefined;
  /** One line for each mistake. */
  readonly onProblem: (text: string) => void;
  /** Aborted when nothing more is to be read. */
  readonly signal: AbortSignal;
}

/**
 * Looks at the file of `--report`, before joining, so that a mistake shows at once.
 *
 * @throws CommandError that names the flag and what is wrong.
 */
export async function checkReportFile(path: string): Promise<void> {
  if (path === "-") return;
  try {
    const { isDirectory } = await Deno.stat(path);
    if (isDirectory) throw problemOf(path, "is a folder: give a file, or - for standard input");
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const what = error instanceof Deno.errors.NotFound
      ? "does not exist: check the path"
      : "can't be read: check its permissions";
    throw problemOf(path, what);
  }
}

/** Reads reports as they come, until the end of the file or of standard input, and gives out each. */
export async function readReportFile(path: string, options: ReportFileOptions): Promise<void> {
  const { onProblem, signal } = options;
  try {
    const stream = path === "-" ? Deno.stdin.readable : (await Deno.open(path)).readable;
    await readReports(stream, flagOf(path), options);
  } catch (error) {
    if (signal.aborted) return;
    const why = error instanceof Error ? error.message : String(error);
    onProblem(`${flagOf(path)} can't be read any more (${why}): give another file`);
  }
}

async function readReports(
  stream: ReadableStream<Uint8Array>,
  name: string,
  options: ReportFileOptions,
): Promise<void> {
  const { signal, wallNow, onProblem } = options;
  const lines = new ReportLines();
  const take = async (read: ReturnType<ReportLines["push"]>) => {
    for (const line of read) {
      if (line.ok) await give(line.draft, options);
      else onProblem(`${name}, ${line.problem}`);
    }
  };
  const reader = stream.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    await take(lines.push(next.value, wallNow()));
  }
  signal.removeEventListener("abort", stop);
  if (!signal.aborted) await take(lines.end(wallNow()));
}

async function give(draft: ReportDraft, { report, signal }: ReportFileOptions): Promise<void> {
  while (!signal.aborted && report(draft) === undefined) {
    await new Promise((resolve) => setTimeout(resolve, FULL_WAIT));
  }
}

function flagOf(path: string): string {
  return `--report ${path === "-" ? path : nameFile(path, Deno.lstatSync)}`;
}

function problemOf(path: string, what: string): CommandError {
  return new CommandError(ExitCode.failure, `${flagOf(path)} ${what}`);
}
