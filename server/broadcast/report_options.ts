import type { ServeOptions } from "../interface/config.ts";

/** Who may report by the options; nobody has a token of a reporter where there are no signed tokens. */
export function mayAnyoneReport({ reports, signedTokens }: ServeOptions): boolean {
  return reports === "open" || (reports !== "off" && signedTokens !== undefined);
}
