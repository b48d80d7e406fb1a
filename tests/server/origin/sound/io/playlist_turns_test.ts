import assert from "node:assert/strict";
import { openAudioSource } from "../../../../../server/origin/sound/io/audio_source.ts";
import { CommandError } from "../../../../../shared/core/errors.ts";
import { TemporaryFolder } from "../../../../e2e/fixtures.ts";
import {
  type Answer,
  collect,
  endless,
  FRAMES,
  open,
  RADIO,
  SOUND,
  withServer,
} from "./sound_server.ts";

const HALF = 417 * 20;

/** A server of several addresses; all others are not found. */
function routes(answers: Readonly<Record<string, Answer>>): Answer {
  return (request) => {
    const { pathname } = new URL(request.url);
    return answers[pathname]?.(request) ?? new Response(null, { status: 404 });
  };
}

function list(text: string, type = "audio/x-mpegurl"): Answer {
  return () => new Response(text, { headers: { "content-type": type } });
}

async function refusalOf(location: string): Promise<string> {
  const error = await open(location).then(() => undefined, (error) => error);
  assert(error instanceof CommandError);
  assert(!error.message.includes("\n"));
  return error.message;
}

for (
  const [name, path, type, text] of [
    ["M3U by its type", "/sound", "audio/x-mpegurl", "first.mp3\nsub/second.mp3"],
    ["M3U by its name", "/all.m3u", "text/plain", "/first.mp3\n/sub/second.mp3"],
    ["M3U by how it begins", "/sound", "text/plain", "#EXTM3U\nfirst.mp3\nsub/second.mp3"],
    ["PLS", "/sound", "audio/x-scpls", "[playlist]\nFile2=sub/second.mp3\nFile1=first.mp3"],
    [
      "XSPF",
      "/sound",
      "application/xml",
      "<playlist><trackList><track><location>first.mp3</location></track>" +
      "<track><location>sub/second.mp3</location></track></trackList></playlist>",
    ],
  ] as const
) {
  Deno.test(`a playlist at an address is played in turn: ${name}`, async () => {
    const answer = routes({
      [path]: list(text, type),
      "/first.mp3": () => new Response(SOUND.subarray(0, HALF)),
      "/sub/second.mp3": () => new Response(SOUND.subarray(HALF)),
    });
    await withServer([answer], async (address) => {
      const source = await open(new URL(path, address).href);
      assert.deepEqual(await collect(source), FRAMES);
    });
  });
}

Deno.test("of a radio's mirrors the first that works is played, and the next when it is given up", async () => {
  let isOff = false;
  const radio = (sound: Uint8Array<ArrayBuffer>) => () =>
    new Response(endless(sound, "end"), { headers: RADIO });
  const answer = routes({
    "/sound": list("[playlist]\nFile1=/dead\nFile2=/first\nFile3=/second", "audio/x-scpls"),
    "/first": () => {
      if (isOff) return new Response(null, { status: 503 });
      isOff = true;
      return radio(SOUND.subarray(0, HALF))();
    },
    "/second": radio(SOUND.subarray(HALF)),
  });
  await withServer([answer], async (address) => {
    const source = await open(address, { pause: () => Promise.resolve() });
    const notices: string[] = [];
    source.onNotice = (text) => notices.push(text);
    assert(source.isLive);
    assert.deepEqual(await collect(source, 39), FRAMES.slice(0, 39));
    assert.match(notices[0]!, /^left out: --audio "http:\/\/127.*\/dead" can't be read: .* 404/);
    assert(notices.some((text) => /^gave up "http:.*\/first"/.test(text)));
  });
});

Deno.test("HLS is refused with the command that makes sound of it", async () => {
  const text = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n1.ts\n";
  for (const type of ["application/vnd.apple.mpegurl", "application/octet-stream"]) {
    await withServer([list(text, type)], async (address) => {
      assert.match(await refusalOf(address), /is an HLS stream.*ffmpeg -i ADDRESS .*--audio -$/);
    });
  }
});

Deno.test("playlists in playlists are opened; cycles and very long lists are not followed for ever", async () => {
  await withServer([
    routes({
      "/sound": list("again.m3u\nsound"),
      "/again.m3u": list("deeper.m3u"),
      "/deeper.m3u": list("x.mp3"),
      "/x.mp3": () => new Response(SOUND),
    }),
  ], async (address, requests) => {
    assert.deepEqual(await collect(await open(address), 40), FRAMES);
    assert(requests.length < 10);
  });
  // Each playlist names itself ten times: a thousand requests without the limit on all entries.
  await withServer([list("sound\n".repeat(10))], async (address, requests) => {
    assert.match(await refusalOf(address), /is a playlist without a playable entry: /);
    assert(requests.length <= 502, String(requests.length));
  });
});

Deno.test("a playlist without end, or without an entry, is refused", async () => {
  await withServer([list("http://127.0.0.1:1/x\n".repeat(20_000))], async (address) => {
    assert.match(await refusalOf(address), /is a playlist of more than 256 kB; shorten it$/);
  });
  await withServer([list("#EXTM3U\nfile:///etc/passwd\n")], async (address) => {
    assert.match(await refusalOf(address), /is a playlist without any sound in it; /);
  });
});

Deno.test("sound under a playlist's name is sound", async () => {
  await withServer([() => new Response(SOUND)], async (address) => {
    const source = await open(new URL("/live.m3u", address).href);
    assert.deepEqual(await collect(source), FRAMES);
  });
});

Deno.test("a name and password go to the playlist's server and to no other", async () => {
  await withServer([() => new Response(SOUND)], async (other, elsewhere) => {
    await withServer([
      routes({ "/sound": list(`mine.mp3\n${other}`), "/mine.mp3": () => new Response(SOUND) }),
    ], async (address, requests) => {
      const source = await open(address.replace("http://", "http://me:pw@"));
      assert.equal((await collect(source)).length, FRAMES.length * 2);
      assert.equal(requests[1]!.headers.get("authorization"), `Basic ${btoa("me:pw")}`);
      assert.equal(elsewhere[0]!.headers.get("authorization"), null);
    });
  });
});

Deno.test("a playlist in a file is played: paths beside it, and addresses", async () => {
  await using folder = new TemporaryFolder();
  await withServer([() => new Response(SOUND.subarray(HALF))], async (address) => {
    Deno.writeFileSync(folder.file("gol do título.mp3"), SOUND.subarray(0, HALF));
    Deno.writeTextFileSync(folder.file("all.m3u"), `#EXTM3U\ngol do título.mp3\n${address}\n`);
    assert.deepEqual(await collect(await open(folder.file("all.m3u"))), FRAMES);
    // One that is there under any name.
    Deno.renameSync(folder.file("all.m3u"), folder.file("all.txt"));
    assert.deepEqual(await collect(await open(folder.file("all.txt"))), FRAMES);
  });
});

Deno.test("entries of a playlist that are missing, or of another codec, are reported and left out", async () => {
  await using folder = new TemporaryFolder();
  Deno.writeFileSync(folder.file("a.mp3"), SOUND);
  Deno.writeTextFileSync(folder.file("all.m3u"), "gone.mp3\na.mp3\nnotes.txt\n-\na.mp3\n");
  Deno.writeTextFileSync(folder.file("notes.txt"), "remember the milk");
  const source = await open(folder.file("all.m3u"));
  const notices: string[] = [];
  source.onNotice = (text) => notices.push(text);
  assert.equal((await collect(source)).length, FRAMES.length * 2);
  assert.equal(notices.length, 3);
  assert(notices.every((text) => text.startsWith(`left out: --audio "${folder.path}/`)));
});

Deno.test("a playlist may be one of several locations, and be played repeatedly", async () => {
  await using folder = new TemporaryFolder();
  Deno.writeFileSync(folder.file("a.mp3"), SOUND);
  Deno.writeTextFileSync(folder.file("all.m3u"), "a.mp3\na.mp3\n");
  const source = await openAudioSource([folder.file("a.mp3"), folder.file("all.m3u")], {
    loop: true,
    signal: new AbortController().signal,
  });
  assert.equal((await collect(source, FRAMES.length * 7)).length, FRAMES.length * 7);
  const missing = folder.file("none.m3u");
  Deno.writeTextFileSync(missing, "gone.mp3\n");
  await assert.rejects(
    openAudioSource([folder.file("a.mp3"), missing], {
      loop: false,
      signal: new AbortController().signal,
    }),
    {
      message: `--audio "${missing}" is a playlist without a playable entry: "${
        folder.file("gone.mp3")
      }" does not exist; check the path`,
    },
  );
});

Deno.test("a playlist that lists itself is refused once, not once for each time it was opened", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("self.m3u");
  Deno.writeTextFileSync(path, "self.m3u\n");
  const opening = openAudioSource([path], { loop: false, signal: new AbortController().signal });
  await assert.rejects(opening, {
    message: `--audio "${path}" is a playlist without a playable entry: "${path}" ` +
      "is a playlist nested too deep; give the sound itself",
  });
});
