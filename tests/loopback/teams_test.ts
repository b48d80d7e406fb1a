import assert from "node:assert/strict";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { hasJoined } from "./scenario.ts";

const TEAMS = { home: "Palmeiras", away: "Grêmio" };

function open() {
  const path = () => ({ loss: 0.1, delayMillis: 20, jitterMillis: 5 });
  const world = new VirtualWorld({ towardsListener: path, towardsHost: path });
  world.startHost();
  const join = () => {
    const listener = world.addListener();
    world.runUntil(() => hasJoined(listener), 20_000, "the join");
    return listener;
  };
  return { world, join };
}

/** The teams that a listener knows, as it was told: when it joined, and since. */
function told(listener: VirtualListener): string[] {
  return listener.outputs.flatMap((output) => {
    if (output.kind === "teams") return [`named ${output.home} x ${output.away}`];
    if (output.kind !== "joined") return [];
    const { match } = output.info;
    return [`joined ${match ? `${match.home} x ${match.away}` : "-"}`];
  });
}

Deno.test("teams that are named while the broadcast runs reach all who listen, and who comes or comes back later", () => {
  const { world, join } = open();
  const [early, asleep] = [join(), join()];
  const before = told(early)[0]!;
  world.sleep(asleep);
  world.run(60_000);
  world.tell(({ core }) => core.setTeams(TEAMS, world.now));
  world.runUntil(() => told(early).length > 1, 5000, "the names");
  const late = join();
  world.wakeUp(asleep);
  world.runUntil(() => told(asleep).length > 1, 30_000, "the names after its sleep");
  assert.deepEqual(told(early), [before, "named Palmeiras x Grêmio"]);
  assert.deepEqual(told(late), ["joined Palmeiras x Grêmio"]);
  assert.deepEqual(told(asleep), [before, "joined Palmeiras x Grêmio"]);
});
