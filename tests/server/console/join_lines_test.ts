import assert from "node:assert/strict";
import type { Reach } from "../../../server/broadcast/join_addresses.ts";
import { isForOthers, joinLines } from "../../../server/console/join_lines.ts";

const OUTSIDE = way("match.example", "anywhere");
const INSIDE = way("192.168.1.7", "network");
const HERE = way("127.0.0.1", "machine");

function way(hostname: string, reach: Reach, port = 5004) {
  return { address: { hostname, port, reach }, link: `streamer://${hostname}:${port}/?t=x&k=y` };
}

Deno.test("an advertised host has a command for each place", () => {
  assert.deepEqual(joinLines({ ways: [OUTSIDE, INSIDE, way("10.8.0.2", "network")], port: 5004 }), [
    'from outside     streamer listen "streamer://match.example:5004/?t=x&k=y"',
    'in this network  streamer listen "streamer://192.168.1.7:5004/?t=x&k=y"',
    "on this machine  streamer listen --port 5004",
    "on a phone       scan the code of: streamer view --http 0.0.0.0:8080",
    "other addresses  10.8.0.2:5004",
  ]);
});

Deno.test("without an address for those outside, it says what lets them in, in 80 columns", () => {
  const lines = joinLines({ ways: [INSIDE], port: 50_040 });
  assert.deepEqual(lines.slice(1), [
    "on this machine  streamer listen --port 50040",
    "on a phone       scan the code of: streamer view --http 0.0.0.0:8080 --port 50040",
    "from outside     forward UDP port 50040 to here, add --advertise HOST",
  ]);
  assert.ok(lines.at(-1)!.length <= 70);
});

Deno.test("a host that only its own machine reaches has no line for others, and shows its link", () => {
  assert.deepEqual(joinLines({ ways: [HERE], port: 5004 }), [
    'on this machine  streamer listen "streamer://127.0.0.1:5004/?t=x&k=y"',
  ]);
  assert.equal(isForOthers({ ways: [HERE] }), false);
  assert.equal(isForOthers({ ways: [OUTSIDE, HERE] }), true);
});

Deno.test("of many addresses the first ones are shown", () => {
  const ways = [1, 2, 3, 4, 5, 6, 7].map((number) => way(`10.0.0.${number}`, "network"));
  const others = joinLines({ ways, port: 5004 }).find((line) => line.startsWith("other"));
  assert.equal(
    others,
    "other addresses  10.0.0.2:5004, 10.0.0.3:5004, 10.0.0.4:5004, 10.0.0.5:5004",
  );
});
