/** How often a property is tried: `FUZZ_RUNS`, or `usual`. */
export function runs(usual: number): { readonly numRuns: number } {
  return { numRuns: wantedRuns() ?? usual };
}

/** @returns `long` in `deno task acceptance`, which sets `LONG_RUNS`, else `short`. */
export function lengthOf({ short, long }: { short: number; long: number }): number {
  return Deno.env.get("LONG_RUNS") === undefined ? short : long;
}

/** `FUZZ_RUNS`, where it is given. */
export function wantedRuns(): number | undefined {
  const wanted = Number(Deno.env.get("FUZZ_RUNS"));
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : undefined;
}
