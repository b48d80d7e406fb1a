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

/** A command that keeps all rights of root but this one (capabilities(7)). */
export function withoutRight(right: string, command: readonly string[]): string[] {
  return ["setpriv", `--bounding-set=-${right}`, ...command];
}
