/**
 * Compiles the binary: `deno task compile [--target TRIPLE] [-o FILE]`, `./streamer` by default.
 *
 * COMPILE_DENO names another Deno to compile with. DENORT_BIN, which `deno compile` reads, names the
 * runtime for the binary when Deno's own can't be downloaded.
 */
import { fileURLToPath } from "node:url";
import denoJson from "../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../", import.meta.url));

async function run(command: string, args: string[]): Promise<void> {
  const { code } = await new Deno.Command(command, { args, cwd: ROOT }).spawn().status;
  if (code !== 0) Deno.exit(code);
}

await run(Deno.execPath(), ["task", "--quiet", "bundle"]);
const hasOutput = Deno.args.some((argument) => /^(-o|--output)\b/.test(argument));
await run(Deno.env.get("COMPILE_DENO") ?? Deno.execPath(), [
  "compile",
  "--quiet",
  "--frozen",
  "--allow-all",
  // Types are checked by `deno task check`.
  "--no-check",
  // Leaves out the packages that only tests import, which would be a quarter of the binary.
  "--unstable-npm-lazy-caching",
  ...denoJson.unstable.map((feature) => `--unstable-${feature}`),
  "--include",
  "viewer/dist",
  "--include",
  "server/studio/dist",
  "--include",
  "scripts/demo/assets",
  ...hasOutput ? [] : ["--output", "streamer"],
  ...Deno.args,
  "main.ts",
]);
