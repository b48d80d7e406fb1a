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

/** Runs apt-get; its output is shown only when it fails. */
async function aptGet(...args: string[]): Promise<boolean> {
  const { success, stderr } = await new Deno.Command("apt-get", {
    args: ["-qq", "-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) await Deno.stderr.write(stderr);
  return success;
}

let missing = missingTools();
if (missing.length > 0 && canInstall()) {
  const packages = packagesOf(missing);
  console.log(`Installing for the tests: ${packages.join(" ")}`);
  // An old package index may be sufficient.
  await aptGet("update");
  await aptGet("install", "--yes", "--no-install-recommends", ...packages);
  missing = missingTools();
}
if (missing.length > 0) {
  const fate = isContinuousIntegration()
    ? "Under CI=true nothing is skipped, so this is a failure"
    : "End-to-end tests that need them will be SKIPPED";
  console.error(
    `Not installed: ${missing.join(", ")}. ${fate}. To have them: ${howToInstall(missing)}`,
  );
  if (isContinuousIntegration()) Deno.exit(1);
}
