import type { Machine, Terminal } from "../../shared/core/machine.ts";
import { nodeCiphers } from "./node_ciphers.ts";
import { systemClock, systemWallClock } from "./system_clock.ts";
import { systemRng } from "./system_rng.ts";
import { UdpSocket } from "./udp_socket.ts";

export const systemMachine: Machine = {
  clock: systemClock,
  wallClock: systemWallClock,
  rng: systemRng,
  ciphers: nodeCiphers,
  openSocket: (local) => new UdpSocket(local),
};

const encoder = new TextEncoder();

export const systemTerminal: Terminal = {
  out: (text) => writeAll(Deno.stdout, text),
  err: (text) => writeAll(Deno.stderr, text),
  isTerminal: Deno.stdout.isTerminal(),
  color: Deno.stdout.isTerminal() && !Deno.noColor,
  columns() {
    try {
      return Deno.consoleSize().columns;
    } catch {
      return 80;
    }
  },
};

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = encoder.encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  } catch (error) {
    // The reader of a pipe may go (`| head`); that ends the printing, not the broadcast.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
