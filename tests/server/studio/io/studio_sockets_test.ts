import assert from "node:assert/strict";
import { MatchControl } from "../../../../server/studio/match/match_control.ts";
import { openStudioServer } from "../../../../server/studio/io/studio_server.ts";
import { StudioCore } from "../../../../server/studio/studio_core.ts";
import { systemMachine } from "../../../../shared/system/system_machine.ts";
import { sleep } from "../../../e2e/fixtures.ts";
import { askForSocket, tradeSecret } from "../../../e2e/studio_client.ts";

/** A text of two characters with a mask of zeros (RFC 6455 section 5.2). */
const TEXT_FRAME = Uint8Array.of(0x81, 0x82, 0, 0, 0, 0, 0x7b, 0x7d);
/** What one read of 16 KiB may hold. */
const FRAMES_OF_A_READ = 2048;

Deno.test("a page that sends without end is read no faster than its budget, and stays", async () => {
  const studio = new StudioCore({
    facts: {
      link: "streamer://192.0.2.1:5004/",
      ways: [],
      capacity: 1,
      isPlain: false,
      tokens: "open",
      sources: { sound: { isBrowser: true }, screen: { isBrowser: true } },
      screen: {},
    },
    control: new MatchControl({ language: "en" }, 0),
    eventRoom: () => 0,
  });
  const server = openStudioServer({
    local: { hostname: "127.0.0.1", port: 0 },
    rng: systemMachine.rng,
    door: () => ({
      join: (name, onReady) => studio.join(name, onReady, 0),
      leave: (page) => studio.leave(page),
      onText: (page, text) => studio.onText(page, text, 0),
      onBytes: (page, bytes) => studio.onBytes(page, bytes, 0),
    }),
    onTrouble: () => {},
  });
  const Cookie = await tradeSecret(server.url);
  const { status, connection } = await askForSocket(server.url, { Cookie });
  assert.equal(status, 101);
  const flood = new Uint8Array(20_000 * TEXT_FRAME.length);
  for (let at = 0; at < flood.length; at += TEXT_FRAME.length) flood.set(TEXT_FRAME, at);
  const start = performance.now();
  const writing = (async () => {
    for (let sent = 0; sent < flood.length;) sent += await connection.write(flood.subarray(sent));
  })().catch(() => {});
  await sleep(1000);
  const [read, millis] = [studio.junk.total, performance.now() - start];
  assert.ok(read >= FRAMES_OF_A_READ && read <= 1000 + millis + 2 * FRAMES_OF_A_READ, `${read}`);
  assert.equal(studio.pages.count, 1);
  connection.close();
  await writing;
  await server.close();
});
