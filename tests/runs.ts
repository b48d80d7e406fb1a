/** How often a property is tried: `FUZZ_RUNS`, or `usual`. */
export function runs(usual: number): { readonly numRuns: number } {
  return { numRuns: wantedRuns() ?? usual };
}

/** `FUZZ_RUNS`, where it is given. */
export function wantedRuns(): number | undefined {
  const wanted = Number(Deno.env.get("FUZZ_RUNS"));
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : undefined;
}
