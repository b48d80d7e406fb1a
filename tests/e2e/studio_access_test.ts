import assert from "node:assert/strict";
import { sleep, TemporaryFolder } from "./fixtures.ts";
import { Streamer } from "./streamer.ts";
import {
  askForSocket,
  GOAL,
  linesOf,
  ScriptedPage,
  startStudio,
  STUDIO,
  tradeSecret,
  until,
} from "./studio_client.ts";

Deno.test("strangers are refused: another site, no cookie, another user's cookie, another name", async () => {
  await using opened = new AsyncDisposableStack();
  const { studio } = await startStudio(opened, STUDIO);
  const { origin, host, port } = new URL(studio);
  const Cookie = await tradeSecret(studio);
  const refusals: readonly Record<string, string>[] = [
    { Origin: origin },
    { Cookie, Origin: "http://evil.example" },
    { Cookie, Origin: "null" },
    { Cookie, Origin: `http://127.0.0.1:${Number(port) + 1}` },
    { Cookie: `streamer-${port}=AAAAAAAAAAAAAAAAAAAAAA`, Origin: origin },
    { Cookie, Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` },
    { Cookie, Origin: origin, "Sec-Fetch-Site": "cross-site" },
  ];
  for (const headers of refusals) {
    const { status, connection } = await askForSocket(studio, headers);
    connection.close();
    assert.equal(status, 403, JSON.stringify(headers));
  }
  const { status, connection } = await askForSocket(studio, { Cookie, Origin: origin, Host: host });
  connection.close();
  assert.equal(status, 101);
});

Deno.test("a second studio sees all and is refused until it takes over; the first one is told", async () => {
  await using opened = new AsyncDisposableStack();
  const { studio } = await startStudio(opened, STUDIO);
  const cookie = await tradeSecret(studio);
  const first = opened.use(await ScriptedPage.open(studio, cookie));
  await first.hear("driving", ({ isDriving }) => isDriving);
  const second = opened.use(await ScriptedPage.open(studio, cookie));
  await second.hear("driving", ({ isDriving, isOther }) => !isDriving && isOther);
  second.say({ ...GOAL, id: "goal-1" });
  const refusal = await second.hear("match-answer", ({ id }) => id === "goal-1");
  assert.equal(refusal.ok, false);
  assert.match(refusal.text!, /take over/);
  first.say({ ...GOAL, id: "goal-2" });
  await second.hear("match-state", ({ waiting }) => waiting.some(({ id }) => id === "goal-2"));
  second.say({ kind: "take-over", id: "take" });
  await second.hear("answer", ({ id, ok }) => id === "take" && ok);
  await first.hear("driving", ({ isDriving, isOther }) => !isDriving && isOther);
  second.say({ kind: "match", do: "start", id: "start" });
  await first.hear("match-state", ({ clock }) => clock.isRunning);
  // A page that stands still is gone too, and nobody drives until somebody asks.
  second.isFrozen = true;
  await second.closed();
  await first.hear("driving", ({ isDriving, isOther }) => !isDriving && !isOther);
});

Deno.test("forged frames are refused and said: another codec, a text that is no message, one that is too long", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, studio } = await startStudio(opened, STUDIO);
  const page = opened.use(await ScriptedPage.open(studio));
  page.sayText("hello");
  await page.hear("answer", ({ ok, text }) => !ok && /no message of the studio/.test(text!));
  page.bringBytes(Uint8Array.of(7, 7, 7));
  await until(() => page.heard.filter(({ kind }) => kind === "answer").length === 2, "answer");
  page.say({ kind: "screen-format", codec: "av1", width: 64, height: 64 });
  await page.hear("notice", ({ text }) => /codec that was not asked for \(av1\)/.test(text));
  page.bring("screen", new Uint8Array(1000));
  page.bringBytes(new Uint8Array(5 << 20));
  assert.equal(await page.closed(), 1009);
  for (const notice of [/no message of the studio/, /codec that was not asked for \(av1\)/]) {
    await host.until(() => notice.test(host.stderr), "warning");
  }
  assert.deepEqual(linesOf(host, "channel-started"), []);
  const back = opened.use(await ScriptedPage.open(studio));
  await back.hear("driving", ({ isDriving }) => isDriving);
});

Deno.test("an address in use, or one that others could reach, ends the start in one line", async () => {
  await using opened = new AsyncDisposableStack();
  const { studio } = await startStudio(opened, STUDIO);
  const { host: taken } = new URL(studio);
  for (
    const [address, code, wanted] of [
      [
        taken,
        1,
        /address .* is in use: choose another with --studio, such as --studio 127\.0\.0\.1:\d+,/,
      ],
      ["0.0.0.0:0", 2, /--studio 0\.0\.0\.0.*this machine alone.*127\.0\.0\.1:PORT/],
      ["nonsense:99999", 2, /not HOST:PORT/],
      ["hello", 2, /"hello" is not HOST:PORT/],
    ] as const
  ) {
    const args = ["serve", "--port", "0", "--json", "--studio", address];
    const program = opened.use(new Streamer(args));
    await program.end(code);
    assert.match(program.stderr, wanted);
  }
});

Deno.test({
  name:
    "a desktop's browser is opened, with a key that is good once; --no-open and --json open none",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    const [program, seen] = [folder.file("xdg-open"), folder.file("seen")];
    await Deno.writeTextFile(program, `#!/bin/sh\necho "$1" >> '${seen}'\n`, { mode: 0o755 });
    const env = { PATH: `${folder.path}:${Deno.env.get("PATH")}`, DISPLAY: ":77" };
    const run = (...args: string[]) => {
      const given = ["serve", "--host", "127.0.0.1", "--port", "0", ...STUDIO, ...args];
      return opened.use(new Streamer(given, { env }));
    };
    const silent = [run("--no-open"), run("--json")];
    for (const host of silent) await host.until(() => host.stdout.includes("#k="), "address");
    const host = run();
    const find = () => /http:\S+#k=\S+/.exec(host.stdout)?.[0];
    await host.until(() => find() !== undefined, "address");
    let text = "";
    while (!text.endsWith("\n")) {
      text = await Deno.readTextFile(seen).catch(() => "");
      await sleep(10);
    }
    const [url, ...others] = text.trim().split("\n");
    assert.deepEqual(others, []);
    assert.notEqual(url, find());
    assert.equal(new URL(url!).origin, new URL(find()!).origin);
    const cookie = await tradeSecret(url!);
    await assert.rejects(tradeSecret(url!));
    assert.equal(await tradeSecret(find()!), cookie);
  },
});
