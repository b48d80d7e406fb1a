import type { BroadcastStore } from "./broadcast_store.ts";
import type { EventLineContext } from "./event_line.ts";
import type { ReadBefore } from "./event_lines.ts";
import type { TimelineStep } from "./new_event.ts";

/** The name of a simulated match as a source of events. */
export function simulationSource(seed: number): string {
  return `simulation ${seed}`;
}

/** The steps of a simulated match that are not stored yet, each with its position. */
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

/** The events of a file that are not stored yet, each with its line as position. */
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

/**
 * The state with which a reader of events starts after a restart: score, clock and period, the ids
 * of the stored events, and how far this source was read.
 *
 * @param source the name of the source; undefined for one without a name, such as standard input.
 */
export function stateAfterRestart(
  store: BroadcastStore,
  source: string | undefined,
): Partial<EventLineContext> & { readonly before: ReadBefore } {
  const { timeline: { ids, last, lastOnClock } } = store.load();
  const lines = source === undefined ? 0 : store.positionOf(source);
  const before = { lines, ids };
  if (!last) return { before };
  const { clock, period } = lastOnClock?.event ?? {};
  return {
    before,
    score: last.score,
    ...(clock !== undefined && { clock }),
    ...(period !== undefined && { period }),
  };
}
