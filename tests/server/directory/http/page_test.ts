import assert from "node:assert/strict";
import { DirectoryTokens } from "../../../../server/directory/tokens/directory_tokens.ts";
import { Directory } from "../../../../server/directory/core/directory.ts";
import { createDirectoryApp } from "../../../../server/directory/http/app.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import type { FindAsset } from "../../../../shared/http/asset.ts";
import { START } from "../../kit.ts";

const HOST = "127.0.0.1:8090";
const FILES: FindAsset = (path) => ({
  body: new TextEncoder().encode(`file ${path}`),
  mimeType: "text/html",
});

async function setUp(page?: FindAsset) {
  const rng = new SeededRng(7);
  const app = createDirectoryApp({
    directory: new Directory({ rng }),
    search: { put() {}, remove() {}, find: () => [] },
    tokens: await DirectoryTokens.open({ signingSeed: rng.bytes(32), accessKey: rng.bytes(32) }),
    rng,
    now: () => START,
    wallNow: () => Number(START),
    store: () => true,
    hostnames: ["127.0.0.1"],
    page,
  });
  return (path: string, headers: Record<string, string> = {}) =>
    app.request(`http://${HOST}${path}`, { headers: { Host: HOST, ...headers } });
}

Deno.test("the page and its files are served, with strict headers", async () => {
  const get = await setUp(FILES);
  for (
    const path of ["/", "/?q=final", "/page.js", "/page.css", "/icon.svg", "/apple-touch-icon.png"]
  ) {
    const response = await get(path);
    assert.equal(response.status, 200, path);
    assert.match(
      await response.text(),
      /^file \/(index\.html|page\.(js|css)|icon\.svg|apple-touch-icon\.png)$/,
    );
    assert.match(response.headers.get("content-security-policy")!, /default-src 'none'/);
  }
  assert.equal((await get("/main.ts")).status, 404);
  const { paths } = await (await get("/openapi.json")).json();
  assert.equal(paths["/"], undefined, "a page is no operation");
});

Deno.test("other names and sites get no page, but programs get lists", async () => {
  const get = await setUp(FILES);
  const foreign: readonly Record<string, string>[] = [
    { Host: "evil.example" },
    { "Sec-Fetch-Site": "cross-site" },
  ];
  for (const headers of foreign) {
    assert.equal((await get("/", headers)).status, 403);
    assert.equal((await get("/page.js", headers)).status, 403);
  }
  assert.equal((await get("/v1/broadcasts")).status, 200);
});

Deno.test("a page that was not built says what there is", async () => {
  const get = await setUp();
  assert.match(await (await get("/")).text(), /streamer find --directory/);
});
