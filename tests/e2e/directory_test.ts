import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  type Answered,
  BEAT,
  type Call,
  NEW_BROADCAST,
  readAnswer,
  TestIdentity,
} from "../server/directory/identities.ts";
import { sleep, TemporaryFolder } from "./fixtures.ts";
import { Streamer } from "./streamer.ts";

const HOSTS = 100;
const KILLS = 2;
const SEARCHERS = 4;
const ATTACKS = 4;
/** Between heartbeats; a real host's are 10 s apart. */
const BEAT_MILLIS = 300;

interface Running {
  readonly program: Streamer;
  readonly port: number;
}

async function startDirectory(port: number, ...args: string[]): Promise<Running> {
  const http = `127.0.0.1:${port}`;
  const program = new Streamer(["directory", "--http", http, "--json", ...args]);
  const { url } = await program.line("ready");
  return { program, port: Number(new URL(url).port) };
}

/** @param from as which address a proxy on this machine would ask */
function callerOf(port: number, from?: string): Call {
  return async (method, path, body, token) => {
    const headers = {
      ...(from !== undefined && { "x-forwarded-for": from }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const address = new URL(path, `http://127.0.0.1:${port}`);
    return await readAnswer(await fetch(address, { method, headers, body: text }));
  };
}

function newIdentity(): TestIdentity {
  return new TestIdentity(crypto.getRandomValues(new Uint8Array(32)));
}

/** A host without a match: it only says that it is there. */
class SimulatedHost {
  beats = 0;
  readonly wrong: string[] = [];
  #goals = 0;

  private constructor(readonly call: Call, readonly token: string, readonly id: string) {}

  static async open(call: Call, index: number): Promise<SimulatedHost> {
    const token = await newIdentity().enter(call, `Host ${index}`);
    const asked = { ...NEW_BROADCAST, title: `Flamengo x Santos ${index}` };
    const made = await call("POST", "/v1/broadcasts", asked, token);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const host = new SimulatedHost(call, token, made.body.id);
    await host.beat();
    return host;
  }

  get score(): string {
    return `${this.#goals} x 0`;
  }

  async beat(): Promise<void> {
    const body = { ...BEAT, score: `${this.#goals + 1} x 0` };
    const path = `/v1/broadcasts/${this.id}/heartbeat`;
    const answer = await this.call("PUT", path, body, this.token).catch(() => undefined);
    if (answer?.status === 204) {
      this.#goals++;
      this.beats++;
    } else if (answer) this.wrong.push(`${answer.status} ${JSON.stringify(answer.body)}`);
  }

  async live(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.beat();
      await sleep(BEAT_MILLIS);
    }
  }
}

/** All broadcasts, in one answer, since a heartbeat between two would move some. */
async function readAll(call: Call): Promise<Answered["body"][]> {
  const { status, body } = await call("GET", `/v1/broadcasts?limit=${HOSTS}`);
  assert.equal(status, 200);
  return body.broadcasts;
}

Deno.test("killed with -9 while 100 hosts heartbeat and people search, a directory is back with everything within one heartbeat", async () => {
  await using folder = new TemporaryFolder();
  await using opened = new AsyncDisposableStack();
  const db = ["--db", folder.file("directory.db")];
  const first = await startDirectory(0, ...db);
  let program = opened.use(first.program);
  const call = callerOf(first.port);
  const hosts: SimulatedHost[] = [];
  for (let index = 0; index < HOSTS; index++) hosts.push(await SimulatedHost.open(call, index));
  const keys = (await call("GET", "/.well-known/jwks.json")).body;
  const ended = new AbortController();
  const searches = { done: 0, wrong: [] as string[] };
  const search = async () => {
    while (!ended.signal.aborted) {
      const answer = await call("GET", "/v1/broadcasts?q=flamengo&limit=5").catch(() => undefined);
      if (answer?.body.broadcasts?.length === 5) searches.done++;
      else if (answer) searches.wrong.push(JSON.stringify(answer.body));
      await sleep(20);
    }
  };
  const living = [
    ...hosts.map((host) => host.live(ended.signal)),
    ...Array.from({ length: SEARCHERS }, search),
  ];
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(BEAT_MILLIS * (1 + Math.random()));
    program.kill("SIGKILL");
    await program.finished;
    const scores = new Map(hosts.map(({ id, score }) => [id, score]));
    program = opened.use((await startDirectory(first.port, ...db)).program);
    const listed = await readAll(call);
    assert.equal(listed.length, HOSTS, "some are missing right after the start");
    for (const { id, score } of listed) {
      assert(
        parseInt(score) >= parseInt(scores.get(id)!),
        `${id} has ${score}, had ${scores.get(id)}`,
      );
    }
    const [beats, found] = [hosts.map((host) => host.beats), searches.done];
    while (hosts.some((host, index) => host.beats === beats[index]) || searches.done === found) {
      assert.deepEqual(hosts.flatMap(({ wrong }) => wrong), []);
      assert.deepEqual(searches.wrong, []);
      await sleep(20);
    }
    const states = new Set((await readAll(call)).map(({ state }) => state));
    assert.deepEqual([...states], ["live"], "each was heard again");
    const { token, id } = hosts[kill]!;
    const joined = await call("POST", `/v1/broadcasts/${id}/joins`, { role: "listener" }, token);
    assert.equal(joined.status, 201, JSON.stringify(joined.body));
  }
  ended.abort();
  await Promise.all(living);
  assert.deepEqual(hosts.flatMap(({ wrong }) => wrong), []);
  assert.deepEqual(searches.wrong, []);
  assert.deepEqual((await call("GET", "/.well-known/jwks.json")).body, keys);
  program.kill("SIGINT");
  await program.end(0);
});

Deno.test("bodies of 10 MB, in one piece or in chunks, are refused by name, and nobody else notices", async () => {
  await using opened = new AsyncDisposableStack();
  const { program, port } = await startDirectory(0);
  opened.use(program);
  const address = `http://127.0.0.1:${port}/v1/challenges`;
  const piece = new Uint8Array(1024 * 1024).fill(32);
  const inChunks = () => ReadableStream.from(Array.from({ length: 10 }, () => piece));
  const bodies = [() => new Uint8Array(10 * 1024 * 1024), inChunks];
  const attacks = Array.from({ length: ATTACKS }, async (_, index) => {
    const body = bodies[index % 2]!();
    return await readAnswer(await fetch(address, { method: "POST", body }));
  });
  const entering = newIdentity().enter(callerOf(port), "Ann");
  const [ann, ...answers] = await Promise.all([entering, ...attacks]);
  assert.match(ann, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  for (const { status, headers, body } of answers) {
    assert.equal(status, 413);
    assert.equal(headers.get("content-type"), "application/problem+json");
    assert.deepEqual([body.status, body.code], [413, "too-large"]);
  }
});

Deno.test("a small body in chunks is read, and what is no HTTP gets a problem too", async () => {
  await using opened = new AsyncDisposableStack();
  const { program, port } = await startDirectory(0);
  opened.use(program);
  const text = new TextEncoder().encode(JSON.stringify({ publicKey: newIdentity().publicKey }));
  const body = ReadableStream.from([text.subarray(0, 5), text.subarray(5)]);
  const address = `http://127.0.0.1:${port}/v1/challenges`;
  assert.equal((await readAnswer(await fetch(address, { method: "POST", body }))).status, 201);
  const wrong = [
    "nonsense\r\n\r\n",
    "POST /v1/challenges HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST /v1/challenges HTTP/1.1\r\nHost: a\r\nContent-Length: 1e3\r\n\r\n",
    "POST /v1/challenges HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
  ];
  for (const request of wrong) {
    const answer = await sendRaw(port, request);
    assert.match(answer, /^HTTP\/1\.1 400 /, request);
    assert.match(answer, /content-type: application\/problem\+json/);
    assert.equal(JSON.parse(answer.split("\r\n\r\n")[1]!).status, 400);
  }
});

async function sendRaw(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  const pieces = await Array.fromAsync(connection.readable);
  return Buffer.concat(pieces).toString();
}

Deno.test("thousands of creations in a moment are refused by typed errors, and others are served", async () => {
  await using opened = new AsyncDisposableStack();
  const { program, port } = await startDirectory(0);
  opened.use(program);
  const [villain, fan] = [callerOf(port, "203.0.113.7"), callerOf(port, "198.51.100.1")];
  const [villainToken, fanToken] = [
    await newIdentity().enter(villain, "Villain"),
    await newIdentity().enter(fan, "Fan"),
  ];
  const counts = new Map<string, number>();
  const flood = Array.from({ length: 20 }, async () => {
    for (let index = 0; index < 100; index++) {
      const made = await villain("POST", "/v1/broadcasts", NEW_BROADCAST, villainToken);
      const name = made.status === 201 ? "made" : `${made.status} ${made.body.code}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (made.status !== 201) assert(Number(made.headers.get("retry-after")) >= 1);
    }
  });
  const served = [];
  for (let index = 0; index < 10; index++) {
    served.push((await fan("POST", "/v1/broadcasts", NEW_BROADCAST, fanToken)).status);
    served.push((await fan("GET", "/v1/broadcasts")).status);
  }
  await Promise.all(flood);
  assert.deepEqual(new Set(served), new Set([201, 200]));
  const { made, ...others } = Object.fromEntries(counts);
  assert.deepEqual(Object.keys(others), ["429 too-many"]);
  assert(made! >= 1 && made! < 100, `${made} were made`);
});

Deno.test("--bans and --members are read again as they change: sessions end, broadcasts go", async () => {
  await using folder = new TemporaryFolder();
  await using opened = new AsyncDisposableStack();
  const [bans, members] = [folder.file("bans"), folder.file("members")];
  const [ann, bo] = [newIdentity(), newIdentity()];
  Deno.writeTextFileSync(bans, "# nobody\n");
  Deno.writeTextFileSync(members, `${ann.publicKey} # Ann\n`);
  const { program, port } = await startDirectory(0, "--bans", bans, "--members", members);
  opened.use(program);
  const call = callerOf(port);
  const token = await ann.enter(call, "Ann");
  const { id } = (await call("POST", "/v1/broadcasts", NEW_BROADCAST, token)).body;
  const refused = await call("POST", "/v1/sessions", await bo.prove(call, "Bo"));
  assert.deepEqual([refused.status, refused.body.code], [403, "not-a-member"]);
  Deno.writeTextFileSync(members, `${ann.publicKey}\n${bo.publicKey}\n`);
  const enter = async () => (await call("POST", "/v1/sessions", await bo.prove(call, "Bo"))).status;
  while (await enter() !== 201) await sleep(50);
  assert.equal((await call("GET", `/v1/broadcasts/${id}`)).status, 200);
  Deno.writeTextFileSync(bans, `${ann.publicKey}\n`);
  while ((await call("GET", `/v1/broadcasts/${id}`)).status !== 404) await sleep(50);
  const banned = await call("POST", "/v1/broadcasts", NEW_BROADCAST, token);
  assert.deepEqual([banned.status, banned.body.code], [403, "banned"]);
  Deno.writeTextFileSync(bans, "nonsense\n");
  while (!program.stderr.includes("line 1 is no public key")) await sleep(50);
  assert.equal((await call("POST", "/v1/broadcasts", NEW_BROADCAST, token)).status, 403);
});

Deno.test("the program describes its directory, though that is loaded only when it is asked for", async () => {
  await using opened = new AsyncDisposableStack();
  const { program, port } = await startDirectory(0);
  opened.use(program);
  const { status, body } = await callerOf(port)("GET", "/openapi.json");
  assert.deepEqual([status, body.openapi], [200, "3.1.0"]);
  const schema = body.paths["/v1/challenges"].post.requestBody.content["application/json"].schema;
  assert.equal(schema.properties.publicKey.type, "string");
});

Deno.test("completions know the directory and its flags", async () => {
  for (const [typed, expected] of [["dir", "directory"], ["directory --m", "--members"]]) {
    await using program = new Streamer(["completion", "bash", ...typed!.split(" ")]);
    await program.end(0);
    assert.match(program.stdout, new RegExp(`^${expected}$`, "m"));
  }
});
