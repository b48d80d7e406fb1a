import assert from "node:assert/strict";
import {
  type Arrival,
  ArrivalQueue,
  jsonArrival,
  MAX_ARRIVAL_BYTES,
} from "../../../../../server/origin/data/io/arrivals.ts";

const arrival = (index: number, length = 1): Arrival => {
  const bytes = new Uint8Array(length);
  bytes[0] = index;
  return { kind: "json", bytes };
};
const indexOf = (arrival: Arrival) => arrival.kind === "json" ? arrival.bytes[0] : arrival.kind;

async function readAll(queue: ArrivalQueue): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const arrival of queue.read(new AbortController().signal)) read.push(indexOf(arrival));
  return read;
}

Deno.test("arrivals are read in order, before and after they are waited for", async () => {
  const queue = new ArrivalQueue(() => assert.fail());
  queue.push(arrival(1));
  const reading = readAll(queue);
  await Promise.resolve();
  queue.push(arrival(2));
  queue.push({ kind: "too-large" });
  queue.end();
  queue.push(arrival(3));
  assert.deepEqual(await reading, [1, 2, "too-large"]);
});

Deno.test("what waits is read before the error is thrown", async () => {
  const queue = new ArrivalQueue(() => assert.fail());
  queue.push(arrival(1));
  queue.end(new Error("lost"));
  queue.end();
  const reading = queue.read(new AbortController().signal);
  assert.equal((await reading.next()).done, false);
  await assert.rejects(() => reading.next(), /lost/);
});

Deno.test("the oldest are dropped and counted when too many wait, or too many bytes", async () => {
  let dropped = 0;
  const queue = new ArrivalQueue(() => dropped++);
  for (let index = 0; index < 100; index++) queue.push(arrival(index));
  assert.equal(dropped, 36);
  queue.end();
  assert.deepEqual(await readAll(queue), Array.from({ length: 64 }, (_, index) => index + 36));
  const large = new ArrivalQueue(() => dropped++);
  for (let index = 0; index < 5; index++) large.push(arrival(index, MAX_ARRIVAL_BYTES));
  assert.equal(dropped, 36 + 3);
  large.end();
  assert.deepEqual(await readAll(large), [3, 4]);
});

Deno.test("a signal ends the wait", async () => {
  const stop = new AbortController();
  const reading = new ArrivalQueue(() => {}).read(stop.signal).next();
  stop.abort();
  assert.equal((await reading).done, true);
});

Deno.test("a message that is too large is not kept", () => {
  assert.equal(jsonArrival(new Uint8Array(MAX_ARRIVAL_BYTES)).kind, "json");
  assert.deepEqual(jsonArrival(new Uint8Array(MAX_ARRIVAL_BYTES + 1)), { kind: "too-large" });
});
