/**
 * Loaded before the program (`--preload`, with `--v8-flags=--expose-gc`): upon SIGUSR2 it collects garbage and
 * writes one line of JSON with what is left to standard error.
 */
import v8 from "node:v8";

/** Bytes that are left after a collection. */
export interface HeapReport {
  readonly kind: "heap";
  /** Objects. */
  readonly heap: number;
  /** Buffers and what else is outside. */
  readonly external: number;
}

/** Finalizers run between collections, and free more. */
const COLLECTIONS = 4;

async function tell(): Promise<void> {
  for (let round = 0; round < COLLECTIONS; round++) {
    (globalThis as unknown as { gc(): void }).gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { used_heap_size: heap, external_memory: external } = v8.getHeapStatistics();
  const report: HeapReport = { kind: "heap", heap, external };
  Deno.stderr.writeSync(new TextEncoder().encode(`${JSON.stringify(report)}\n`));
}

Deno.addSignalListener("SIGUSR2", () => void tell());
