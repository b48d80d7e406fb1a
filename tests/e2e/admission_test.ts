import assert from "node:assert/strict";
import { listen, serve, Streamer } from "./streamer.ts";

Deno.test("the fourth listener at --capacity 3 is told that the broadcast is full, and exits with 3", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, link } = await serve(["--capacity", "3", "--simulate"]);
  opened.use(host);
  const welcome = [1, 2, 3].map(() => opened.use(listen([link])));
  await Promise.all(welcome.map((listener) => listener.line("joined")));
  const fourth = opened.use(listen([link]));
  const summary = await fourth.end(3);
  assert.equal(summary.reason, "rejected");
  assert.equal(summary.code, 1402);
  assert.match(fourth.stderr, /full|capacity/i);
  assertOneLine(fourth.stderr);
  const rejected = await host.line("rejected");
  assert.equal(rejected.code, 1402);
});

Deno.test("a wrong token is reported, exits with 3, and is printed nowhere", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, port } = await serve(["--token", "the-right-one", "--simulate"]);
  opened.use(host);
  const wrong = opened.use(listen(["--port", String(port), "--token", "a-wrong-one"]));
  const summary = await wrong.end(3);
  assert.equal(summary.code, 1401);
  assertOneLine(wrong.stderr);
  assert.match(wrong.stderr, /token/i);
  assert.doesNotMatch(wrong.stderr + wrong.stdout, /a-wrong-one|the-right-one/);
  assert.doesNotMatch(host.stderr, /a-wrong-one|the-right-one/);
  const right = opened.use(listen(["--port", String(port), "--token", "the-right-one"]));
  await right.line("joined");
});

Deno.test("--open lets in without a token; a link left behind lets in the same user", async () => {
  await using opened = new AsyncDisposableStack();
  const open = await serve(["--open", "--simulate"]);
  opened.use(open.host);
  await opened.use(listen(["--port", String(open.port)])).line("joined");
  const guarded = await serve(["--simulate"]);
  opened.use(guarded.host);
  assert.match(guarded.link, /\?t=[\w-]{20,}/);
  await opened.use(listen(["--port", String(guarded.port)])).line("joined");
});

/** Within ten seconds of its own, which `client/command/run_test.ts` holds. */
Deno.test("without a host, a listener says so and exits with 4", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  await using listener = listen(["--host", "127.0.0.1", "--port", String(port), "--token", "x"]);
  const summary = await listener.end(4);
  socket.close();
  assert.equal(summary.reason, "timeout");
  assertOneLine(listener.stderr);
  assert.match(listener.stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
});

Deno.test("--help of every command is there, names every flag and exits with 0", async () => {
  for (const command of ["serve", "listen", "view", "find", "directory", "demo"]) {
    await using program = new Streamer([command, "--help"]);
    await program.end(0);
    assert.match(program.stdout, /--json/, command);
    const [, examples = ""] = program.stdout.split(/^Examples?:$/m);
    const begun = examples.match(/\bstreamer \w+/g) ?? [];
    assert.deepEqual(new Set(begun), new Set([`streamer ${command}`]), "examples of this command");
  }
});

function assertOneLine(text: string): void {
  assert.equal(text.trim().split("\n").length, 1, `more than one line:\n${text}`);
}
