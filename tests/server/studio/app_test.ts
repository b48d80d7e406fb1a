import assert from "node:assert/strict";
import { createStudioApp } from "../../../server/studio/app.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { PageKey } from "../../../shared/http/page_key.ts";

const PORT = 8081;
const HOST = `127.0.0.1:${PORT}`;

class Site {
  readonly key = new PageKey(new SeededRng(1), PORT, { isStrict: true });
  upgraded = 0;
  readonly #app = createStudioApp({
    hostnames: ["127.0.0.1"],
    key: this.key,
    asset: (path) =>
      ["/index.html", "/door.html", "/door.js", "/page.js"].includes(path)
        ? { body: new TextEncoder().encode(`the file ${path}`), mimeType: "text/plain" }
        : undefined,
    upgrade: () => {
      this.upgraded++;
      return new Response();
    },
  });

  async ask(path: string, headers: Record<string, string> = {}, method = "GET") {
    const request = new Request(`http://${HOST}${path}`, {
      method,
      headers: { host: HOST, ...headers },
    });
    const response = await this.#app.fetch(request);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  get cookie(): string {
    return this.key.cookie.split(";")[0]!;
  }
}

Deno.test("the secret is traded for a cookie that no other site can use", async () => {
  const site = new Site();
  const door = await site.ask("/");
  assert.deepEqual([door.status, door.text], [403, "the file /door.html"]);
  const session = await site.ask(
    "/api/session",
    { authorization: `Bearer ${site.key.text}` },
    "POST",
  );
  assert.equal(session.status, 204);
  assert.match(session.headers.get("set-cookie")!, /; HttpOnly; SameSite=Strict$/);
  const cookie = session.headers.get("set-cookie")!.split(";")[0]!;
  const page = await site.ask("/", { cookie });
  assert.deepEqual([page.status, page.text], [200, "the file /index.html"]);
});

Deno.test("a key that is good once opens once; another one takes its place", async () => {
  const site = new Site();
  const trade = async (key: string) =>
    (await site.ask("/api/session", { authorization: `Bearer ${key}` }, "POST")).status;
  const before = site.key.makeOnce();
  const once = site.key.makeOnce();
  assert.notEqual(once, site.key.text);
  assert.deepEqual([await trade(before), await trade(once), await trade(once)], [403, 204, 403]);
  assert.equal(await trade(site.key.text), 204);
});

Deno.test("strangers get nothing: no cookie, another one, a key in the path, another site or name", async () => {
  const site = new Site();
  const cookie = site.cookie;
  const upgrade = { upgrade: "websocket", connection: "Upgrade" };
  const wrong: readonly Record<string, string>[] = [
    {},
    { cookie: "streamer-8081=AAAAAAAAAAAAAAAAAAAAAA" },
    { cookie: cookie.replace("8081", "8082") },
    { cookie, origin: "http://evil.example" },
    { cookie, origin: "http://127.0.0.1:8082" },
    { cookie, origin: "null" },
    { cookie, host: `evil.example:${PORT}` },
    { cookie, "sec-fetch-site": "cross-site" },
    { authorization: "Bearer x" },
  ];
  for (const headers of wrong) {
    for (const path of ["/ws", "/page.js", `/ws?k=${site.key.text}`]) {
      const { status } = await site.ask(path, { ...upgrade, ...headers });
      assert.equal(status, 403, `${path} ${JSON.stringify(headers)}`);
    }
  }
  assert.equal(site.upgraded, 0);
  const good = { ...upgrade, cookie, origin: `http://${HOST}`, "sec-fetch-site": "same-origin" };
  assert.equal((await site.ask("/ws", good)).status, 200);
  assert.equal(site.upgraded, 1);
  assert.equal((await site.ask("/ws", { cookie })).status, 426);
});

Deno.test("the page may use microphone and screen, and load nothing from elsewhere", async () => {
  const { headers } = await new Site().ask("/");
  const policy = headers.get("content-security-policy")!;
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  assert.match(headers.get("permissions-policy")!, /microphone=\(self\), display-capture=\(self\)/);
  assert.equal(headers.get("x-frame-options"), "DENY");
});
