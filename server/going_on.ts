import type { BroadcastStore } from "./broadcast_store.ts";
import type { TimelineStep } from "./new_event.ts";

/** Names a simulated match as a source; its teams are kept with it. */
export function simulationSource(seed: number): string {
  return `simulation ${seed}`;
}

/** What is left of a simulated match, each step with its place in it. */
export function* restOfSimulation(
  steps: Iterable<TimelineStep>,
  source: string,
  store: BroadcastStore | undefined,
): Generator<TimelineStep> {
  const kept = store?.positionOf(source) ?? 0;
  let position = 0;
  for (const step of steps) {
    if (++position > kept) yield { ...step, from: { source, position } };
  }
}

/** What is left of events that are read from a file, each step with its line. */
export async function* restOfFile(
  steps: AsyncIterable<TimelineStep>,
  source: string,
  store: BroadcastStore | undefined,
): AsyncGenerator<TimelineStep> {
  const kept = store?.positionOf(source) ?? 0;
  for await (const step of steps) {
    const { position = 0 } = step;
    if (position > kept) yield { ...step, from: { source, position } };
  }
}
