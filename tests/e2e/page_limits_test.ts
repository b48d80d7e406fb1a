import assert from "node:assert/strict";
import { view } from "./browser.ts";
import { COMMENTARY_MP3 } from "./fixtures.ts";
import { serve } from "./streamer.ts";

/** Enough for the program, and for a dozen connections or two. */
const DESCRIPTORS = 64;
const STRANGERS = 150;

Deno.test("without free descriptors a viewer keeps its port open, and then serves the next request", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, link } = await serve(["--audio", COMMENTARY_MP3, "--loop"]);
  opened.use(host);
  const { viewer, url, http } = await view(link, undefined, { descriptors: DESCRIPTORS });
  opened.use(viewer);
  const [hostname = "", port] = http.split(":");
  const strangers = await Promise.all(
    Array.from({ length: STRANGERS }, () => Deno.connect({ hostname, port: Number(port) })),
  );
  const stats = viewer.lines.length;
  await viewer.until(() => viewer.lines.length > stats + 2, "more lines");
  // The silent are still there: they give way.
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<script/);
  for (const stranger of strangers) stranger.close();
  const player = await fetch(`${url}audio`);
  assert.equal(player.status, 200);
  await player.body!.cancel();
  viewer.kill("SIGINT");
  await viewer.end(0);
});

Deno.test("after a hundred HEAD requests for the sound a viewer still plays it", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, link } = await serve(["--audio", COMMENTARY_MP3, "--loop"]);
  opened.use(host);
  const { viewer, url } = await view(link);
  opened.use(viewer);
  await viewer.line("joined");
  for (let count = 0; count < 100; count++) {
    const { status } = await fetch(`${url}audio`, { method: "HEAD" });
    assert.equal(status, 200);
  }
  const player = await fetch(`${url}audio`);
  assert.equal(player.status, 200);
  await player.body!.cancel();
});
