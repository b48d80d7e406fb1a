/**
 * Installs the programs that the end-to-end tests need, where possible (root on a Debian), and prints which
 * tests will be skipped without them. Under CI=true a missing program is a failure.
 */
import {
  howToInstall,
  isContinuousIntegration,
  packagesOf,
  tool,
  type ToolName,
  TOOLS,
} from "../tests/tools.ts";

function missingTools(): ToolName[] {
  return (Object.keys(TOOLS) as ToolName[]).filter((name) => tool(name) === undefined);
}

function canInstall(): boolean {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  try {
    return Deno.statSync("/usr/bin/apt-get").isFile;
  } catch {
    return false;
  }
}

/** Runs apt-get; when it fails, one line says why. */
async function aptGet(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("apt-get", {
    args: ["-qq", "-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) console.error(`apt-get ${args[0]} failed: ${lastLine(stderr)}`);
}

/** What apt-get says last is why it gave up. */
function lastLine(output: Uint8Array): string {
  const lines = new TextDecoder().decode(output).trim().split("\n");
  return lines.at(-1)!.replace(/^E: /, "") || "it gave no reason";
}

/** @returns the exit code: a failure only where nothing may be skipped. */
async function setUp(): Promise<number> {
  const wanted = missingTools();
  if (wanted.length > 0 && canInstall()) await install(packagesOf(wanted));
  const missing = missingTools();
  if (missing.length === 0) return 0;
  const fate = isContinuousIntegration()
    ? "Under CI=true nothing is skipped, so this is a failure"
    : "End-to-end tests that need them will be SKIPPED";
  console.error(
    `Not installed: ${missing.join(", ")}. ${fate}. To have them: ${howToInstall(missing)}`,
  );
  return isContinuousIntegration() ? 1 : 0;
}

async function install(packages: readonly string[]): Promise<void> {
  console.log(`Installing for the tests: ${packages.join(" ")}`);
  // An old package index may be sufficient.
  await aptGet("update");
  await aptGet("install", "--yes", "--no-install-recommends", ...packages);
}

if (import.meta.main) {
  try {
    Deno.exit(await setUp());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.error(`The programs for the tests can't be set up: ${why.split("\n")[0]}`);
    Deno.exit(1);
  }
}
