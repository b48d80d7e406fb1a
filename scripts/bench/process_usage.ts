/** What a process has used so far. */
export interface Usage {
  readonly at: number;
  /** Processor time of each thread, in nanoseconds. */
  readonly cpuNanos: ReadonlyMap<string, number>;
  readonly residentBytes: number;
}

/** Reads Linux's /proc; undefined on other systems. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    return {
      at: performance.now(),
      cpuNanos: new Map(threads.map((thread) => [thread, threadNanos(pid, thread)])),
      residentBytes: kilobytes * 1024,
    };
  } catch {
    return undefined;
  }
}

/** Finer than proc(5)'s `stat`, whose resolution of 10 ms is too coarse here. */
function threadNanos(pid: number, thread: string): number {
  const path = `/proc/${pid}/task/${thread}/schedstat`;
  return Number(Deno.readTextFileSync(path).split(" ")[0]);
}

/** Seconds of processor time between two samples, without threads that ended in between. */
export function cpuSecondsBetween(first: Usage, last: Usage): number {
  let nanos = 0;
  for (const [thread, spent] of last.cpuNanos) nanos += spent - (first.cpuNanos.get(thread) ?? 0);
  return nanos / 1e9;
}

export interface Measured {
  /** The share of one processor core. */
  readonly cpuShare: number;
  /** In order, one sample each second. */
  readonly residentBytes: readonly number[];
}

/** Measures a process for `seconds`. */
export async function watch(pid: number, seconds: number): Promise<Measured | undefined> {
  const first = usageOf(pid);
  if (!first) return undefined;
  const residentBytes = [first.residentBytes];
  let last = first;
  for (let second = 0; second < seconds; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    last = usageOf(pid) ?? last;
    residentBytes.push(last.residentBytes);
  }
  const cpuShare = cpuSecondsBetween(first, last) / ((last.at - first.at) / 1000);
  return { cpuShare, residentBytes };
}
