/**
 * Replaces a player: writes down when it read each numbered frame, in milliseconds since 1970.
 *
 *     ... | deno run -A scripts/bench/clocked_player.ts times.txt
 */
import { takeNumbers } from "../../tests/fakes/numbered_frames.ts";

using times = Deno.openSync(Deno.args[0]!, { write: true, create: true, append: true });
const encoder = new TextEncoder();
let rest = new Uint8Array();
for await (const chunk of Deno.stdin.readable) {
  const now = performance.timeOrigin + performance.now();
  const taken = takeNumbers(Uint8Array.of(...rest, ...chunk));
  rest = taken.rest.slice();
  for (const number of taken.numbers) times.writeSync(encoder.encode(`${number} ${now}\n`));
}
