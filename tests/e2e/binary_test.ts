import assert from "node:assert/strict";
import { COMMENTARY_MP3, TemporaryFolder } from "./fixtures.ts";
import { listen, serve, Streamer } from "./streamer.ts";

/**
 * The compiled binary needs nothing beside it. With `deno run` the test still proves that neither
 * the folder it is started from nor the environment matters.
 */
Deno.test("works from another folder, with an empty PATH and a bare environment", async () => {
  await using folder = new TemporaryFolder();
  await using opened = new AsyncDisposableStack();
  const keep = ["DENO_DIR", "HOME", "TMPDIR"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const env = { ...Object.fromEntries(keep), PATH: "" };
  const options = { cwd: folder.path, env, clearEnv: true };
  const { host, port } = await serve(["--interval", "200ms", "--wait-for", "1"], options);
  opened.use(host);
  const listener = opened.use(listen(["--port", String(port)], options));
  await listener.line("joined");
  const event = await listener.line("event");
  assert.match(event.event.score, /^\d+ x \d+$/);
  listener.kill("SIGINT");
  await listener.end(0);

  const withSound = await serve(["--audio", COMMENTARY_MP3, "--wait-for", "1"], options);
  opened.use(withSound.host);
  const ears = opened.use(listen([withSound.link, "--duration", "2s"], options));
  const summary = await ears.end(0);
  assert.ok(summary.channels[0].packetsReceived > 20);
});

Deno.test("a module that is imported only when it is needed is there", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { host } = await serve([
    "--data",
    `mqtt://127.0.0.1:${server.addr.port}/beam`,
    "--simulate",
  ]);
  await using _host = host;
  using connection = await server.accept();
  const bytes = new Uint8Array(100);
  assert.ok(await connection.read(bytes));
  // CONNECT (MQTT 3.1.1 section 3.1), from the library.
  assert.equal(bytes[0], 0x10);
});

/** What a binary may do is narrower than what `deno run -A` may; see scripts/release/permissions.ts. */
const isCompiled = Deno.env.has("STREAMER");

Deno.test({
  name: "a device is opened from source; a binary says in one line that it opens none",
  ignore: Deno.build.os === "windows",
  async fn() {
    const stdin = await Deno.readFile(COMMENTARY_MP3);
    const args = ["serve", "--host", "127.0.0.1", "--port", "0", "--duration", "1s", "--json"];
    await using host = new Streamer([...args, "--audio", "/dev/stdin"], { stdin });
    await host.end(isCompiled ? 1 : 0);
    const problem =
      /^Error: --audio "[^"]+" can't be read \(the compiled program opens no devices; use - .*\)\n$/;
    if (isCompiled) assert.match(host.stderr, problem);
    else assert.equal(host.stderr, "");
  },
});

Deno.test({
  name: "the pipe of <(…) is opened, and a player is started though LD_LIBRARY_PATH is set",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = new TemporaryFolder();
    const [program, heard] = [folder.file("ffplay"), folder.file("heard")];
    const script =
      `#!/bin/sh\necho "libraries: $LD_LIBRARY_PATH" > '${heard}'\ncat >> '${heard}'\n`;
    await Deno.writeTextFile(program, script, { mode: 0o755 });
    const shell = ["bash", "-c", 'exec "$@" --audio <(cat "$SOUND")', "bash"];
    await using opened = new AsyncDisposableStack();
    const { host, link } = await serve(["--wait-for", "1"], {
      through: shell,
      env: { SOUND: COMMENTARY_MP3 },
    });
    opened.use(host);
    const env = { PATH: `${folder.path}:${Deno.env.get("PATH")}`, LD_LIBRARY_PATH: "/nowhere" };
    const args = ["listen", "--json", link, "--duration", "2s"];
    const listener = opened.use(new Streamer(args, { env }));
    await listener.end(0);
    const bytes = await Deno.readFile(heard);
    const [first] = new TextDecoder().decode(bytes).split("\n");
    assert.equal(first, isCompiled ? "libraries: " : "libraries: /nowhere");
    assert.ok(bytes.length > 10_000, `the player got ${bytes.length} bytes`);
  },
});
