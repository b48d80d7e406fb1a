import { requireTool } from "../tools.ts";

/** Captures what passes `filter` on the loopback while `body` runs; only for tests with tshark. */
export async function capture(
  file: string,
  filter: string,
  body: () => Promise<void>,
): Promise<void> {
  const process = new Deno.Command(requireTool("tshark"), {
    args: ["-q", "-i", "lo", "-f", filter, "-w", file],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  // It says so once the capture runs; what is sent before that would be missing.
  while (!/Capturing on/.test(said)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`tshark could not capture: ${said}`);
    said += value;
  }
  try {
    await body();
  } finally {
    process.kill("SIGINT");
    while (!(await reader.read()).done);
    await process.status;
  }
}
