import assert from "node:assert/strict";
import {
  type Call,
  NEW_BROADCAST,
  readAnswer,
  TestIdentity,
} from "../server/directory/identities.ts";
import { TemporaryFolder } from "./fixtures.ts";
import { Streamer } from "./streamer.ts";

async function openDirectory(db: string) {
  const directory = new Streamer(["directory", "--json", "--http", "127.0.0.1:0", "--db", db]);
  const { url } = await directory.line("ready");
  const call: Call = async (method, path, body, token) => {
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    const text = body === undefined ? undefined : JSON.stringify(body);
    return await readAnswer(await fetch(new URL(path, url), { method, headers, body: text }));
  };
  const search = async (text: string): Promise<string[]> => {
    const { status, body } = await call("GET", `/v1/broadcasts?q=${encodeURIComponent(text)}`);
    assert.equal(status, 200, text);
    return body.broadcasts.map(({ title }: { title: string }) => title);
  };
  return { directory, call, search };
}

Deno.test("a misspelt search finds the match, after a directory was killed too; unlisted ones are not found", async () => {
  await using folder = new TemporaryFolder();
  const db = folder.file("directory.db");
  await using opened = new AsyncDisposableStack();
  const { directory, call, search } = await openDirectory(db);
  opened.use(directory);
  const token = await new TestIdentity(crypto.getRandomValues(new Uint8Array(32))).enter(
    call,
    "Ann",
  );
  const create = async (home: string, away: string, more = {}) => {
    const asked = { ...NEW_BROADCAST, title: `${home} x ${away}`, home, away, ...more };
    const { status, body } = await call("POST", "/v1/broadcasts", asked, token);
    assert.equal(status, 201);
    return body.id;
  };
  await create("Flamengo", "Santos");
  const ended = await create("Grêmio", "São Paulo");
  await create("Flamengo", "Bahia", { visibility: "unlisted" });
  for (const text of ["flamngo santso", "FLAMENGO", "fla san"]) {
    assert.deepEqual(await search(text), ["Flamengo x Santos"], text);
  }
  for (const text of ["gremio sao", "gremoi", "São"]) {
    assert.deepEqual(await search(text), ["Grêmio x São Paulo"], text);
  }
  assert.deepEqual(await search("bahia"), []);
  for (const text of ['"', "' OR 1=1 --", "NEAR(", "*", "a".repeat(200)]) {
    assert.deepEqual(await search(text), [], text);
  }
  await call("DELETE", `/v1/broadcasts/${ended}`, undefined, token);
  directory.kill("SIGKILL");
  await directory.finished;
  const again = await openDirectory(db);
  opened.use(again.directory);
  assert.deepEqual(await again.search("flamngo santso"), ["Flamengo x Santos"]);
  assert.deepEqual(await again.search("gremio"), []);
});
