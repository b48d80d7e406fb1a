import assert from "node:assert/strict";
import { requireTool, testWith } from "../tools.ts";
import { capture } from "./capture.ts";
import { COMMENTARY_MP3, run, sleep, TemporaryFolder } from "./fixtures.ts";
import { listen, serve } from "./streamer.ts";

const TOKEN = "open-sesame-open-sesame";
const NAME = "kitchen-radio";
/** Of the recording; long enough that it never stands anywhere by chance. */
const PIECE_BYTES = 24;

/** All that passes between a host and a listener for some seconds, as tshark saw it. */
async function overhear(...args: string[]) {
  await using folder = new TemporaryFolder();
  const file = folder.file("capture.pcapng");
  const sound = ["--audio", COMMENTARY_MP3, "--simulate", "--interval", "200ms"];
  const { host, port, link } = await serve([...sound, "--token", TOKEN, ...args]);
  await using _host = host;
  await capture(file, `udp port ${port}`, async () => {
    await using listener = listen([link, "--name", NAME, "--duration", "5s"]);
    await listener.end();
    await sleep(200);
  });
  const payloads = await run(requireTool("tshark"), [
    ...["-r", file, "-T", "fields", "-e", "udp.payload"],
  ]);
  return payloads.trim().split("\n");
}

/** Of everything that was said, what stands in the capture in clear. */
async function findInClear(payloads: readonly string[]): Promise<Set<string>> {
  const all = payloads.join("\n");
  const found = new Set<string>();
  const texts = { token: TOKEN, name: NAME, event: '"score"', teams: "Northfield" };
  for (const [what, text] of Object.entries(texts)) {
    if (all.includes(new TextEncoder().encode(text).toHex())) found.add(what);
  }
  const recording = await Deno.readFile(COMMENTARY_MP3);
  // Only what is near the beginning was sent; steps shorter than a frame meet every one.
  for (let at = 1000; at < 60_000; at += 100) {
    const piece = recording.subarray(at, at + PIECE_BYTES).toHex();
    if (all.includes(piece)) found.add("sound");
  }
  return found;
}

testWith(["tshark"], "an eavesdropper on the network reads none of it", async () => {
  const payloads = await overhear();
  assert.ok(payloads.length > 50, `only ${payloads.length} datagrams captured`);
  assert.deepEqual(await findInClear(payloads), new Set());
});

testWith(["tshark"], "with --plain all of it is seen", async () => {
  const payloads = await overhear("--plain");
  assert.deepEqual(
    await findInClear(payloads),
    new Set(["token", "name", "event", "teams", "sound"]),
  );
});
