import process from "node:process";
import { openListener } from "../../../client/session/session.ts";
import type { ListenerOutput } from "../../../client/interface/output.ts";
import type { ChannelLedger } from "../../../shared/ledger/ledger.ts";
import { systemMachine } from "../../../shared/system/system_machine.ts";
import { RequestCounts, type Requests } from "./request_counts.ts";

/** What the listeners of a process have received of the sound so far, all together. */
export interface HeardReport extends Requests {
  readonly kind: "heard";
  readonly expected: number;
  readonly networkLost: number;
  readonly residualLost: number;
  /** Retransmissions that came. */
  readonly retransmitted: number;
  /** The processor time of the whole process. */
  readonly cpuMillis: number;
}

type Sum = Omit<HeardReport, "kind" | "cpuMillis">;

/**
 * Listeners of one process: `listeners.ts LINK COUNT`. Writes a line when all have joined, and one with the sum of
 * their ledgers for each line that it reads. Their sound is not played.
 */
const [link, count] = Deno.args;
const ledgers = new Map<number, ChannelLedger>();
const requests: RequestCounts[] = [];
for (let index = 0; index < Number(count); index++) await join(index);
tell({ kind: "joined" });
for await (const _ of Deno.stdin.readable) tell({ kind: "heard", ...sumOfAll(), cpuMillis: cpu() });
Deno.exit(0);

async function join(index: number): Promise<void> {
  const counts = new RequestCounts();
  requests.push(counts);
  let soundSsrc: number | undefined;
  const options = {
    link: link!,
    host: "",
    port: 0,
    latency: "normal",
    packetWatch: (news: Parameters<RequestCounts["take"]>[0]) => {
      if (soundSsrc === undefined || news.ssrc === soundSsrc) counts.take(news);
    },
  } as const;
  const listener = await openListener(options, systemMachine);
  await new Promise<void>((resolve) => {
    listener.subscribe((output: ListenerOutput) => {
      if (output.kind === "joined") resolve();
      if (output.kind !== "stats") return;
      const sound = output.ledger.channels.find(({ channel }) => channel === "audio");
      if (!sound) return;
      soundSsrc = sound.ssrc;
      ledgers.set(index, sound);
    });
  });
}

function sumOfAll(): Sum {
  const all = [...ledgers.values()];
  const sum = <Item>(items: readonly Item[], of: (item: Item) => number) =>
    items.reduce((total, item) => total + of(item), 0);
  const counts = requests.map((one) => one.counts);
  return {
    expected: sum(all, ({ packetsExpected }) => packetsExpected),
    networkLost: sum(all, ({ networkLost }) => networkLost),
    residualLost: sum(all, ({ residualLost }) => residualLost),
    retransmitted: sum(all, ({ retransmittedPacketsReceived }) => retransmittedPacketsReceived),
    requested: sum(counts, ({ requested }) => requested),
    requestedPackets: sum(counts, ({ requestedPackets }) => requestedPackets),
    needless: sum(counts, ({ needless }) => needless),
  };
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function tell(line: unknown): void {
  console.log(JSON.stringify(line));
}
