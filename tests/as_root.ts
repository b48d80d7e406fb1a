import { isContinuousIntegration } from "./tools.ts";

/** A user that owns nothing and may do nothing: Debian's `nobody`. */
export const NOBODY = 65_534;

/**
 * Registers a test that needs the rights of root, to act for several users. Elsewhere it is skipped,
 * and its name says so; under CI=true nothing is skipped, it fails.
 */
export function testAsRoot(name: string, body: () => void | Promise<void>): void {
  if (Deno.build.os === "linux" && Deno.uid() === 0) return Deno.test(name, body);
  if (isContinuousIntegration()) {
    return Deno.test(name, () => {
      throw new Error("Nothing is skipped under CI=true; run the tests as root on Linux");
    });
  }
  console.warn(`SKIPPED for want of root: ${name}`);
  Deno.test.ignore(`${name} (needs root on Linux)`, body);
}

/** Runs a command that keeps all rights of root but these (capabilities(7)). */
export function withoutRights(...rights: string[]): string[] {
  return ["setpriv", `--bounding-set=${rights.map((right) => `-${right}`).join()}`];
}

/** Runs a command as another user, who has these rights of root. */
export function asNobodyWith(...rights: string[]): string[] {
  const list = rights.map((right) => `+${right}`).join();
  const user = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups"];
  // Without it Deno, which asks whether a file is there as the user alone, finds none of its own.
  const bits = "--securebits=+no_setuid_fixup";
  return ["setpriv", ...user, bits, `--inh-caps=${list}`, `--ambient-caps=${list}`];
}
