/** How often a property is tried: `FUZZ_RUNS`, or `usual`. */
export function runs(usual: number): { readonly numRuns: number } {
  const wanted = Number(Deno.env.get("FUZZ_RUNS") ?? usual);
  return { numRuns: Number.isSafeInteger(wanted) && wanted > 0 ? wanted : usual };
}
