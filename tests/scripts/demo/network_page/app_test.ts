import assert from "node:assert/strict";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { PageKey } from "../../../../shared/http/page_key.ts";
import { createNetworkApp } from "../../../../scripts/demo/network_page/app.ts";
import { Moments } from "../../../../scripts/demo/network_page/moments.ts";
import { NetworkDesk } from "../../../../scripts/demo/network_page/network_desk.ts";
import { ManualClock } from "../../../fakes/manual_clock.ts";

const START = { loss: 0.02, delayMillis: 15, duplicate: 0.005, reorder: 0.01 };
const ORIGIN = "http://127.0.0.1:8080";
const CHANGE = `{"path":"all","loss":0.5}`;

function setUp() {
  const rng = new SeededRng(3);
  const key = new PageKey(rng, 8080, { isStrict: true, page: "network" });
  const desk = new NetworkDesk({
    start: START,
    pathCount: 3,
    apply: () => {},
    ledger: () => undefined,
  });
  const app = createNetworkApp({
    hostnames: ["127.0.0.1"],
    isLocal: true,
    key,
    desk,
    moments: new Moments(desk, new ManualClock(0)),
    asset: (path) => ({ body: new TextEncoder().encode(path), mimeType: "text/plain" }),
    match: { fetch: () => new Response("the match") },
  });
  const own = { authorization: `Bearer ${key.text}`, "x-streamer-page": "1" };
  const ask = async (path: string, init: RequestInit = {}) =>
    await app.fetch(new Request(`${ORIGIN}${path}`, init));
  const post = (headers: Record<string, string>, body = CHANGE) =>
    ask("/network/settings", { method: "POST", headers, body });
  return { key, desk, own, ask, post };
}

Deno.test("only the page with its key moves the network; others change nothing", async () => {
  const { desk, own, ask, post } = setUp();
  const { authorization } = own;
  const refused = [
    await post({}),
    await post({ "x-streamer-page": "1" }),
    await post({ authorization }),
    await post({ ...own, authorization: "Bearer wrong" }),
    await post({ ...own, origin: "http://example.org" }),
    await post({ ...own, host: "example.org" }),
    await post({ ...own, "sec-fetch-site": "cross-site" }),
    await ask("/network/settings?k=wrong", { method: "POST", body: CHANGE }),
    await ask("/network/moments?channel=audio"),
    await ask("/network/page.js"),
  ];
  assert.deepEqual(refused.map(({ status }) => status), refused.map(() => 403));
  assert.deepEqual(desk.settingsOf(1), START);
  const taken = await post(own);
  assert.equal(taken.status, 200);
  assert.deepEqual(await taken.json(), { paths: [1, 2, 3].map(() => ({ ...START, loss: 0.5 })) });
});

const WRONG: readonly (readonly [string, number, string])[] = [
  ["", 422, "not-json"],
  ["loss", 422, "not-json"],
  [`{"path":9,"loss":0.1}`, 422, "unknown-path"],
  [`{"path":1,"loss":"much"}`, 422, "out-of-range"],
  [`{"path":1,"seed":1}`, 422, "unknown-setting"],
  [`{"path":1}`, 422, "nothing-to-do"],
];

for (const [body, status, code] of WRONG) {
  Deno.test(`${body || "an empty body"} is answered with ${code}`, async () => {
    const { own, post } = setUp();
    const response = await post(own, body);
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    const problem = await response.json();
    assert.deepEqual([problem.status, problem.code], [status, code]);
  });
}

Deno.test("a long body, an unknown channel and an unknown address are refused by name", async () => {
  const { own, ask, post } = setUp();
  const long = await post({ ...own, "content-length": "5000" }, " ".repeat(5000));
  assert.deepEqual([long.status, (await long.json()).code], [413, "too-long"]);
  const headers = { authorization: own.authorization };
  const channel = await ask("/network/moments?channel=video", { headers });
  assert.deepEqual([channel.status, (await channel.json()).code], [422, "unknown-channel"]);
  assert.equal((await ask("/network/other", { headers })).status, 404);
});

Deno.test("without its key the page is a door; with it the door gives a cookie that opens the page", async () => {
  const { key, ask } = setUp();
  const closed = await ask("/network");
  assert.deepEqual([closed.status, await closed.text()], [403, "/door.html"]);
  const headers = { authorization: `Bearer ${key.text}` };
  const session = await ask("/api/session", { method: "POST", headers });
  const cookie = session.headers.get("set-cookie")!;
  assert.match(cookie, /^streamer-network-8080=[\w-]{22}; Path=\/; HttpOnly; SameSite=Strict$/);
  const open = await ask("/network", { headers: { cookie: cookie.split(";")[0]! } });
  assert.deepEqual([open.status, await open.text()], [200, "/index.html"]);
  assert.match(open.headers.get("content-security-policy") ?? "", /default-src 'none'/);
});

Deno.test("all else is the page of the match, with its own door", async () => {
  const { ask } = setUp();
  const wrong = { method: "POST", headers: { authorization: "Bearer other" } };
  for (
    const answer of [await ask("/"), await ask("/api/state"), await ask("/api/session", wrong)]
  ) {
    assert.equal(await answer.text(), "the match");
  }
});
