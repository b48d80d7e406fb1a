import assert from "node:assert/strict";
import { COMMENTARY_MP3, TemporaryFolder } from "./fixtures.ts";
import { listen, serve, Streamer } from "./streamer.ts";

const SECRET = "s3cr%et";

/** A radio of the old kind, and a playlist with a mirror that is off and that radio. */
function startRadio(): { readonly playlist: string } & AsyncDisposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const radio = serveOldRadio(listener, Deno.readFileSync(COMMENTARY_MP3));
  const entries = `[playlist]\nFile1=/off\nFile2=http://127.0.0.1:${listener.addr.port}/live\n`;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (new URL(request.url).pathname === "/off") return new Response(null, { status: 404 });
    assert.equal(request.headers.get("authorization"), `Basic ${btoa(`me:${SECRET}`)}`);
    return new Response(entries, { headers: { "content-type": "audio/x-scpls" } });
  });
  return {
    playlist: `http://me:${SECRET}@127.0.0.1:${server.addr.port}/live.pls?key=${SECRET}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await radio;
      await server.shutdown();
    },
  };
}

async function serveOldRadio(listener: Deno.Listener, sound: Uint8Array): Promise<void> {
  const head = new TextEncoder().encode("ICY 200 OK\r\nicy-name:Test FM\r\n\r\n");
  const serving: Promise<void>[] = [];
  for await (const connection of listener) serving.push(answer(connection, head, sound));
  await Promise.all(serving);
}

async function answer(
  connection: Deno.Conn,
  ...parts: readonly Uint8Array[]
): Promise<void> {
  try {
    await connection.read(new Uint8Array(4096));
    for (const part of parts) {
      for (let rest = part; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
    }
    // Held open, as a radio is, until the other side goes.
    while (await connection.read(new Uint8Array(4096)) !== null);
  } catch {
    // The other side goes when it has enough.
  }
  connection.close();
}

Deno.test("an old radio is played through a playlist, and its password is shown nowhere", async () => {
  await using folder = new TemporaryFolder();
  await using radio = startRadio();
  const log = folder.file("host.log");
  const args = ["--audio", radio.playlist, "--wait-for", "1", "--duration", "3s", "--log", log];
  const { host, link } = await serve(args);
  await using _host = host;
  await using listener = listen([link, "--record", folder.file("heard.mp3")]);
  await listener.end();
  const { stdout, stderr } = await host.finished;
  const heard = Deno.readFileSync(folder.file("heard.mp3"));
  const source = Deno.readFileSync(COMMENTARY_MP3);
  assert(heard.length > 4000 && indexOf(source, heard.subarray(0, 4000)) >= 0);
  assert.match(stderr, /left out: --audio "http:\/\/127\.0\.0\.1:\d+\/off" can't be read/);
  for (const text of [stdout, stderr, Deno.readTextFileSync(log)]) assertNoSecret(text);
});

Deno.test("a host's output for people contains no password of an address either", async () => {
  await using radio = startRadio();
  const args = ["serve", "--host", "127.0.0.1", "--port", "0", "--duration", "1s"];
  await using host = new Streamer([...args, "--audio", radio.playlist]);
  const { code, stdout, stderr } = await host.finished;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Sound {5}http:\/\/127\.0\.0\.1:\d+\/live\.pls$/m);
  for (const text of [stdout, stderr]) assertNoSecret(text);
  await using mistaken = new Streamer([...args, "--audoi", radio.playlist]);
  const { code: mistake, stderr: complaint } = await mistaken.finished;
  assert.equal(mistake, 2);
  assertNoSecret(complaint);
});

function assertNoSecret(text: string): void {
  assert(!text.includes("s3cr"), text);
}

function indexOf(whole: Uint8Array, part: Uint8Array): number {
  const last = whole.length - part.length;
  for (let at = 0; at <= last; at++) {
    if (whole[at] === part[0] && part.every((byte, index) => whole[at + index] === byte)) return at;
  }
  return -1;
}
