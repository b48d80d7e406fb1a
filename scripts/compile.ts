/**
 * Compiles the binary: `deno task compile [--target TRIPLE] [-o FILE]`, `./streamer` by default. It may do what
 * release/permissions.ts lists; with `--allow-all` it may do everything, such as open device files.
 *
 * COMPILE_DENO names another Deno to compile with. DENORT_BIN, which `deno compile` reads, names the
 * runtime for the binary when Deno's own can't be downloaded.
 *
 * The program is bundled first, into `dist/program/code/`: the binary starts faster with a few files than with hundreds, and
 * needs none of the packages beside them.
 */
import { fileURLToPath } from "node:url";
import denoJson from "../deno.json" with { type: "json" };
import { BUNDLE_FOLDER as BUNDLE } from "../shared/system/files/program_file.ts";
import { permissionFlags } from "./release/permissions.ts";
import { systemOf } from "./release/targets.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

async function run(command: string, args: string[]): Promise<void> {
  const { code } = await new Deno.Command(command, { args, cwd: ROOT }).spawn().status;
  if (code !== 0) Deno.exit(code);
}

await run(Deno.execPath(), ["task", "--quiet", "bundle"]);
await Deno.remove(new URL(`../${BUNDLE}`, import.meta.url), { recursive: true }).catch(() => {});
await run(Deno.execPath(), [
  "bundle",
  "--quiet",
  "--platform",
  "deno",
  "--minify",
  // What a command loads only when it needs it stays in files of its own.
  "--code-splitting",
  "--outdir",
  BUNDLE,
  "main.ts",
]);
const isUnlimited = Deno.args.some((argument) => /^(-A|--allow-all)$/.test(argument));
const hasOutput = Deno.args.some((argument) => /^(-o|--output)\b/.test(argument));
await run(Deno.env.get("COMPILE_DENO") ?? Deno.execPath(), [
  "compile",
  // The binary is quiet too: at each start it would list the programs of --allow-run that are not installed.
  "--quiet",
  "--frozen",
  ...isUnlimited ? [] : permissionFlags(systemOf(Deno.args)),
  // Types are checked by `deno task check`.
  "--no-check",
  // Deno would keep it under a known name in the folder for temporary files, where another user of the machine could
  // leave code for this program; and it has only what is loaded before the first dynamic import.
  "--no-code-cache",
  // MB. While a thousand listeners join, most of what is new stays, and a collection of a larger part of the memory
  // copies it for so long that sound waits.
  "--v8-flags=--max-semi-space-size=4",
  ...denoJson.unstable.map((feature) => `--unstable-${feature}`),
  "--include",
  BUNDLE,
  "--include",
  "viewer/dist",
  "--include",
  "server/studio/dist",
  "--include",
  "server/directory/dist",
  "--include",
  "scripts/demo/assets",
  "--include",
  "scripts/demo/dist",
  ...hasOutput ? [] : ["--output", "streamer"],
  ...Deno.args,
  `${BUNDLE}/main.js`,
]);
