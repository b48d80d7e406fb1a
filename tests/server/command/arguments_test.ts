import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import { object } from "@optique/core/constructs";
import { formatDocPage } from "@optique/core/doc";
import { getDocPage, parse } from "@optique/core/parser";
import { serveArguments } from "../../../server/command/arguments.ts";
import {
  giveStudioItsValue,
  repeatFlags,
  spellOutUnfinished,
} from "../../../server/command/flag_words.ts";
import type { ServeOptions } from "../../../server/interface/config.ts";

const parser = object({ options: serveArguments });

function read(...args: string[]): ServeOptions {
  const result = parse(parser, args);
  assert(result.success, result.success ? "" : formatMessage(result.error));
  return result.value.options;
}

function complaint(...args: string[]): string {
  const result = parse(parser, args);
  assert(!result.success, `${args.join(" ")} was taken`);
  return formatMessage(result.error);
}

Deno.test("without flags everything has its default", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(read())), {
    host: "0.0.0.0",
    port: 5004,
    advertise: [],
    audio: [],
    loop: false,
    simulateData: false,
    simulate: false,
    noOpen: false,
    noFfi: false,
    reports: "tokens",
    isUnlisted: false,
    language: "en",
    plainReceivers: [],
    plainScreenReceivers: [],
    tokens: [],
    isOpen: false,
    capacity: 100,
    isPlain: false,
    waitFor: 0,
    json: false,
  });
});

const EVERY_FLAG = "--host 127.0.0.1 --port 0 --interval 200ms --rtp-to 239.0.0.1:5004 " +
  "--rtp-to [::1]:6000 --advertise match.example --advertise [2001:db8::1]:7000 --sdp x.sdp --audio a.mp3 --audio - b.mp3 --loop --simulate --seed 7 " +
  "--speed 2.5 --lang pt --capacity 3 --token one --token two --token-file t.txt --tokens c.json " +
  "--screen b.mkv --screen-size 1280x720 --screen-rate 30000/1001 --screen-bitrate 1.5M " +
  "--data nats://h/beam.> --data-setup s.json --simulate-data --studio=[::1]:9000 --no-open --actions a.json --no-ffi --qr " +
  "--reports open --quorum 3 --votes-per-address 20 " +
  "--rtp-screen-to 239.0.0.1:5006 --rtp-screen-to [::1]:6002 " +
  "--directory http://127.0.0.1:1/ --title Final --sport beach --starts 2h --unlisted --name Ann --identity a.json " +
  "--plain --wait-for 2 --duration 1m30s --log x.log --json --db m.db --events e.ndjson --open";

Deno.test("every flag is read", () => {
  const { unused, ...options } = read(
    ...EVERY_FLAG.split(" "),
    "--match",
    "São Paulo x Nova Roma FC",
  );
  // What --screen-rate does is known, and told, when the file is read.
  assert.deepEqual(unused?.map((text) => text.split(" ")[0]), ["--speed"]);
  assert.deepEqual(options, {
    studio: { hostname: "::1", port: 9000 },
    noOpen: true,
    noFfi: true,
    qr: true,
    directory: "http://127.0.0.1:1/",
    title: "Final",
    sport: "beach",
    starts: { after: 7_200_000 },
    isUnlisted: true,
    name: "Ann",
    identity: "a.json",
    actions: "a.json",
    reports: "open",
    quorum: 3,
    votesPerAddress: 20,
    host: "127.0.0.1",
    port: 0,
    advertise: [{ hostname: "match.example" }, { hostname: "2001:db8::1", port: 7000 }],
    interval: 200,
    sdp: "x.sdp",
    loop: true,
    simulate: true,
    plainReceivers: [{ hostname: "239.0.0.1", port: 5004 }, { hostname: "::1", port: 6000 }],
    plainScreenReceivers: [{ hostname: "239.0.0.1", port: 5006 }, { hostname: "::1", port: 6002 }],
    audio: ["a.mp3", "-", "b.mp3"],
    screen: "b.mkv",
    screenSize: { width: 1280, height: 720 },
    screenRate: 30_000 / 1001,
    screenBitrate: 1_500_000,
    data: "nats://h/beam.>",
    dataSetup: "s.json",
    simulateData: true,
    match: { home: "São Paulo", away: "Nova Roma FC" },
    seed: 7,
    speed: 2.5,
    language: "pt",
    events: "e.ndjson",
    capacity: 3,
    isOpen: true,
    tokens: ["one", "two"],
    tokenFile: "t.txt",
    signedTokens: "c.json",
    isPlain: true,
    waitFor: 2,
    duration: 90_000,
    log: "x.log",
    json: true,
    db: "m.db",
  });
});

Deno.test("the QR code is asked for or refused, not both", () => {
  assert.equal(read("--no-qr").qr, false);
  assert.match(complaint("--qr", "--no-qr"), /cannot be used together/);
});

for (
  const [args, wanted] of [
    [["--interval", "200"], /--interval.*"200" is not a duration: write 200ms/],
    [["--interval", "1ms"], /too short: at least 10ms/],
    [["--interval", "2h"], /too long: at most 1m/],
    [["--duration", "soon"], /--duration.*"soon" is not a duration/],
    [["--duration", "0s"], /too short/],
    [["--port", "70000"], /--port/],
    [["--port", "x"], /--port/],
    [["--host", "a b"], /--host.*not an address/],
    [["--studio=0.0.0.0"], /--studio.*this machine alone/],
    [["--studio=192.168.1.7"], /--studio.*this machine alone/],
    [["--studio=[::]"], /--studio.*this machine alone/],
    [["--studio=127.0.0.1"], /--studio.*not HOST:PORT/],
    [["--studio=hello"], /--studio.*"hello" is not HOST:PORT/],
    [["--rtp-to", "239.0.0.1"], /--rtp-to.*not HOST:PORT/],
    [["--rtp-to", "x:65535"], /not HOST:PORT/],
    [["--rtp-to", "::1:99"], /not HOST:PORT/],
    [["--advertise", "match.example:0"], /--advertise.*not HOST or HOST:PORT/],
    [["--advertise", "-x"], /--advertise.*not HOST or HOST:PORT/],
    [["--advertise", ".example:9"], /--advertise.*not HOST or HOST:PORT/],
    [["--advertise", "http://match.example/"], /--advertise.*not HOST or HOST:PORT/],
    [["--advertise", "[match.example]:9"], /--advertise.*not HOST or HOST:PORT/],
    [["--match", "Only One"], /--match.*not two teams/],
    [["--match", "A x B x C"], /not two teams/],
    [["--match", `${"A".repeat(41)} x B`], /at most 40/],
    [["--lang", "de"], /--lang.*"en".*"pt"/],
    [["--capacity", "0"], /--capacity/],
    [["--speed", "0"], /--speed/],
    [["--audio"], /--audio/],
    [["--data"], /--data/],
    [["--data", "a", "--data", "b"], /--data/],
    [["--data-setup"], /--data-setup/],
    [["--screen-rate", "0"], /--screen-rate.*"0" is no rate of pictures: give more than 0/],
    [["--screen-rate", "0/1"], /no rate/],
    [["--screen-rate", "25/0"], /no rate/],
    [["--screen-rate", "-3"], /--screen-rate/],
    [["--screen-rate", "1000"], /at most 240/],
    [["--screen-size", "720p"], /--screen-size.*no size: write two even numbers/],
    [["--screen-size", "1281x720"], /two even numbers/],
    [["--screen-size", "8x8"], /from 16 to 7680/],
    [["--screen-bitrate", "fast"], /--screen-bitrate.*bits per second/],
    [["--screen-bitrate", "49k"], /from 50k to 100M/],
    [["--screen-bitrate", "1G"], /from 50k to 100M/],
    [["--rtp-screen-to", "239.0.0.1"], /--rtp-screen-to.*not HOST:PORT/],
  ] as const
) {
  Deno.test(`${args.join(" ")} is refused in one line that names it`, () => {
    const text = complaint(...args);
    assert.match(text, wanted);
    assert(!text.includes("\n"), text);
  });
}

Deno.test("what a directory is told is checked as the directory checks it", () => {
  const given = read(
    ...["--directory", "https://directory.example", "--title", " The final ", "--sport", "beach"],
    ...["--starts", "3h", "--unlisted", "--name", "Ann", "--identity", "me.json"],
  );
  const { directory, title, sport, starts, isUnlisted, name, identity } = given;
  assert.deepEqual([directory, title, sport, isUnlisted, name, identity], [
    "https://directory.example/",
    "The final",
    "beach",
    true,
    "Ann",
    "me.json",
  ]);
  assert.deepEqual(starts, { after: 3 * 3_600_000 });
  assert.match(complaint("--title", "Fl\u0430mengo"), /scripts that look alike/);
  assert.match(complaint("--name", "a\u202eb"), /can't be seen/);
  assert.match(complaint("--title", "x".repeat(121)), /empty or too long/);
  assert.match(complaint("--starts", "soon"), /not a time/);
  assert.match(complaint("--directory", "directory.example"), /no address of a directory/);
});

Deno.test("the error about a misspelt flag names the one that was probably meant", () => {
  assert.match(complaint("--intervall", "5s"), /Did you mean.*--interval/s);
  assert.match(complaint("--duratoin", "5s"), /Did you mean.*--duration/s);
});

Deno.test("every flag has a description, in a group", () => {
  const page = getDocPage(parser);
  assert(page);
  const titles = page.sections.map(({ title }) => title).filter((title) => title !== undefined);
  assert.deepEqual(titles, [
    "Network",
    "Sound",
    "Screen",
    "Data",
    "Studio",
    "Match",
    "Admission",
    "Directory",
    "Running",
  ]);
  const entries = page.sections.flatMap((section) => section.entries);
  assert.equal(entries.length, 50);
  for (const { term, description } of entries) assert(description, JSON.stringify(term));
  assert.match(formatDocPage("streamer serve", page, { colors: false }), /--wait-for NUMBER/);
});

const REPEATED: readonly (readonly [given: string, read: string])[] = [
  ["--audio a.mp3 b.mp3 --loop", "--audio a.mp3 --audio b.mp3 --loop"],
  ["--audio a.mp3 - --port 0", "--audio a.mp3 --audio - --port 0"],
  ["--audio a.mp3 --audio b.mp3", "--audio a.mp3 --audio b.mp3"],
  ["--rtp-to h:1 h:2 h:3", "--rtp-to h:1 --rtp-to h:2 --rtp-to h:3"],
  ["--advertise a b:1", "--advertise a --advertise b:1"],
  ["--rtp-screen-to h:1 h:2", "--rtp-screen-to h:1 --rtp-screen-to h:2"],
  ["--token=one two --open", "--token=one --token two --open"],
  ["--audio a.mp3 -h", "--audio a.mp3 -h"],
  ["--port 0 a.mp3 b.mp3", "--port 0 a.mp3 b.mp3"],
  ["--token-file a b", "--token-file a b"],
  ["a.mp3 --audio", "a.mp3 --audio"],
];

for (const [given, read] of REPEATED) {
  Deno.test(`${given} is read as ${read}`, () => {
    assert.deepEqual(repeatFlags(given.split(" ")), read.split(" "));
  });
}

const STUDIO: readonly (readonly [given: string, read: string])[] = [
  ["--studio", "--studio=127.0.0.1:8081"],
  ["--studio --json", "--studio=127.0.0.1:8081 --json"],
  ["--studio match.mp3", "--studio=127.0.0.1:8081 match.mp3"],
  ["--studio -", "--studio=127.0.0.1:8081 -"],
  ["--studio 127.0.0.1:0 --json", "--studio=127.0.0.1:0 --json"],
  ["--studio [::1]:9000 match.mp3", "--studio=[::1]:9000 match.mp3"],
  ["--studio localhost:9000", "--studio=localhost:9000"],
  ["--studio 9000", "--studio=9000"],
  ["--studio 0.0.0.0", "--studio=0.0.0.0"],
  ["--studio hello", "--studio=hello"],
  ["--studio ./hello", "--studio=127.0.0.1:8081 ./hello"],
  ["--studio=[::1]:9000 a.mp3", "--studio=[::1]:9000 a.mp3"],
  ["a.mp3 --studio", "a.mp3 --studio=127.0.0.1:8081"],
];

for (const [given, read] of STUDIO) {
  Deno.test(`${given} is read as ${read}`, () => {
    assert.deepEqual(giveStudioItsValue(given.split(" ")), read.split(" "));
  });
}

Deno.test("the studio's address has a port, and a host when it is another one", () => {
  const studioOf = (text: string) => {
    const result = parse(parser, ["--studio", text]);
    return result.success ? result.value.options.studio : undefined;
  };
  assert.deepEqual(studioOf("[::1]:0"), { hostname: "::1", port: 0 });
  assert.deepEqual(studioOf("9000"), { hostname: "127.0.0.1", port: 9000 });
  for (const wrong of ["localhost", "a:b", "1:2:3", "127.0.0.1:70000", ""]) {
    assert.equal(studioOf(wrong), undefined, wrong);
  }
});

Deno.test("of a line that a shell completes, the last word is left as it is", () => {
  const cases: readonly (readonly [typed: string, read: string])[] = [
    ["--audio a.mp3 b", "--audio a.mp3 --audio b"],
    ["--audio a.mp3 --lo", "--audio a.mp3 --lo"],
    ["--audio", "--audio"],
    ["--studio", "--studio"],
    ["--studio --re", "--studio=127.0.0.1:8081 --re"],
    ["--studio 9000 --re", "--studio=9000 --re"],
  ];
  for (const [typed, read] of cases) {
    assert.deepEqual(spellOutUnfinished(typed.split(" ")), read.split(" "));
  }
  assert.deepEqual(spellOutUnfinished(["--audio", "a.mp3", ""]), [
    "--audio",
    "a.mp3",
    "--audio",
    "",
  ]);
});

const UNUSED: readonly (readonly [line: string, flags: readonly string[]])[] = [
  ["", []],
  ["--seed 1 --speed 2 --lang pt", []],
  ["--audio a.mp3 --seed 1 --speed 2 --lang pt", ["--seed", "--speed", "--lang"]],
  ["--audio a.mp3 --simulate --seed 1 --speed 2 --lang en", []],
  ["--audio a.mp3 --events e.ndjson --speed 2 --lang pt", []],
  ["--events e.ndjson --seed 1", ["--seed"]],
  ["--simulate-data --seed 1", []],
  ["--simulate-data --speed 2 --lang pt", ["--speed", "--lang"]],
  ["--data d.ndjson --speed 2", []],
  ["--data mqtt://127.0.0.1/beam --speed 2", ["--speed"]],
  ["--interval 200ms --speed 2", ["--speed"]],
  ["--studio=8081 --lang pt", []],
  ["--audio browser --lang pt --no-open", []],
  ["--reports open --lang pt --quorum 3 --votes-per-address 2", []],
  ["--quorum 3 --votes-per-address 2", ["--quorum", "--votes-per-address"]],
  ["--tokens c.json --quorum 3", []],
  ["--reports off --tokens c.json --quorum 3", ["--quorum"]],
  ["--no-open", ["--no-open"]],
  ["--name Ann --identity a.json", ["--name", "--identity"]],
  ["--name Ann --identity a.json --directory http://127.0.0.1:8090", []],
  ["--screen a.mp4 --interval 1s", ["--interval"]],
  ["--screen a.h264 --screen-rate 30", []],
  ["--screen a.mp4 --audio a.mp3 --interval 1s", []],
];

for (const [line, flags] of UNUSED) {
  Deno.test(`${flags.join(", ") || "nothing"} is without effect in: serve ${line}`, () => {
    const { unused = [] } = read(...line.split(" ").filter((word) => word !== ""));
    assert.deepEqual(unused.map((text) => text.split(" has no effect: ")[0]), flags);
    for (const text of unused) assert.match(text, /\. (?:Add|Leave) /);
  });
}
