/**
 * Opens the store named by its first argument and appends without end, printing each count once it is
 * stored; the test kills this process. With `--hold` it keeps the store open without writing, until
 * its standard input ends.
 */
import { openBroadcastStore } from "../../../../../server/origin/timeline/io/broadcast_store.ts";
import { batchOf, storedEvent } from "./stored_event.ts";

const [path, mode] = Deno.args;
try {
  const store = openBroadcastStore(path!, () => "0123456789abcdef");
  let count = store.load().timeline.count;
  console.log(`open ${count}`);
  if (mode === "--hold") { for await (const _ of Deno.stdin.readable); }
  while (mode !== "--hold") {
    const entry = storedEvent(++count);
    store.append(batchOf(entry, { source: "writer", position: count }));
    Deno.stdout.writeSync(new TextEncoder().encode(`${count}\n`));
  }
} catch (error) {
  console.log((error as Error).message);
  Deno.exit(1);
}
