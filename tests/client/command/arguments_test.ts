import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import { getDocPage, parse } from "@optique/core/parser";
import { listenArguments } from "../../../client/command/arguments.ts";

const DEFAULTS = { host: "127.0.0.1", port: 5004, latency: "normal", play: true, json: false };

function read(...args: string[]) {
  const result = parse(listenArguments, args);
  if (!result.success) throw new Error(formatMessage(result.error));
  return Object.fromEntries(
    Object.entries(result.value).filter(([, value]) => value !== undefined),
  );
}

function refuse(...args: string[]): string {
  const result = parse(listenArguments, args);
  assert.ok(!result.success, `${args.join(" ")} was taken`);
  return formatMessage(result.error);
}

Deno.test("without flags it listens on this machine, and plays", () => {
  assert.deepEqual(read(), DEFAULTS);
});

Deno.test("every flag of the contract is taken", () => {
  assert.deepEqual(
    read(
      ...("streamer://example.org:6000/?t=abc --host a.example --port 7000 --token x " +
        "--token-file f --latency 150ms --no-play --record out.mp3 --name kitchen --json " +
        "--record-screen out.mkv --record-data out --frames --duration 1m30s --log log.txt").split(
          " ",
        ),
    ),
    {
      link: "streamer://example.org:6000/?t=abc",
      host: "a.example",
      port: 7000,
      token: "x",
      tokenFile: "f",
      latency: 150,
      play: false,
      record: "out.mp3",
      recordScreen: "out.mkv",
      recordData: "out",
      frames: true,
      name: "kitchen",
      json: true,
      duration: 90_000,
      log: "log.txt",
    },
  );
  for (const latency of ["low", "normal", "safe"]) {
    assert.deepEqual(read("--latency", latency), { ...DEFAULTS, latency });
  }
});

Deno.test("what makes no sense is refused by name", () => {
  assert.match(refuse("--latency", "quick"), /quick.*low, normal, safe/);
  assert.match(refuse("--latency", "2h"), /2h/);
  assert.match(refuse("--duration", "soon"), /soon.*duration/);
  assert.match(refuse("--duration", "200"), /200.*duration/);
  assert.match(refuse("--port", "0"), /--port|1/);
  assert.match(refuse("--port", "70000"), /65,?535/);
  assert.match(refuse("--lodness"), /--lodness/);
  assert.match(refuse("--record-screen", "a.webm"), /a\.webm.*\.mkv, \.mp4, \.h264, \.ivf/);
  assert.match(refuse("--record-screen", "mkv"), /does not end in/);
});

Deno.test("every flag has a description that is a sentence, in a group", () => {
  const sections = getDocPage(listenArguments)!.sections.filter(({ entries }) => entries.length);
  assert.deepEqual(
    sections.map(({ title }) => title),
    ["Host", "Sound", "Screen", "Live data", "Reporting", "Running"],
  );
  for (const { description } of sections.flatMap(({ entries }) => entries)) {
    assert.ok(description && formatMessage(description).endsWith("."));
  }
});

Deno.test("an invalid link is refused without repeating the token in it", () => {
  const complaint = refuse("http://127.0.0.1/?t=very-secret");
  assert.match(complaint, /join link/);
  assert.doesNotMatch(complaint, /very-secret/);
});
