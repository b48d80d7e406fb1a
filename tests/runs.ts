/** How often a property is tried: `FUZZ_RUNS`, or `usual`. */
export function runs(usual: number): { readonly numRuns: number } {
  return { numRuns: wantedRuns() ?? usual };
}

/** @returns `long` in `deno task acceptance`, which sets `LONG_RUNS`, else `short`. */
export function lengthOf({ short, long }: { short: number; long: number }): number {
  return Deno.env.get("LONG_RUNS") === undefined ? short : long;
}

/** The seeds of a scenario that is run several times: 1 to {@linkcode lengthOf}. */
export function seedsOf(counts: { short: number; long: number }): number[] {
  return Array.from({ length: lengthOf(counts) }, (_, index) => index + 1);
}

/** `FUZZ_RUNS`, where it is given. */
export function wantedRuns(): number | undefined {
  const wanted = Number(Deno.env.get("FUZZ_RUNS"));
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : undefined;
}
