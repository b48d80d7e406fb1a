/**
 * What it costs to receive a datagram, by the runtime's own call and by `recvmmsg`, on Linux:
 *
 *     deno run -A scripts/bench/receiving.ts [DATAGRAMS] [BYTES] [ROUNDS]
 *
 * So many datagrams of so many bytes wait in a socket, as when a crowd joins; receiving them all, with nothing done
 * about them, is timed in turns both ways. The ratio is the median of those of the rounds, since a busy machine
 * disturbs both ways of a round alike.
 */
import { receiveAll } from "../../shared/driver/receiving.ts";
import { type DatagramSocket, Destination } from "../../shared/driver/socket.ts";
import { systemClock } from "../../shared/system/system_clock.ts";
import { UdpSocket } from "../../shared/system/udp/udp_socket.ts";
import { print } from "./printing.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };
/** As a JOIN, and as many as a raised receive buffer holds with ease. */
const DATAGRAMS = 3000;
const BYTES = 240;
const ROUNDS = 15;
/** Both ways are slow until they are compiled. */
const WARM_UP_ROUNDS = 3;
/** They come from so many addresses. */
const SENDERS = 32;

interface Load {
  readonly datagrams: number;
  readonly bytes: number;
}

/** Microseconds for each datagram, once with `recvmmsg` and once without. */
export interface ReceivingCosts {
  readonly batch: number;
  readonly runtime: number;
}

/** Measures each way once, one after the other, on sockets of its own. */
export async function measureReceiving(load: Load): Promise<ReceivingCosts> {
  return { runtime: await measure(false, load), batch: await measure(true, load) };
}

/** @returns microseconds for each datagram. */
async function measure(isForMany: boolean, load: Load): Promise<number> {
  // Both have the raised receive buffer.
  const socket = new UdpSocket(LOOPBACK, systemClock, { isForMany });
  await fill(socket, load);
  let received = 0;
  const begunAt = performance.now();
  let millis = NaN;
  await receiveAll({
    socket,
    clock: systemClock,
    signal: new AbortController().signal,
    onDatagram() {
      if (++received < load.datagrams) return;
      millis = performance.now() - begunAt;
      socket.close();
    },
    onError(error) {
      throw error;
    },
  });
  return millis * 1000 / load.datagrams;
}

async function fill({ address }: DatagramSocket, { datagrams, bytes }: Load): Promise<void> {
  const to = [new Destination(address)];
  const senders = Array.from({ length: SENDERS }, (_, index) => {
    return new UdpSocket({ hostname: `127.0.0.${2 + index}`, port: 0 }, systemClock);
  });
  for (let sent = 0; sent < datagrams; sent++) {
    await senders[sent % SENDERS]!.sendMany(new Uint8Array(bytes).fill(sent), to);
  }
  for (const sender of senders) sender.close();
}

async function main(): Promise<void> {
  const [datagrams = DATAGRAMS, bytes = BYTES, count = ROUNDS] = Deno.args.map(Number);
  const rounds: ReceivingCosts[] = [];
  for (let round = -WARM_UP_ROUNDS; round < count; round++) {
    const costs = await measureReceiving({ datagrams, bytes });
    if (round >= 0) rounds.push(costs);
  }
  const least = (of: (one: ReceivingCosts) => number) => Math.min(...rounds.map(of)).toFixed(2);
  const ratios = rounds.map(({ runtime, batch }) => runtime / batch).toSorted((a, b) => a - b);
  print(`${datagrams} waiting datagrams of ${bytes} bytes, ${count} rounds of each way in turns`);
  print(`  the runtime's call: ${least(({ runtime }) => runtime)} us for each at best`);
  print(`  recvmmsg:           ${least(({ batch }) => batch)} us for each at best`);
  print(`  ratio, the median of the rounds: ${ratios[ratios.length >> 1]!.toFixed(1)}`);
}

if (import.meta.main) await main();
