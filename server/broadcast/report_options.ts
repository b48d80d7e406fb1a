import type { ServeOptions } from "../interface/config.ts";

/** Whether anybody may report by the options: a token says so only where tokens are signed, or a directory's. */
export function mayAnyoneReport(
  { reports, signedTokens, directory }: Pick<
    ServeOptions,
    "reports" | "signedTokens" | "directory"
  >,
): boolean {
  const hasRoles = signedTokens !== undefined || directory !== undefined;
  return reports === "open" || (reports !== "off" && hasRoles);
}
