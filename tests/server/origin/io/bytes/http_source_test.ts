import assert from "node:assert/strict";
import { describeLocation } from "../../../../../server/origin/io/bytes/location.ts";
import {
  type Answer,
  brokenFile,
  collect,
  endless,
  FRAMES,
  open,
  play,
  RADIO,
  SOUND,
  withServer,
} from "../../sound/io/sound_server.ts";

Deno.test("http: a file with a length plays to its end", async () => {
  const { frames, requests } = await play([() => new Response(SOUND)]);
  assert.deepEqual(frames, FRAMES);
  assert.equal(
    requests[0]!.headers.get("icy-metadata"),
    null,
    "song titles would get into the sound",
  );
});

Deno.test("http: a redirect is followed", async () => {
  const answers = [
    (request: Request) => Response.redirect(new URL("/elsewhere", request.url)),
    () => new Response(SOUND),
  ];
  const { frames, requests } = await play(answers);
  assert.deepEqual(frames, FRAMES);
  assert.equal(new URL(requests[1]!.url).pathname, "/elsewhere");
});

Deno.test("http: a radio is joined in the middle of a frame, and again after a lost connection", async () => {
  const answers = [
    () => new Response(endless(SOUND.subarray(100, 417 * 20 + 50), "drop"), { headers: RADIO }),
    () => new Response("busy", { status: 503 }),
    () => new Response(endless(SOUND.subarray(417 * 25 + 9), "end"), { headers: RADIO }),
  ];
  const { frames, notices, pauses, isLive } = await play(answers, FRAMES.length - 7);
  assert(isLive);
  // Halves of two frames are never joined.
  assert.deepEqual(frames, [...FRAMES.slice(1, 20), ...FRAMES.slice(26)]);
  assert.match(
    notices[0]!,
    /^lost the connection to "http:\/\/127\.0\.0\.1:\d+\/sound"; connecting again$/,
  );
  assert.deepEqual(pauses.slice(0, 2), [500, 500]);
});

Deno.test("http: a radio that stays away is given up after a minute of pauses", async () => {
  const first = () => new Response(endless(SOUND, "end"), { headers: RADIO });
  const { frames, notices, pauses } = await play([
    first,
    () => new Response(null, { status: 404 }),
  ]);
  assert.deepEqual(frames, FRAMES);
  assert.match(notices.at(-1)!, /^gave up .*: no sound for 60 s$/);
  assert(pauses.length < 15 && pauses.every((pause) => pause <= 8000));
  assert(pauses.reduce((sum, pause) => sum + pause) >= 60_000);
});

Deno.test("http: a radio that accepts and says nothing is given up, too", async () => {
  const first = () => new Response(endless(SOUND, "end"), { headers: RADIO });
  const { notices } = await play([
    first,
    () => new Response(endless(new Uint8Array(0), "end"), { headers: RADIO }),
  ]);
  assert.equal(notices.length, 2, "said once, not at each attempt");
});

Deno.test("http: a silent radio counts as dropped", async () => {
  const answers = [
    () => new Response(endless(SOUND.subarray(0, 417 * 20), "hang"), { headers: RADIO }),
    () => new Response(endless(SOUND.subarray(417 * 20), "hang"), { headers: RADIO }),
  ];
  // The last frame of a connection waits for the next frame; the 38th proves the second connection.
  const { frames } = await play(answers, 38, { silenceMillis: 50 });
  assert.deepEqual(frames, FRAMES.slice(0, 38));
});

Deno.test("http: a file that breaks off continues where it stopped", async () => {
  const part = 417 * 10 + 33;
  const answers = [
    () => brokenFile(SOUND, part),
    (request: Request) => {
      assert.equal(request.headers.get("range"), `bytes=${part}-`);
      return new Response(SOUND.subarray(part), { status: 206 });
    },
  ];
  const { frames } = await play(answers);
  assert.deepEqual(frames, FRAMES);
});

Deno.test("http: a stream of unknown length that ends well has ended", async () => {
  const { frames, requests } = await play([() => new Response(endless(SOUND, "end"))]);
  assert.deepEqual(frames, FRAMES);
  assert.equal(requests.length, 1);
});

Deno.test("http: a radio that comes back as something else ends", async () => {
  const answers = [
    () => new Response(endless(SOUND, "end"), { headers: RADIO }),
    () => new Response(endless(new Uint8Array(2 << 20), "end"), { headers: RADIO }),
  ];
  const { frames, notices } = await play(answers);
  assert.deepEqual(frames, FRAMES);
  assert.match(notices.at(-1)!, /now sends something else; its sound ends here$/);
});

const REFUSALS: readonly (readonly [string, Answer, RegExp])[] = [
  [
    "not found",
    () => new Response(null, { status: 404, statusText: "Not Found" }),
    /answers 404 Not Found; check the address$/,
  ],
  ["a web page", () => new Response("<!doctype html><p>Listen!"), /is a web page; /],
];

for (const [name, answer, message] of REFUSALS) {
  Deno.test(`http: refused in one line without the address's secrets, ${name}`, async () => {
    await withServer([answer], async (address) => {
      const withSecrets = address.replace("http://", "http://user:s3cret@") + "?key=s3cret";
      await assert.rejects(open(withSecrets), (error: Error) => {
        assert.match(error.message, message);
        return error.message.startsWith(`--audio "${address}" `) &&
          !error.message.includes("s3cret");
      });
    });
  });
}

Deno.test("http: nobody there, and no such host", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const refused =
    /^--audio "http:\/\/127\.0\.0\.1:\d+\/x" can't be reached: the server refuses the connection; /;
  await assert.rejects(open(`http://127.0.0.1:${port}/x?key=s3cret`), { message: refused });
});

Deno.test("http: a name and password in the address are sent, not shown", async () => {
  await withServer([() => new Response(SOUND)], async (address, requests) => {
    const source = await open(address.replace("http://", "http://me:p%40ss@"));
    await collect(source);
    assert.equal(requests[0]!.headers.get("authorization"), `Basic ${btoa("me:p@ss")}`);
  });
});

for (const [written, meant] of [["100%", "100%"], ["%zz%41", "%zzA"], ["%ff", "%ff"]]) {
  Deno.test(`http: a percent sign in a password that escapes nothing stands for itself, ${written}`, async () => {
    await withServer([() => new Response(SOUND)], async (address, requests) => {
      await collect(await open(address.replace("http://", `http://me:${written}@`)));
      assert.equal(requests[0]!.headers.get("authorization"), `Basic ${btoa(`me:${meant}`)}`);
    });
  });
}

for (const password of ["qq#qq", "qq?qq", "qq/qq", "12/qq", "12?qq", "q q/", "q@q#q"]) {
  Deno.test(`http: a password that makes no address is not shown either, ${password}`, () => {
    const shown = describeLocation(`http://me:${password}@radio.invalid:1/live?key=qqq`);
    assert.equal(shown, '"http://…@radio.invalid:1/live"');
  });
}

Deno.test("http: what is no address is refused with what to do, and without its password", async () => {
  await assert.rejects(open("http://me:qq#qq@radio.invalid/live"), {
    message:
      '--audio "http://…@radio.invalid/live" is not an address; write http://HOST/PATH, and / ? # in a password as %2F %3F %23',
  });
});
