import { testWith, type ToolName } from "../tools.ts";

const hasPipes = Deno.build.os !== "windows";
/**
 * A binary that was compiled with a local copy of Deno's runtime (DENORT_BIN) has one older than the oldest
 * Deno that Streamer runs on (2.8): opening a pipe there stops the whole program.
 */
const hasOldRuntime = Deno.env.has("STREAMER") && Deno.env.has("DENORT_BIN");

interface PipeTest {
  readonly name: string;
  /** The programs that it needs. */
  readonly tools?: readonly ToolName[];
  readonly fn: () => Promise<void>;
}

/** A test that opens a named pipe; said, and not run, where that stops the program. */
export function testWithPipe({ name, tools = [], fn }: PipeTest): void {
  if (hasOldRuntime) console.log(`NOT RUN with a runtime older than Deno 2.8: ${name}`);
  else if (hasPipes) testWith(tools, name, fn);
  else Deno.test({ name, fn, ignore: true });
}
