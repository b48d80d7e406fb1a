import assert from "node:assert/strict";
import { concat } from "../../../../../shared/core/bytes.ts";
import { withMetadata } from "../../sound/io/sound_files.ts";
import { collect, FRAMES, open, SOUND } from "../../sound/io/sound_server.ts";
import fc from "fast-check";
import {
  IcyMetadataStripper,
  metadataInterval,
} from "../../../../../server/origin/io/bytes/icy.ts";

const encoder = new TextEncoder();

/** The answer of one connection, which is then closed. */
function answer(head: string, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  return concat(encoder.encode(head.replaceAll("\n", "\r\n")), body);
}

const ICY = "ICY 200 OK\nicy-notice1:<BR>Old<BR>\nicy-name:Test FM\ncontent-type:audio/mpeg\n\n";

/** Gives each connection the next answer, whatever the request; the last answer is repeated. */
async function withRawServer(
  answers: readonly Uint8Array[],
  test: (address: string, requests: readonly string[]) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      const request = await readRequest(connection);
      // A client that can't read the answer requests it again with HTTP/1.0: both get the same answer.
      const isAgain = request.includes("HTTP/1.0");
      if (isAgain) requests.push(request);
      const index = Math.min(isAgain ? requests.length - 1 : requests.length, answers.length - 1);
      for (let rest = answers[index]!; rest.length > 0;) {
        const sent = await connection.write(rest).catch(() => rest.length);
        rest = rest.subarray(sent);
      }
      connection.close();
    }
  })();
  try {
    await test(`http://127.0.0.1:${listener.addr.port}/live`, requests);
  } finally {
    listener.close();
    await serving;
  }
}

async function readRequest(connection: Deno.Conn): Promise<string> {
  let text = "";
  const bytes = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const length = await connection.read(bytes);
    if (length === null) break;
    text += new TextDecoder().decode(bytes.subarray(0, length));
  }
  return text;
}

const patience = { pause: () => Promise.resolve() };

Deno.test("an old radio that answers ICY 200 OK is played, and joined again after a lost connection", async () => {
  const half = 417 * 20;
  const answers = [answer(ICY, SOUND.subarray(0, half)), answer(ICY, SOUND.subarray(half))];
  await withRawServer(answers, async (address, requests) => {
    const source = await open(address.replace("http://", "http://me:100%@"), patience);
    assert(source.isLive);
    assert.deepEqual(await collect(source, 38), FRAMES.slice(0, 38));
    assert.match(requests[0]!, /^GET \/live HTTP\/1\.0\r\nhost: 127\.0\.0\.1:\d+\r\n/);
    assert(requests[0]!.includes(`authorization: Basic ${btoa("me:100%")}\r\n`));
  });
});

Deno.test("titles in an old radio's sound are taken out, and headers of its own are enough", async () => {
  const head = "ICY 200 OK\nicy-metaint:500\n\n";
  await withRawServer([answer(head, withMetadata(SOUND, 500))], async (address) => {
    assert.deepEqual(await collect(await open(address, patience), 39), FRAMES.slice(0, 39));
  });
});

const REFUSALS: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    "an old radio that is off",
    answer("ICY 401 Service \x1b[2J\u202eUnavailable\n\n"),
    /can't be read: the server answers 401 Service {2}\[2J\S*\s?Unavailable; check the user name and password in the address$/,
  ],
  [
    "something else",
    answer("SSH-2.0-OpenSSH_9.6\n\n"),
    /does not answer as a web server or a radio/,
  ],
  [
    "nonsense without end",
    new Uint8Array(100_000).fill(0x61),
    /does not answer as|can't be reached/,
  ],
  ["a status without end", answer("ICY 200 OK\n" + "a: b\n".repeat(10_000)), /does not answer as/],
  [
    "a status of many words",
    answer(`HTTP/9.0 404 ${"no ".repeat(4000)}\n\n`),
    /does not answer as/,
  ],
  ["a radio's status of many words", answer(`ICY 404 ${"no ".repeat(4000)}\n\n`), /^.{0,250}$/],
  [
    "a header of blanks",
    answer(`ICY 404 No\na:${" ".repeat(7000)}x${" ".repeat(7000)}\ry\n\n`),
    /answers 404 No;/,
  ],
];

for (const [name, bytes, message] of REFUSALS) {
  Deno.test(`refused in one line without the address's secrets, ${name}`, async () => {
    await withRawServer([bytes], async (address) => {
      const secret = address.replace("http://", "http://me:s3cret@") + "?key=s3cret";
      await assert.rejects(open(secret, patience), (error: Error) => {
        assert.match(error.message, message);
        // deno-lint-ignore no-control-regex -- the test looks for them
        return !/s3cret|[\x00-\x1f\u202e]/.test(error.message);
      });
    });
  });
}

Deno.test("a redirect to an old radio is followed, without the password of the first server", async () => {
  await withRawServer([answer(ICY, SOUND)], async (address, requests) => {
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => Response.redirect(address, 302),
    );
    try {
      const source = await open(`http://me:pass@127.0.0.1:${server.addr.port}/x`, patience);
      assert.deepEqual(await collect(source, 39), FRAMES.slice(0, 39));
      assert(!requests[0]!.includes("authorization"));
    } finally {
      await server.shutdown();
    }
  });
});

Deno.test("no redirect of an old server has the host send one of its files", async () => {
  const path = await Deno.makeTempFile({ suffix: ".mp3" });
  try {
    await Deno.writeFile(path, SOUND);
    for (const location of [`file://${path}`, `FILE:${path}`, "data:audio/mpeg;base64,AAAA"]) {
      const redirect = answer(`HTTP/3.0 302 Found\nLocation: ${location}\n\n`);
      await withRawServer([redirect], async (address) => {
        await assert.rejects(open(address, patience), /does not answer as a web server/);
      });
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("an old radio that falls silent counts as dropped", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      await readRequest(connection);
      await connection.write(answer(ICY, SOUND)).catch(() => {});
    }
  })();
  const source = await open(`http://127.0.0.1:${listener.addr.port}/`, {
    ...patience,
    silenceMillis: 200,
  });
  const notices: string[] = [];
  source.onNotice = (text) => notices.push(text);
  const frames = await collect(source, 70);
  assert.deepEqual(frames.slice(0, 39), FRAMES.slice(0, 39));
  assert.match(notices[0]!, /^lost the connection/);
  listener.close();
  await serving;
  for (const connection of connections) connection.close();
});

Deno.test("whatever the interval and the cuts, only titles are taken out", () => {
  const cases = fc.record({
    sound: fc.uint8Array({ maxLength: 400 }),
    interval: fc.integer({ min: 1, max: 90 }),
    cut: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(fc.property(cases, ({ sound, interval, cut }) => {
    const sent = withMetadata(sound, interval);
    const stripper = new IcyMetadataStripper(interval);
    const parts: Uint8Array[] = [];
    for (let position = 0; position < sent.length; position += cut) {
      parts.push(stripper.push(sent.subarray(position, position + cut)).slice());
    }
    assert.deepEqual(concat(...parts), new Uint8Array(sound));
  }));
});

Deno.test("an interval that is none takes nothing out", () => {
  for (const text of ["0", "-5", "abc", "", "1e3", "99999999999"]) {
    assert.equal(metadataInterval(new Headers({ "icy-metaint": text })), undefined, text);
  }
  assert.equal(metadataInterval(new Headers()), undefined);
  assert.equal(metadataInterval(new Headers({ "icy-metaint": " 16000 " })), 16_000);
});
