/**
 * A signal that aborts when the first of `signals` does, with its reason. Unlike that of `AbortSignal.any`,
 * it is kept alive by them: Deno's garbage collector frees a composite signal that only a request listens
 * to, and the request then never ends.
 */
export function linkedSignal(...signals: readonly AbortSignal[]): AbortSignal {
  const linked = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) linked.abort(signal.reason);
    const abort = () => linked.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true, signal: linked.signal });
  }
  return linked.signal;
}
