import assert from "node:assert/strict";
import { repeatFlags } from "../../../server/command/repeated_flags.ts";

const CASES: readonly (readonly [given: string, read: string])[] = [
  ["--audio a.mp3 b.mp3 --loop", "--audio a.mp3 --audio b.mp3 --loop"],
  ["--audio a.mp3 - --port 0", "--audio a.mp3 --audio - --port 0"],
  ["--audio a.mp3 --audio b.mp3", "--audio a.mp3 --audio b.mp3"],
  ["--rtp-to h:1 h:2 h:3", "--rtp-to h:1 --rtp-to h:2 --rtp-to h:3"],
  ["--token=one two --open", "--token=one --token two --open"],
  ["--audio a.mp3 -h", "--audio a.mp3 -h"],
  ["--port 0 a.mp3 b.mp3", "--port 0 a.mp3 b.mp3"],
  ["--token-file a b", "--token-file a b"],
  ["a.mp3 --audio", "a.mp3 --audio"],
];

for (const [given, read] of CASES) {
  Deno.test(`${given} is read as ${read}`, () => {
    assert.deepEqual(repeatFlags(given.split(" ")), read.split(" "));
  });
}
