import assert from "node:assert/strict";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import type { Conversation, DirectoryReply } from "../../../shared/directory/conversation.ts";
import {
  DirectoryMember,
  listBroadcasts,
  readKeys,
} from "../../../shared/directory/directory_member.ts";
import {
  parseDirectoryAddress,
  placeOfDirectory,
} from "../../../shared/directory/directory_address.ts";
import { explainFailure } from "../../../shared/directory/failure_words.ts";
import { guestName, identityOf } from "../../../shared/directory/identity.ts";
import { ownerOf } from "../../../shared/directory/join_token.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { DirectoryWorld } from "../../server/directory/directory_world.ts";

const ASKED = {
  title: "Final",
  sport: "football",
  home: "Flamengo",
  away: "Santos",
  visibility: "public",
  seats: 9,
} as const;
const LISTED = {
  ...{
    id: "0123456789abcdef",
    title: "Final",
    sport: "football",
    home: "Flamengo",
    away: "Santos",
  },
  ...{ state: "live", score: null, clock: null, startsAt: null, seats: 9, seatsFree: 9 },
  host: { name: "Ann" },
};
const BEAT = { addresses: ["192.0.2.7:5004"], hostKey: "A".repeat(43), seatsTaken: 1 };

/** Somebody and a directory in process; the paths that were asked for. */
async function scene() {
  const world = await DirectoryWorld.open();
  const asked: string[] = [];
  const say = async <Value>(conversation: Conversation<Value>) => {
    let step = conversation.next();
    while (!step.done) {
      const { method, path, body, accessToken } = step.value;
      asked.push(`${method} ${path}`);
      const answer = await world.call(method, `/${path}`, body, accessToken);
      step = conversation.next({ kind: "answer", status: answer.status, body: answer.body });
    }
    return step.value;
  };
  const identity = identityOf(world.rng.bytes(32), nodeCiphers);
  return { world, asked, say, identity, ann: new DirectoryMember(identity, "Ann") };
}

Deno.test("a member identifies once, creates, beats, joins and ends, and again when the session is over", async () => {
  const { world, asked, say, identity, ann } = await scene();
  const made = await say(ann.create(ASKED));
  assert(made.ok);
  const { id } = made.value;
  assert((await say(ann.heartbeat(id, { ...BEAT, state: "live" }))).ok);
  const joined = await say(ann.join(id, "reporter"));
  assert(joined.ok);
  assert.equal(ownerOf(joined.value.token), identity.publicKey);
  assert.deepEqual(asked.slice(0, 3), [
    "POST v1/challenges",
    "POST v1/sessions",
    "POST v1/broadcasts",
  ]);
  assert.equal(asked.filter((path) => path.endsWith("sessions")).length, 1);
  world.now += 25 * 3_600_000;
  assert((await say(ann.heartbeat(id, { ...BEAT, state: "live" }))).ok);
  assert.equal(asked.filter((path) => path.endsWith("sessions")).length, 2);
  assert((await say(ann.end(id))).ok);
  const over = await say(ann.join(id, "listener"));
  assert(!over.ok && over.status === 409 && over.code === "ended");
});

Deno.test("anybody may list and read the keys", async () => {
  const { world, say, ann } = await scene();
  const made = await say(ann.create(ASKED));
  assert(made.ok);
  const listed = await say(listBroadcasts({ limit: 5 }));
  assert(listed.ok);
  assert.deepEqual(listed.value.map(({ id }) => id), [made.value.id]);
  assert.deepEqual(await say(readKeys()), { ok: true, value: world.tokens.jwks });
});

Deno.test("a long list is asked for page by page, and no more of it than is wanted", () => {
  const pageOf = (count: number, next?: string) =>
    answer(200, { broadcasts: Array(count).fill(LISTED), ...(next !== undefined && { next }) });
  const all = listBroadcasts({ q: "final", limit: 250 });
  const asked = [all.next(), all.next(pageOf(100, "0.100.a")), all.next(pageOf(100, "0.200.b"))];
  assert.deepEqual(asked.map(({ value }) => "path" in value! && value.path), [
    "v1/broadcasts?q=final&limit=100",
    "v1/broadcasts?q=final&limit=100&after=0.100.a",
    "v1/broadcasts?q=final&limit=50&after=0.200.b",
  ]);
  const end = all.next(pageOf(50, "0.250.c"));
  assert(end.done && end.value.ok && end.value.value.length === 250);
});

Deno.test("whatever a directory answers, it ends as a result with one line for people", () => {
  const { ann } = { ann: new DirectoryMember(identityOf(new Uint8Array(32), nodeCiphers), "Ann") };
  const replies: readonly (readonly [DirectoryReply, string, ExitCode])[] = [
    [{ kind: "away", reason: "it took too long" }, "away", ExitCode.noAnswer],
    [answer(200, "hello"), "garbled", ExitCode.failure],
    [answer(500, undefined), "garbled", ExitCode.failure],
    [answer(201, { challenge: 7 }), "garbled", ExitCode.failure],
    [problem(403, "not-a-member"), "refused", ExitCode.rejected],
    [problem(409, "no-host"), "refused", ExitCode.noAnswer],
    [problem(429, "too-many"), "refused", ExitCode.failure],
  ];
  for (const [reply, kind, code] of replies) {
    const talk = ann.join("0123456789abcdef", "listener");
    talk.next();
    const end = talk.next(reply);
    assert(end.done && !end.value.ok);
    assert.equal(end.value.kind, kind);
    const error = explainFailure(end.value, "http://127.0.0.1:8090/", "KEY");
    assert(error instanceof CommandError);
    assert.equal(error.exitCode, code);
    assert(!["\n", "\x1b"].some((text) => error.message.includes(text)));
    assert(error.message.includes("127.0.0.1:8090"));
    assert.equal(error.message.includes("KEY"), reply.kind === "answer" && reply.status === 403);
  }
});

function answer(status: number, body: unknown): DirectoryReply {
  return { kind: "answer", status, body };
}

function problem(status: number, code: string): DirectoryReply {
  const detail = "no\n\x1b[2J way";
  return answer(status, { type: "urn:x", title: "No", status, detail, code, instance: "urn:y" });
}

Deno.test("an address of a directory is http or https, without a password, and ends with a slash", () => {
  const good: readonly (readonly [string, string, string])[] = [
    ["http://127.0.0.1:8090", "http://127.0.0.1:8090/", "127.0.0.1:8090"],
    [" https://directory.example ", "https://directory.example/", "directory.example:443"],
    ["http://[::1]:8090/below", "http://[::1]:8090/below/", "[::1]:8090"],
  ];
  for (const [text, url, place] of good) {
    assert.equal(parseDirectoryAddress(text), url);
    assert.equal(placeOfDirectory(url), place);
  }
  const bad = ["", "127.0.0.1:8090", "ftp://a/", "http://a:b@c/", "http://a/?q", "http://a/#b"];
  for (const text of bad) assert.equal(parseDirectoryAddress(text), undefined, text);
});

Deno.test("who gives no name has one that is always the same", () => {
  assert.equal(guestName("-_ab-cdEF"), "Guest abcd");
});

/** What comes of a conversation with something that answers like this. */
function answered<Value>(conversation: Conversation<Value>, answers: readonly unknown[]) {
  let step = conversation.next();
  for (const [index, body] of answers.entries()) {
    assert(!step.done, `it asks no more than ${index} times`);
    const status = step.value.method === "GET" ? 200 : 201;
    step = conversation.next({ kind: "answer", status, body });
  }
  assert(step.done);
  return step.value;
}

const IN = [
  { challenge: "A".repeat(43), expiresAt: 1 },
  { accessToken: "a", expiresAt: 1, person: { id: "p", name: "Ann" } },
];
Deno.test("a hostile directory gives a broadcast no other id", async () => {
  const { ann } = await scene();
  const asked = { ...ASKED, id: "fedcba9876543210" };
  const made = answered(ann.create(asked), [...IN, LISTED]);
  assert(!made.ok && made.kind === "garbled");
});

Deno.test("a hostile directory makes nobody look up thousands of addresses, keys or broadcasts", async () => {
  const { ann } = await scene();
  const many = <One>(one: One) => Array<One>(1000).fill(one);
  const grant = { link: "", token: "t", hostKey: "A".repeat(43), expiresAt: 1 };
  const addresses = many("one.example:5004");
  const joined = answered(ann.join(LISTED.id, "listener"), [...IN, { ...grant, addresses }]);
  assert(!joined.ok && joined.kind === "garbled");
  const key = { kty: "OKP", crv: "Ed25519", x: "A".repeat(43), kid: "1", alg: "EdDSA", use: "sig" };
  const keys = answered(readKeys(), [{ keys: many(key) }]);
  assert(!keys.ok && keys.kind === "garbled");
  const listed = answered(listBroadcasts({}), [{ broadcasts: many(LISTED) }]);
  assert(!listed.ok && listed.kind === "garbled");
});
