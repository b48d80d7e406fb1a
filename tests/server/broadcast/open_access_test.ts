import assert from "node:assert/strict";
import { Notices } from "../../../server/broadcast/notices.ts";
import { openAccess } from "../../../server/broadcast/open_access.ts";
import { serializeTokenRegister } from "../../../server/tokens/token_register.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { ManualWallClock } from "../../fakes/manual_wall_clock.ts";
import { START } from "../kit.ts";
import { entry, PUBLIC_KEY } from "../tokens/token_kit.ts";

/** @returns what is said about a broadcast that waits for so many listeners, with two seats in its tokens. */
async function saidOf(waitFor: number, tokens: readonly string[] = []): Promise<string[]> {
  const path = Deno.makeTempFileSync();
  const held = [entry({ seats: 2 }), entry({ id: "00000000000000bb", seats: 9, revokedAt: 5 })];
  Deno.writeTextFileSync(path, serializeTokenRegister({ publicKey: PUBLIC_KEY, tokens: held }));
  const clock = new ManualClock(START);
  const machine = {
    clock,
    wallClock: new ManualWallClock(clock),
    rng: new SeededRng(1),
    ciphers: nodeCiphers,
    openSocket: () => assert.fail("no socket is needed"),
  };
  const notices = new Notices();
  const said: string[] = [];
  notices.goTo((text) => said.push(text.replaceAll(path, "club.json")));
  const options = { isOpen: false, signedTokens: path, waitFor };
  const signal = AbortSignal.abort();
  await openAccess({ options, tokens, machine, opener: undefined, signal }, notices);
  Deno.removeSync(path);
  return said;
}

Deno.test("who waits for more listeners than the tokens admit is told, since tokens may still be made", async () => {
  assert.deepEqual(await saidOf(3), [
    "--wait-for 3, but the tokens in club.json admit only 2 at the same time: nothing starts before there are " +
    "more; make them with streamer token make --tokens club.json --name NAME",
  ]);
});

Deno.test("nothing is said when the tokens suffice, or are not the only ones", async () => {
  assert.deepEqual(await saidOf(2), []);
  assert.deepEqual(await saidOf(3, ["another"]), []);
});
