/**
 * What a fan-out costs with the runtime's own call and nothing else: the same bytes to each address of the
 * file ADDRESSES, by `conn.send`, ROUNDS times after a warm-up, one every PERIOD microseconds if it can.
 * Prints copies and nanoseconds of processor time of all threads.
 *
 *     deno run -A scripts/bench/fanout/bare_send.ts ADDRESSES BYTES ROUNDS PERIOD
 */
import { cpuSecondsBetween, usageOf } from "../process_usage.ts";
import type { Spent } from "./spent.ts";

const WARM_UP_COPIES = 20_000;

async function main(): Promise<void> {
  const [path = "", ...numbers] = Deno.args;
  const [bytes, rounds, periodMicros] = numbers.map(Number);
  const lines = Deno.readTextFileSync(path).trim().split("\n").map((line) => line.split(":"));
  const to = lines.map(([hostname, port]) =>
    ({ transport: "udp", hostname: hostname!, port: Number(port) }) as const
  );
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const datagram = new Uint8Array(bytes!);
  const sendToAll = async () => {
    for (const one of to) await socket.send(datagram, one);
  };
  for (let copies = 0; copies < WARM_UP_COPIES; copies += to.length) await sendToAll();
  const before = usageOf(Deno.pid)!;
  for (let round = 0; round < rounds!; round++) {
    const begunAt = performance.now();
    await sendToAll();
    const left = periodMicros! / 1000 - (performance.now() - begunAt);
    if (left > 1) await new Promise((resolve) => setTimeout(resolve, left));
  }
  const cpuNanos = cpuSecondsBetween(before, usageOf(Deno.pid)!) * 1e9;
  const spent: Spent = { sent: rounds! * to.length, cpuNanos };
  console.log(JSON.stringify(spent));
  Deno.exit(0);
}

if (import.meta.main) await main();
