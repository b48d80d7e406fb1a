import assert from "node:assert/strict";
import { TemporaryFolder } from "./fixtures.ts";
import { parseJoinLink } from "../../shared/admission/join_link.ts";
import { listen, serve, Streamer } from "./streamer.ts";

Deno.test("a listener with the link has verified its host; one without the key is told that it has not", async () => {
  await using opened = new AsyncDisposableStack();
  // The host leaves its link here, where only a listener with the same folder finds it.
  const folder = opened.use(new TemporaryFolder());
  await Deno.chmod(folder.path, 0o700);
  const env = { XDG_RUNTIME_DIR: folder.path };
  const { host, port, link } = await serve(["--simulate", "--token", "evening"], { env });
  opened.use(host);
  assert.match(link, /[?&]k=[\w-]{43}$/);
  const linked = opened.use(listen([link]));
  assert.equal((await linked.line("joined")).secrecy, "linked");
  const left = opened.use(listen(["--port", String(port)], { env }));
  assert.equal((await left.line("joined")).secrecy, "linked");
  const keyless = opened.use(
    listen([link.replace(/&k=.*/, "")], { env: { XDG_RUNTIME_DIR: "/" } }),
  );
  assert.equal((await keyless.line("joined")).secrecy, "unlinked");
});

Deno.test("a host with another key than the link's is not joined, and the listener says why", async () => {
  const { host, link } = await serve(["--simulate", "--token", "evening"]);
  await using _host = host;
  const other = link.replace(parseJoinLink(link)!.hostKey!, "A".repeat(43));
  await using wrong = listen([other]);
  await wrong.line("foreign-key");
  const summary = await wrong.end(4);
  assert.equal(summary.reason, "timeout");
  assert.match(wrong.stderr, /another key than the join link.*new link/);
});

Deno.test("a cut key is a mistake in the link", async () => {
  await using cut = listen(["streamer://127.0.0.1:5004/?t=evening&k=cut"]);
  await cut.end(2);
  assert.match(cut.stderr, /k=/);
  assert.doesNotMatch(cut.stderr, /evening/);
});

Deno.test("--plain says in big letters what it is, its link has no key, and its listeners say so", async () => {
  await using plain = new Streamer([
    ...["serve", "--host", "127.0.0.1", "--port", "0", "--simulate", "--plain"],
  ]);
  await plain.until(() => /streamer:\/\//.test(plain.stdout), "a link");
  assert.match(plain.stdout, /^NOT ENCRYPTED \(--plain\): [A-Z ',]+$/m);
  const link = /streamer:\/\/[^"]+/.exec(plain.stdout)![0];
  assert.equal(parseJoinLink(link)!.hostKey, undefined);
  await using listener = listen([link]);
  assert.equal((await listener.line("joined")).secrecy, "plain");
  await using script = (await serve(["--simulate", "--plain"])).host;
  await script.until(() => script.stderr.includes("NOT ENCRYPTED (--plain): ANYONE"), "a warning");
});
