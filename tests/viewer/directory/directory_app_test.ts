import assert from "node:assert/strict";
import { parseOwnState } from "../../../shared/page/page_directory.ts";
import { broadcast } from "../../server/directory/web/model/broadcasts.ts";
import { setUp, WISH } from "./world.ts";

const FIRST = broadcast(1).id;

Deno.test("without the key there is a door, and nothing else; with it the page", async () => {
  const { ask, get, key } = setUp();
  const closed = await ask("GET", "/");
  assert.equal(closed.status, 403);
  assert.equal(await closed.text(), "file /door.html");
  for (const path of ["/match", "/studio", "/api/directory/own", "/api/directory/broadcasts"]) {
    assert.equal((await ask("GET", path)).status, 403, path);
  }
  const traded = await ask("POST", "/api/session", { Authorization: `Bearer ${key.text}` });
  assert.equal(traded.status, 204);
  assert.equal(await (await get("/")).text(), "file /directory/index.html");
  assert.equal(await (await get("/directory/page.js")).text(), "file /directory/page.js");
});

Deno.test("other sites and other names are refused, even with the cookie", async () => {
  const { ask, cookie, post, matches, hosted } = setUp();
  const own = "/api/directory/own";
  const foreign: readonly Record<string, string>[] = [
    { Host: "evil.example" },
    { Origin: "http://evil.example" },
    { Origin: "null" },
    { "Sec-Fetch-Site": "cross-site" },
  ];
  for (const headers of foreign) {
    assert.equal((await ask("GET", own, { ...cookie, ...headers })).status, 403);
    assert.equal((await post("/joins", { id: FIRST }, headers)).status, 403);
    assert.equal((await post("/broadcasts", WISH, headers)).status, 403);
  }
  const forged = await ask("POST", "/api/directory/joins", cookie, JSON.stringify({ id: FIRST }));
  assert.equal(forged.status, 403, "a form has no header of its own");
  assert.deepEqual([matches.length, hosted.length], [0, 0]);
});

Deno.test("strict headers on every answer", async () => {
  const { get } = setUp();
  for (const path of ["/", "/match", "/api/directory/own"]) {
    const { headers } = await get(path);
    assert.match(headers.get("content-security-policy")!, /default-src 'none'/);
    assert.equal(headers.get("x-frame-options"), "DENY");
  }
});

Deno.test("a match is joined, shown at /match with all its addresses, and left", async () => {
  const { get, post } = setUp();
  assert.equal((await get("/match")).headers.get("location"), "/");
  const joined = await post("/joins", { id: FIRST });
  assert.equal(joined.status, 201);
  const own = parseOwnState(await joined.json());
  assert.ok(own.ok && own.value.listening?.broadcast.id === FIRST);
  assert.equal(await (await get("/match")).text(), "file /index.html");
  assert.equal(await (await get("/api/state")).text(), `match ${FIRST} /api/state`);
  assert.equal(await (await get("/directory/page.js")).text(), "file /directory/page.js");
  assert.equal((await post("/leave", {})).status, 201);
  assert.equal((await get("/match")).status, 302);
});

Deno.test("a broadcast is created, its studio is one click away, and it is ended", async () => {
  const { get, post, hosted } = setUp();
  assert.equal((await get("/studio")).headers.get("location"), "/");
  const created = await post("/broadcasts", { ...WISH, startsAt: 1_800_000_000_000 });
  assert.equal(created.status, 201);
  assert.doesNotMatch(await created.text(), /#k=/, "the page's answers hold no secret");
  assert.equal(hosted[0]!.wish!.startsAt, 1_800_000_000_000);
  const studio = await get("/studio");
  assert.equal(studio.headers.get("location"), "http://127.0.0.1:9999/#k=once");
  assert.equal((await post("/end", {})).status, 201);
  assert.equal((await get("/studio")).headers.get("location"), "/");
});

Deno.test("lists are passed on; what fails is one line for people", async () => {
  const { get, post, asked, directory } = setUp();
  const list = await get("/api/directory/broadcasts?q=flamngo&limit=100");
  assert.equal((await list.json()).broadcasts.length, 2);
  assert.deepEqual(asked, ["q=flamngo&limit=100"]);
  directory.isAway = true;
  const failed = await get("/api/directory/broadcasts");
  assert.equal(failed.status, 502);
  assert.deepEqual(await failed.json(), { detail: "The directory does not answer" });
  assert.equal((await post("/joins", { id: broadcast(9).id })).status, 502);
});

Deno.test("bad wishes are refused with the field that is wrong, without what was sent", async () => {
  const { post, ask, cookie, hosted } = setUp();
  const wrong: [object, RegExp][] = [
    [{ ...WISH, home: "" }, /^The home team /],
    [{ ...WISH, title: "Fl\u0430mengo" }, /^The title mixes letters/],
    [{ ...WISH, away: "a\u202eb" }, /^The away team has characters/],
    [{ ...WISH, seats: 0 }, /^The number of seats is not/],
    [{}, /is not as it must be$/],
  ];
  for (const [wish, expected] of wrong) {
    const refused = await post("/broadcasts", wish);
    assert.equal(refused.status, 422, JSON.stringify(wish));
    assert.match((await refused.json()).detail, expected);
  }
  for (const body of ["", "{", "[]", "null", "x".repeat(70_000)]) {
    const headers = { ...cookie, "x-streamer-page": "1" };
    const refused = await ask("POST", "/api/directory/joins", headers, body);
    assert.equal(refused.status, 422);
    assert.ok((await refused.text()).length < 200);
  }
  assert.equal(hosted.length, 0);
  assert.equal((await post("/joins", { id: "../../x" })).status, 422);
});
