import assert from "node:assert/strict";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { openRelay, type Relay } from "../../scripts/network/relay.ts";
import { Club } from "./club.ts";
import { COMMENTARY_MP3, sleep, TemporaryFolder } from "./fixtures.ts";
import { listen, serve } from "./streamer.ts";

Deno.test("without a valid token a listener gets nothing but a code, and no token is printed", async () => {
  await using club = new Club();
  await using other = new Club();
  const good = await club.make("Ann");
  const expired = await club.make("Bo", "--expires", "1ms");
  const early = await club.make("Cleo", "--not-before", "1h");
  const revoked = await club.make("Dora");
  await club.token("revoke", "Dora");
  const foreign = await club.keep("Eve", (await Deno.readTextFile(await other.make("Ann"))).trim());
  const { port, host } = await club.serve("--simulate");
  const refusals: readonly [string | undefined, number, RegExp][] = [
    [undefined, 1401, /token/],
    [foreign, 1401, /token/],
    [expired, 1410, /expired/],
    [early, 1403, /in 59m.*not valid yet/],
    [revoked, 1403, /revoked/],
  ];
  for (const [file, code, words] of refusals) {
    const listener = club.listen(port, file);
    const summary = await listener.end(3);
    assert.equal(summary.code, code);
    assert.deepEqual(summary.channels, []);
    assert.deepEqual(listener.lines.filter(({ kind }) => kind === "joined"), []);
    assert.match(listener.stderr, words);
    assert.equal(listener.stderr.trim().split("\n").length, 1, listener.stderr);
  }
  await club.listen(port, good).line("joined");
  const second = club.listen(port, good);
  assert.equal((await second.end(3)).code, 1402);
  assert.match(second.stderr, /seat/);
  host.kill("SIGINT");
  await host.end(0);
  await club.assertDiscreet();
});

Deno.test("a listener whose token is revoked is put out and told so within a second, and others miss nothing", async () => {
  await using club = new Club();
  const { port, host } = await startedWith(club);
  const upstream = { hostname: "127.0.0.1", port };
  const relay = openRelay(systemMachine, { upstream, towardsListener: () => ({}) });
  await using _closed = { [Symbol.asyncDispose]: () => relay.close() };
  const ann = club.listen(relay.address.port, await club.make("Ann"));
  const bo = club.listen(port, await club.make("Bo"));
  for (const listener of [ann, bo]) await listener.line("stats");
  await club.token("revoke", "Ann");
  const revokedAt = host.lines.length;
  const left = await host.line("listener-left");
  const since = host.lines.slice(revokedAt, host.lines.indexOf(left));
  // The host's own seconds: a busy machine makes both late.
  assert(since.filter(({ kind }) => kind === "stats").length <= 1, "put out within a second");
  await sleep(500);
  const sent = packetsTo(relay);
  assert.deepEqual([left.tokenName, left.reason], ["Ann", "revoked"]);
  assert.equal((await ann.end(3)).code, 1403);
  assert.match(ann.stderr, /revoked/);
  const before = bo.lines.length;
  await bo.until(
    () => bo.lines.slice(before).filter(({ kind }) => kind === "stats").length > 2,
    "",
  );
  assert(sent > 0);
  assert.equal(packetsTo(relay), sent, "silence after a second");
  bo.kill("SIGINT");
  // What came too late to play is the machine's doing, if it is busy.
  for (const channel of (await bo.end(0)).channels) assert.equal(channel.networkLost, 0);
});

Deno.test("a host lets in by its copy of the file, and by a plain token besides", async () => {
  await using club = new Club();
  const ann = await club.make("Ann");
  const copy = club.folder.file("copy.json");
  await Deno.writeTextFile(copy, await club.token("export"));
  await using host = (await serve(["--tokens", copy, "--token", "plain", "--simulate"])).host;
  const { port } = await host.line("ready");
  await club.listen(port, ann).line("joined");
  await club.listen(port, await club.keep("plain", "plain")).line("joined");
  await host.until(
    () => host.lines.filter(({ kind }) => kind === "listener-joined").length === 2,
    "",
  );
});

Deno.test("a plain token from a file or the environment is shown only in the link", async () => {
  await using folder = new TemporaryFolder();
  const [good, wrong] = ["plain-and-secret-one", "wrong-and-secret-one"];
  await Deno.writeTextFile(folder.file("tokens"), `${good}\n`);
  const logs = [folder.file("host.log"), folder.file("listener.log")];
  const args = ["--token-file", folder.file("tokens"), "--log", logs[0]!, "--simulate"];
  const { host, port, link } = await serve(args);
  await using _host = host;
  const ask = (token: string) =>
    listen(["--port", String(port), "--log", logs[1]!, "--duration", "1s"], {
      env: { STREAMER_TOKEN: token },
    });
  await using refused = ask(wrong!);
  await using admitted = ask(good!);
  await admitted.line("joined");
  const processes = await processList();
  assert(processes.includes(folder.file("tokens")) && processes.includes(`--port ${port}`));
  assert(!processes.includes(good!) && !processes.includes(wrong!));
  assert.equal((await refused.end(3)).code, 1401);
  await admitted.end(0);
  host.kill("SIGINT");
  await host.end(0);
  assert(link.includes(good!));
  const said = [refused, admitted, host].map(({ stdout, stderr }) => stdout + stderr);
  for (const log of logs) said.push(await Deno.readTextFile(log));
  const text = said.join("\n").replaceAll(link, "");
  assert(text.includes("1401"));
  assert(!text.includes(good!) && !text.includes(wrong!));
});

/** All that the host has sent of its streams to whoever is behind the relay. */
function packetsTo({ listeners }: Relay): number {
  const streams = listeners.flatMap(({ towardsListener }) => [...towardsListener.streams.values()]);
  return streams.reduce((sum, { offered }) => sum + offered, 0);
}

/** The command lines of all that runs, as `ps` has them for every user of the machine. */
async function processList(): Promise<string> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // It may have ended meanwhile.
    lines.push(await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => ""));
  }
  return lines.join("\n").replaceAll("\0", " ");
}

/** A host with sound, whose file of tokens is there already. */
async function startedWith(club: Club) {
  await club.token("make", "--name", "first");
  const started = await club.serve("--audio", COMMENTARY_MP3, "--loop", "--simulate");
  return started;
}
