import assert from "node:assert/strict";
import { JitterEstimate } from "../../client/receiving/stats/stats.ts";
import { testWith } from "../tools.ts";
import { TemporaryFolder } from "./fixtures.ts";
import {
  type Arrival,
  arrivalsOf,
  listenCaptured,
  mean,
  PACKET_CLOCK,
  tsharkJitter,
} from "./jitter.ts";

/** Our estimate after each packet of a capture, in milliseconds. */
function estimateOf(arrivals: readonly Arrival[]): number[] {
  const estimate = new JitterEstimate(PACKET_CLOCK);
  let ticks = 0;
  return arrivals.map(({ atSeconds, timestamp }, index) => {
    ticks += (timestamp - (arrivals[index - 1]?.timestamp ?? timestamp)) | 0;
    estimate.onPacket(ticks, atSeconds * 1000);
    return estimate.seconds * 1000;
  });
}

/**
 * What was captured is given to the estimate that listeners use, since on a busy machine a listener gets
 * its packets later than the capture; `acceptance/jitter_test.ts` holds the listener itself to it.
 */
testWith(
  ["tshark"],
  "jitter of plain MP3 over a path that jitters is what tshark makes of it",
  async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("capture.pcapng");
    const path = { jitterMillis: 8, delayMillis: 5, seed: 3 };
    const { lines, relayPort } = await listenCaptured(path, file, 8);
    const { ssrc, jitter } = lines.at(-1)!.channels[0];
    const arrivals = await arrivalsOf(file, relayPort, ssrc);
    assert.ok(arrivals.length > 250, `only ${arrivals.length} packets captured`);
    const [ours, theirs] = [
      mean(estimateOf(arrivals)),
      await tsharkJitter(file, relayPort, ssrc),
    ];
    const tolerance = Math.max(0.02, theirs * 0.01);
    assert.ok(Math.abs(ours - theirs) < tolerance, `${ours} ms, tshark says ${theirs} ms`);
    assert.ok(jitter > 0.001 && jitter < 1, `the listener says ${jitter} s`);
  },
);
