import assert from "node:assert/strict";
import { COMMENTARY_MP3, TemporaryFolder } from "./fixtures.ts";
import { listen, serve } from "./streamer.ts";

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
