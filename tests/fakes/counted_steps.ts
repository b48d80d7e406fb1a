import { Session } from "node:inspector";

/** What ran, by place in the code (`sessions.ts:154 all`), and how often. */
export type Steps = ReadonlyMap<string, number>;

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
    }[];
  }[];
}

/** Whose `next` gives one element of a collection after the other, also to a spread. */
const ITERATORS = [new Map().values(), new Set().values(), [].values()].map((iterator) =>
  Object.getPrototypeOf(iterator)
);

/**
 * Counts what the code under `folder` does, by the runtime's own count of each block of code, and how many elements
 * of collections are looked at: work that grows with the listeners shows in it, on a machine however busy.
 */
export class StepCounter {
  readonly #session = new Session();
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#session.connect();
  }

  /** @param folder as a part of the paths: `/server/edge/`. */
  static async open(folder: string): Promise<StepCounter> {
    const counter = new StepCounter(folder);
    await counter.#ask("Profiler.enable");
    await counter.#ask("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    return counter;
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }

  async count(run: () => void): Promise<Steps> {
    await this.#take();
    const elements = countElements(run);
    const steps = await this.#take();
    return new Map([...steps, ["elements of collections", elements]]);
  }

  async #take(): Promise<Map<string, number>> {
    const { result } = await this.#ask("Profiler.takePreciseCoverage") as Coverage;
    const steps = new Map<string, number>();
    for (const { url, functions } of result) {
      if (!url.includes(this.#folder)) continue;
      const file = url.slice(url.indexOf(this.#folder));
      for (const { functionName, ranges } of functions) {
        const count = ranges.reduce((most, range) => Math.max(most, range.count), 0);
        const place = `${file}:${ranges[0]!.startOffset} ${functionName}`;
        if (count > 0) steps.set(place, (steps.get(place) ?? 0) + count);
      }
    }
    return steps;
  }

  #ask(method: string, parameters: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method as "Profiler.enable", parameters as never, (error, result) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
  }
}

function countElements(run: () => void): number {
  let elements = 0;
  const originals = ITERATORS.map((iterator) => iterator.next);
  for (const [index, iterator] of ITERATORS.entries()) {
    iterator.next = function (this: unknown) {
      elements++;
      return originals[index].call(this);
    };
  }
  try {
    run();
  } finally {
    for (const [index, iterator] of ITERATORS.entries()) iterator.next = originals[index];
  }
  return elements;
}
