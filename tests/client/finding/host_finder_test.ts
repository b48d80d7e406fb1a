import assert from "node:assert/strict";
import fc from "fast-check";
import { HostFinder, type HostGrant } from "../../../client/finding/host_finder.ts";
import type { ConnectionState } from "../../../client/interface/output.ts";
import { runs } from "../../runs.ts";

const place = (port: number) => ({ hostname: "192.0.2.7", port });
function grant(ports: readonly number[], key = 1, token = "one"): HostGrant {
  return { servers: ports.map(place), token, hostKey: new Uint8Array(32).fill(key) };
}

function* steps(finder: HostFinder, now: number) {
  for (let step = finder.poll(now); step; step = finder.poll(now)) yield step;
}

Deno.test("of several addresses each is tried for a while, the first again after the last", () => {
  const finder = new HostFinder(grant([1, 2, 3]), 0);
  assert.equal(finder.server.port, 1);
  const tried: number[] = [];
  for (let now = 0; now < 5000; now += 100) {
    for (const step of steps(finder, now)) if (step.kind === "join") tried.push(step.server.port);
  }
  assert.deepEqual(tried, [2, 3, 1]);
  finder.onState("connected", 5000);
  assert.equal(finder.deadline, Infinity);
  assert.equal(finder.server.port, 1);
});

Deno.test("one address is asked until the session gives up, and nothing is done while all is well", () => {
  const finder = new HostFinder(grant([1]), 0);
  assert.deepEqual([...steps(finder, 60_000)], []);
  finder.onState("connected", 60_000);
  finder.onState("silent", 70_000);
  assert.deepEqual([...steps(finder, 80_000)], []);
});

Deno.test("while the host is lost the directory is asked, less and less often, and a new place is joined at once", () => {
  const finder = new HostFinder(grant([1]), 0);
  finder.onState("connected", 10);
  finder.onState("rejoining", 1000);
  const asked: number[] = [];
  for (let now = 1000; now < 60_000; now += 100) {
    for (const step of steps(finder, now)) {
      assert.equal(step.kind, "ask");
      asked.push(now);
      finder.onGrant(undefined, now);
    }
  }
  const gaps = asked.slice(1).map((at, index) => at - asked[index]!);
  assert.deepEqual([asked[0], gaps[0]], [1000, 2000]);
  assert(gaps.every((gap, index) => gap >= (gaps[index - 1] ?? 0)) && gaps.at(-1)! <= 15_100);
  finder.onGrant(grant([9], 2, "two"), 60_000);
  const [step, ...more] = [...steps(finder, 60_000)];
  assert(step?.kind === "join");
  assert.deepEqual([step.server.port, step.grant.token, more], [9, "two", []]);
});

Deno.test("a newer token for the same place is used, and a grant that comes too late is not", () => {
  const finder = new HostFinder(grant([1, 2]), 0);
  finder.onState("connected", 10);
  finder.onState("rejoining", 1000);
  assert.deepEqual([...steps(finder, 1000)], [{ kind: "ask" }]);
  finder.onGrant(grant([1, 2], 1, "two"), 1200);
  const [step] = [...steps(finder, 1200)];
  assert(step?.kind === "join");
  assert.deepEqual([step.server.port, step.grant.token], [1, "two"]);
  finder.onState("connected", 1300);
  finder.onGrant(grant([7]), 1400);
  assert.deepEqual([finder.server.port, [...steps(finder, 1500)]], [1, []]);
});

Deno.test("whatever happens, it asks once at a time and at most once a second, and ends each poll", () => {
  const deed = fc.oneof(
    fc.constantFrom<ConnectionState>("joining", "connected", "silent", "rejoining"),
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    fc.constant(undefined),
  );
  const history = fc.array(fc.tuple(fc.nat(3000), deed), { maxLength: 60 });
  fc.assert(
    fc.property(history, (all) => {
      let now = 0;
      let isAsking = false;
      let askedAt = -Infinity;
      const finder = new HostFinder(grant([1, 2]), now);
      for (const [pause, what] of all) {
        now += pause;
        if (typeof what === "string") finder.onState(what, now);
        else if (isAsking) {
          finder.onGrant(what && grant(what), now);
          isAsking = false;
        }
        let count = 0;
        for (const step of steps(finder, now)) {
          assert(++count < 5);
          if (step.kind === "join") continue;
          assert(!isAsking && now - askedAt >= 1000);
          [isAsking, askedAt] = [true, now];
        }
        assert(finder.deadline > now);
      }
    }),
    runs(300),
  );
});
