/**
 * scripts/soak: a long run in virtual time, `deno task soak [HOURS] [LISTENERS] [SEED]`; 24 hours and 200
 * listeners by default.
 *
 * soak.ts, the next file to read, runs a broadcast with loss, outages, restarts and changing listeners, and
 * checks events and ledgers; follower.ts checks the events of one listener, slow_sound.ts is sound with
 * few packets. This file watches the memory meanwhile. It ends with status 1 when a check fails or the
 * memory grows.
 */
import { Soak } from "./soak.ts";

const [hours = 24, listeners = 200, seed = Date.now() % 1_000_000] = Deno.args.map(Number);
const MATCH_MINUTES = 120;
const CHECK_MINUTES = 20;
/** Not measured before this time, while bounded queues and maps are still filling. */
const WARM_UP_HOURS = Math.min(4, hours / 4);
/** Memory may differ by this much; more counts as growth. */
const TOLERATED = { heap: { factor: 1.15, bytes: 20e6 }, rss: { factor: 1.3, bytes: 100e6 } };

const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error("Run it as deno task soak does: it has to collect garbage by itself");
const startedAt = performance.now();
const soak = new Soak({ seed, listeners, matchMinutes: MATCH_MINUTES });
const samples: { readonly hour: number; readonly heap: number; readonly rss: number }[] = [];
console.log(`${hours} hours, ${listeners} listeners, seed ${seed}`);
try {
  for (let minute = 1; minute <= hours * 60; minute++) {
    soak.passMinute();
    // Measured before the check, which may begin the next match and so empty the queues.
    if (minute % 60 === 0) report(minute / 60);
    if (minute % CHECK_MINUTES === 0) soak.check();
  }
  soak.check();
} catch (error) {
  console.error(`After ${(soak.elapsed / 3_600_000).toFixed(2)} hours, seed ${seed}:`, error);
  Deno.exit(1);
}
judge("heap");
judge("rss");
console.log("All events arrived, all ledgers added up, and the memory stayed what it was");

function report(hour: number): void {
  collect!();
  const { heapUsed, rss } = Deno.memoryUsage();
  samples.push({ hour, heap: heapUsed, rss });
  const took = Math.round((performance.now() - startedAt) / 1000);
  const counts = Object.entries(soak.counts).map(([name, count]) => `${name} ${count}`);
  console.log(
    `${hour} h in ${took} s: heap ${mega(heapUsed)}, rss ${mega(rss)}; ${counts.join(", ")}`,
  );
}

/**
 * Compares the highest sample of each half. Memory outside the heap shows in rss only. The queues of a
 * listener are full after a quarter of an hour, and less full after a crash.
 */
function judge(what: "heap" | "rss"): void {
  const warm = samples.filter(({ hour }) => hour > WARM_UP_HOURS).map((sample) => sample[what]);
  const middle = Math.ceil(warm.length / 2);
  const [before, after] = [warm.slice(0, middle), warm.slice(middle)].map((half) =>
    Math.max(0, ...half)
  ) as [number, number];
  console.log(`${what} at most ${mega(before)} in the first half, ${mega(after)} in the second`);
  const { factor, bytes } = TOLERATED[what];
  if (after <= before * factor + bytes) return;
  console.error(`It grows: ${what} ${mega(after)}`);
  Deno.exit(1);
}

function mega(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
