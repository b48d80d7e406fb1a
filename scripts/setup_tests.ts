/**
 * Installs what the end-to-end tests hold Streamer against, where that is possible without asking
 * (root on a Debian), and says loudly what will be skipped otherwise. Under CI=true a program that is
 * missing in the end is a failure.
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

/** Runs apt-get quietly; what it printed is shown only when it fails. */
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
  // An index that can't be renewed may still do.
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
