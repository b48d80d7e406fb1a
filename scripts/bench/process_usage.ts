/** What a process has used so far. */
export interface Usage {
  readonly at: number;
  /** Nanoseconds on a processor, of each thread that there is. */
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

/** Far finer than proc(5)'s `stat`, whose hundredths of a second are a tenth of what is measured. */
function threadNanos(pid: number, thread: string): number {
  const path = `/proc/${pid}/task/${thread}/schedstat`;
  return Number(Deno.readTextFileSync(path).split(" ")[0]);
}

/** Seconds of processor time from one to the other; a thread that ended in between is left out. */
export function cpuSecondsBetween(first: Usage, last: Usage): number {
  let nanos = 0;
  for (const [thread, spent] of last.cpuNanos) nanos += spent - (first.cpuNanos.get(thread) ?? 0);
  return nanos / 1e9;
}

export interface Measured {
  /** Of one processor core. */
  readonly cpuShare: number;
  /** In the order sampled, one a second. */
  readonly residentBytes: readonly number[];
}

/** Watches a process for `seconds`. */
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
