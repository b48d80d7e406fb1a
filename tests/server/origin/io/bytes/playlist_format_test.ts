import assert from "node:assert/strict";
import fc from "fast-check";
import { resolveEntry } from "../../../../../server/origin/io/bytes/playlist_files.ts";
import {
  beginsPlaylist,
  hasPlaylistName,
  isPlaylistType,
  parsePlaylist,
} from "../../../../../server/origin/io/bytes/playlist_format.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function entriesOf(bytes: Uint8Array): readonly string[] | undefined {
  const playlist = parsePlaylist(bytes);
  return playlist?.kind === "entries" ? playlist.entries : undefined;
}

const M3U = "#EXTM3U\r\n#EXTINF:123,Hino\r\nhino.mp3\r\n\r\n  http://radio.example/live?x=1  \r\n";

const LISTS: readonly (readonly [string, string | Uint8Array, readonly string[]])[] = [
  ["M3U", M3U, ["hino.mp3", "http://radio.example/live?x=1"]],
  ["M3U without a first line", "http://a/1\nhttp://a/2", ["http://a/1", "http://a/2"]],
  ["M3U8 with a byte order mark", "\ufeff#EXTM3U\ncanção.mp3", ["canção.mp3"]],
  [
    "M3U in Latin-1",
    Uint8Array.from("#EXTM3U\ncan\xe7\xe3o.mp3", (character) => character.charCodeAt(0)),
    ["canção.mp3"],
  ],
  [
    "M3U in UTF-16, as PowerShell writes it",
    new Uint8Array(Uint16Array.from("\ufeff#EXTM3U\na.mp3", (text) => text.charCodeAt(0)).buffer),
    ["a.mp3"],
  ],
  [
    "PLS",
    "[playlist]\nNumberOfEntries=2\nFile10=c.mp3\nTitle1=x\nfile2 = b.mp3\nFile1=http://a/1\nLength1=-1",
    ["http://a/1", "b.mp3", "c.mp3"],
  ],
  [
    "XSPF",
    `<?xml version="1.0" encoding="UTF-8"?>
     <playlist version="1" xmlns="http://xspf.org/ns/0/"><location>http://not/a/track</location>
     <trackList><track><title>x</title><location> http://a/?x=1&amp;y=&#50;&#x33; </location>
     <location>http://mirror</location></track>
     <track><location><![CDATA[b & c.mp3]]></location></track><track><title>none</title></track>
     </trackList></playlist>`,
    ["http://a/?x=1&y=23", "b & c.mp3"],
  ],
  ["an empty one", "#EXTM3U\n", []],
];

for (const [name, text, entries] of LISTS) {
  Deno.test(`the entries of a playlist are read in order: ${name}`, () => {
    assert.deepEqual(entriesOf(typeof text === "string" ? bytesOf(text) : text), entries);
  });
}

Deno.test("HLS is distinguished from M3U, which begins the same", () => {
  const master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=128000\nlow.m3u8\n";
  const media = "#EXTM3U\r\n#EXT-X-TARGETDURATION:6\r\n#EXTINF:6,\r\n1.ts\r\n";
  for (const text of [master, media]) assert.equal(parsePlaylist(bytesOf(text))?.kind, "hls");
});

Deno.test("sound and web pages are no playlists", () => {
  assert.equal(parsePlaylist(bytesOf("<!doctype html><p>Listen!")), undefined);
  assert.equal(parsePlaylist(Uint8Array.of(0xff, 0xfb, 0x90, 0x44)), undefined);
  assert.equal(parsePlaylist(bytesOf("OggS\0\x02")), undefined);
  for (const text of ["ID3", "OggS\0", "<html>", "", "\xff\xfb"]) {
    assert(!beginsPlaylist(bytesOf(text)), text);
  }
  for (const [, text] of LISTS.slice(5, 7)) assert(beginsPlaylist(bytesOf(text as string)));
});

Deno.test("names and types of playlists are known", () => {
  for (const name of ["/x.m3u", "y.M3U8", "a.pls", "b.xspf"]) assert(hasPlaylistName(name), name);
  for (const name of ["x.mp3", "m3u", "a.m3u.mp3"]) assert(!hasPlaylistName(name), name);
  const types = [
    "audio/x-mpegurl",
    "application/vnd.apple.mpegurl",
    "audio/x-scpls; charset=utf-8",
  ];
  for (const type of [...types, "application/xspf+xml"]) assert(isPlaylistType(type), type);
  for (const type of ["audio/mpeg", "text/html"]) assert(!isPlaylistType(type), type);
});

Deno.test("reading never throws and ends soon, whatever the text, tags left open too", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    parsePlaylist(bytes);
    beginsPlaylist(bytes);
  }));
  const pieces = [
    "<track",
    "<track>",
    "<location>",
    "<!--",
    "<!---->",
    "<!-- -->\n",
    "-->",
    " ",
    "<?xml ",
    "&#x",
    "<playlist ",
    "[",
    "\n",
  ];
  for (const piece of pieces) {
    const many = piece.repeat(256 * 1024 / piece.length);
    for (const text of [`<playlist>${many}`, many, `<!--${many}`, `<?xml?>${many}x`]) {
      parsePlaylist(bytesOf(text));
      beginsPlaylist(bytesOf(text.slice(0, 512)));
      beginsPlaylist(bytesOf(text));
    }
  }
});

const PATHS = { areUris: false };

Deno.test("an entry is relative to the address of its playlist, and keeps name and password there alone", () => {
  const base = "http://me:pw@radio.example/lists/all.m3u";
  const resolved = (entry: string) => resolveEntry(entry, base, PATHS);
  assert.equal(resolved("a b.mp3"), "http://me:pw@radio.example/lists/a%20b.mp3");
  assert.equal(resolved("/live"), "http://me:pw@radio.example/live");
  assert.equal(resolved("http://radio.example/x"), "http://me:pw@radio.example/x");
  assert.equal(resolved("https://radio.example/x"), "https://radio.example/x");
  assert.equal(resolved("http://other.example/x"), "http://other.example/x");
});

Deno.test("a playlist from the network opens no file of the host", () => {
  const entries = [
    "file:///etc/passwd",
    "FILE:///x.mp3",
    "C:\\x.mp3",
    "data:audio/mpeg,x",
    "ftp://a/b",
  ];
  for (const entry of entries) {
    assert.equal(resolveEntry(entry, "https://radio.example/all.m3u", PATHS), undefined, entry);
  }
  // A path is one on that server, and a dash is no standard input.
  assert.equal(resolveEntry("/etc/passwd", "http://a/all.m3u", PATHS), "http://a/etc/passwd");
  assert.equal(resolveEntry("-", "http://a/all.m3u", PATHS), "http://a/-");
});

Deno.test("an entry is relative to the folder of its playlist", () => {
  if (Deno.build.os === "windows") return;
  const resolved = (entry: string, areUris = false) =>
    resolveEntry(entry, "/music/all.m3u", { areUris });
  assert.equal(resolved("a%20b.mp3"), "/music/a%20b.mp3");
  assert.equal(resolved("a%20b.mp3", true), "/music/a b.mp3");
  assert.equal(resolved("100%.mp3", true), "/music/100%.mp3");
  assert.equal(resolved("cup\\final.mp3"), "/music/cup/final.mp3");
  assert.equal(resolved("../x.mp3"), "/x.mp3");
  assert.equal(resolved("file:///m/a%20b.mp3"), "/m/a b.mp3");
  assert.equal(resolved("file://elsewhere/a.mp3"), undefined);
  assert.equal(resolved("-"), "/music/-");
  assert.equal(resolved("http://a/b"), "http://a/b");
  assert.equal(resolved("ftp://a/b"), undefined);
});

Deno.test("an old list in Windows-1252 keeps its last letter, and one in UTF-16 is known by half a character", () => {
  const old = Uint8Array.from("Café", (letter) => letter.charCodeAt(0));
  assert.deepEqual(parsePlaylist(old), { kind: "entries", entries: ["Café"], areUris: false });
  const wide = Uint8Array.from([
    0xff,
    0xfe,
    ...[..."#EXTM3U\n"].flatMap((it) => [it.charCodeAt(0), 0]),
  ]);
  assert.ok(beginsPlaylist(wide.subarray(0, -1)));
});
