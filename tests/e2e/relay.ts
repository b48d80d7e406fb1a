/**
 * A bad network between a host and its listeners, as a program of its own:
 *
 *     deno run -A tests/e2e/relay.ts 127.0.0.1:5004 --loss 5 --duplicate 2 --reorder 3
 *
 * It prints the address that listeners are to be given, and on Ctrl-C one line of JSON for each
 * listener: what its path really did. Only media is harmed, so that every run ends the same way.
 */
import { parseArgs } from "node:util";
import { systemMachine } from "../../shared/system/system_machine.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { openRelay, type RelayedListener } from "../../scripts/network/relay.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    loss: { type: "string", default: "5" },
    duplicate: { type: "string", default: "2" },
    reorder: { type: "string", default: "3" },
  },
});

function pathOf(index: number): NetemOptions {
  return {
    seed: Number(values.seed) + index,
    loss: Number(values.loss) / 100,
    duplicate: Number(values.duplicate) / 100,
    duplicateMillis: 1,
    reorder: Number(values.reorder) / 100,
    reorderMillis: 70,
    delayMillis: 10,
    jitterMillis: 5,
    harms: "media",
  };
}

function describe({ index, address, towardsListener }: RelayedListener) {
  const streams = [...towardsListener.streams].map(([ssrc, counts]) => ({ ssrc, ...counts }));
  return { listener: index + 1, port: address.port, streams };
}

const [hostname, port] = (positionals[0] ?? "127.0.0.1:5004").split(":");
const relay = openRelay(systemMachine, {
  upstream: { hostname: hostname!, port: Number(port) },
  local: { hostname: "127.0.0.1", port: Number(values.port) },
  towardsListener: pathOf,
});
console.log(`${relay.address.hostname}:${relay.address.port}`);
Deno.addSignalListener("SIGINT", async () => {
  for (const listener of relay.listeners) console.log(JSON.stringify(describe(listener)));
  await relay.close();
  Deno.exit(0);
});
