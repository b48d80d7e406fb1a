import type { BroadcastStore } from "./broadcast_store.ts";
import type { EventLineContext } from "./event_line.ts";
import type { ReadBefore } from "./event_lines.ts";
import type { TimelineStep } from "./new_event.ts";
import { idsOf } from "./timeline.ts";

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

/**
 * What a reader of events begins with when a broadcast goes on: where the match stands, whatever source told
 * it, which events there are, and how far this source was read.
 *
 * @param source its name; undefined when it can't be known again, as standard input can't.
 */
export function whereItStands(
  store: BroadcastStore,
  source: string | undefined,
): Partial<EventLineContext> & { readonly before: ReadBefore } {
  const { entries } = store.load();
  const lines = source === undefined ? 0 : store.positionOf(source);
  const before = { lines, ids: idsOf(entries) };
  const last = entries.at(-1);
  if (!last) return { before };
  const { score, event: { clock, period } } = last;
  return { before, score, clock, period };
}
