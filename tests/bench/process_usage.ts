/** What a process has used so far. */
export interface Usage {
  readonly at: number;
  /** Seconds of processor time, of all its threads. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** Linux counts processor time in hundredths of a second (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** Reads Linux's /proc; undefined on other systems. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name in brackets may hold spaces, so fields are counted from behind it (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    return {
      at: performance.now(),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      residentBytes: kilobytes * 1024,
    };
  } catch {
    return undefined;
  }
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
  const cpuShare = (last.cpuSeconds - first.cpuSeconds) / ((last.at - first.at) / 1000);
  return { cpuShare, residentBytes };
}
