import assert from "node:assert/strict";
import { parse } from "@optique/core/parser";
import { parseHttpAddress, viewArguments } from "../../../viewer/command/arguments.ts";

Deno.test("an address is a host and a port, or a port alone", () => {
  assert.deepEqual(parseHttpAddress("127.0.0.1:8080"), { hostname: "127.0.0.1", port: 8080 });
  assert.deepEqual(parseHttpAddress("[::1]:0"), { hostname: "::1", port: 0 });
  assert.deepEqual(parseHttpAddress("localhost:65535"), { hostname: "localhost", port: 65_535 });
  assert.deepEqual(parseHttpAddress("9000"), { hostname: "127.0.0.1", port: 9000 });
});

Deno.test("anything else is not an address", () => {
  const wrong = ["", "host", "host:", ":", "host:65536", "::1:80", "http://a:80", "a b:80", "a:-1"];
  for (const text of wrong) assert.equal(parseHttpAddress(text), undefined, text);
});

Deno.test("view takes what listen takes, and where the page is served", () => {
  const result = parse(viewArguments, ["--http", "127.0.0.1:0", "--port", "5010", "--json"]);
  assert.ok(result.success);
  assert.deepEqual(result.value.http, { hostname: "127.0.0.1", port: 0 });
  assert.equal(result.value.port, 5010);
  assert.equal(result.value.json, true);
  const frames = parse(viewArguments, ["--json", "--frames"]);
  assert.ok(frames.success);
  assert.equal(frames.value.frames, true);
  const recorded = parse(viewArguments, ["--record-data", "a", "--record-screen", "a.mp4"]);
  assert.ok(recorded.success);
  assert.deepEqual([recorded.value.recordData, recorded.value.recordScreen], ["a", "a.mp4"]);
});

Deno.test("without --http the page is on loopback, port 8080", () => {
  const result = parse(viewArguments, []);
  assert.ok(result.success);
  assert.deepEqual(result.value.http, { hostname: "127.0.0.1", port: 8080 });
});
