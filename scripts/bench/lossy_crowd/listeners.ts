import { openListener } from "../../../client/session/session.ts";
import type { ListenerOutput } from "../../../client/interface/output.ts";
import { systemMachine } from "../../../shared/system/system_machine.ts";

/** What the listeners of a process have received of the sound so far, all together. */
export interface HeardReport {
  readonly kind: "heard";
  readonly expected: number;
  readonly networkLost: number;
  readonly residualLost: number;
}

/**
 * Listeners of one process: `listeners.ts LINK COUNT`. Writes a line when all have joined, and one with the sum of
 * their ledgers for each line that it reads. Their sound is not played.
 */
const [link, count] = Deno.args;
const ledgers = new Map<number, { expected: number; networkLost: number; residualLost: number }>();
for (let index = 0; index < Number(count); index++) await join(index);
tell({ kind: "joined" });
for await (const _ of Deno.stdin.readable) tell({ kind: "heard", ...sumOfLedgers() });
Deno.exit(0);

async function join(index: number): Promise<void> {
  const options = { link: link!, host: "", port: 0, latency: "normal" } as const;
  const listener = await openListener(options, systemMachine);
  await new Promise<void>((resolve) => {
    listener.subscribe((output: ListenerOutput) => {
      if (output.kind === "joined") resolve();
      if (output.kind !== "stats") return;
      const sound = output.ledger.channels.find(({ channel }) => channel === "audio");
      if (!sound) return;
      const { packetsExpected: expected, networkLost, residualLost } = sound;
      ledgers.set(index, { expected, networkLost, residualLost });
    });
  });
}

function sumOfLedgers(): Omit<HeardReport, "kind"> {
  const sum = { expected: 0, networkLost: 0, residualLost: 0 };
  for (const ledger of ledgers.values()) {
    sum.expected += ledger.expected;
    sum.networkLost += ledger.networkLost;
    sum.residualLost += ledger.residualLost;
  }
  return sum;
}

function tell(line: unknown): void {
  console.log(JSON.stringify(line));
}
