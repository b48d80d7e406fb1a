import assert from "node:assert/strict";
import { DirectoryMember } from "../../shared/directory/directory_member.ts";
import { converse } from "../../shared/system/http/directory_calls.ts";
import { findIdentity } from "../../shared/system/identity/identity_file.ts";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { sleep } from "./fixtures.ts";
import { Town } from "./town.ts";

Deno.test("a host is found and joined by its words or its link, each with a token of one's own that nobody else can use", async () => {
  await using town = new Town();
  await town.directory();
  assert.deepEqual(await town.find("flamengo"), []);
  const { host, id } = await town.serve("--simulate", "--title", "The final", "--capacity", "7");
  const [found, ...others] = await town.find("flamengo");
  assert.deepEqual(others, []);
  assert.deepEqual(Object.keys(found!), [
    ...["kind", "id", "title", "sport", "home", "away", "state", "score", "clock"],
    ...["seatsFree", "startsAt"],
  ]);
  assert.deepEqual([found!.id, found!.title, found!.home, found!.sport], [
    id,
    "The final",
    "Flamengo",
    "football",
  ]);
  const searched = ["--search", "Santos", "--directory", town.url];
  const bo = town.listen("Bo", ...searched);
  assert.equal((await bo.line("joined")).secrecy, "linked");
  const link = `streamer://${new URL(town.url).host}/?b=${id}`;
  await town.listen("Cleo", link).line("joined");
  const names = ["Bo", "Cleo"];
  for (const name of names) await host.line("listener-joined", (line) => line.name === name);
  await until(async () => (await town.find("final"))[0]?.seatsFree === 5);
  const { token, link: whole } = await joinAs(town, "Bo", id);
  const refused = await town.fails(3, "listen", whole, ...town.who("Cleo"), "--no-play");
  assert.match(refused, /another identity.*--identity FILE/);
  assert(!refused.includes(token));
  await town.listen("Bo", whole).line("joined");
  assert.match(
    await town.fails(1, "listen", "--search", "Vasco", "--directory", town.url),
    /"Vasco"/,
  );
  host.kill("SIGINT");
  await host.end(0);
  assert.deepEqual(await town.find("flamengo"), []);
});

Deno.test("a host that moved is found again, and the directory is killed without anybody in the broadcast noticing", async () => {
  await using town = new Town();
  const directory = await town.directory();
  const kept = ["--simulate", "--db", town.file("match.db")];
  const first = await town.serve(...kept);
  const bo = town.listen("Bo", "--search", "flamengo", "--directory", town.url);
  await bo.line("joined");
  directory.kill("SIGKILL");
  await directory.finished;
  const before = bo.lines.length;
  await bo.until(() => bo.lines.filter(({ kind }) => kind === "event").length > 12, "events");
  assert(bo.lines.slice(before).every(({ state }) => state !== "rejoining"));
  first.host.kill("SIGKILL");
  await first.host.finished;
  // It has an id by now, so it need not wait for the directory.
  const second = await town.serve(...kept);
  assert.equal(second.id, first.id);
  const notice = /No answer from the directory.*goes on/;
  await second.host.until(() => notice.test(second.host.stderr), "word of the directory");
  assert.notEqual(second.port, first.port);
  await town.directory();
  const again = await bo.line("joined", ({ again }) => again);
  assert.equal(again.server.port, second.port);
});

Deno.test("a directory that is not there, or is given beside --plain, is one line and a code of its own", async () => {
  await using town = new Town();
  await town.directory();
  const away = "http://127.0.0.1:1/";
  const identity = town.who("Ann");
  const who = ["--directory", away, ...identity];
  assert.match(await town.fails(4, "serve", "--port", "0", "--simulate", ...who), /127\.0\.0\.1:1/);
  const taken = await town.serve("--simulate");
  const port = ["serve", "--host", "127.0.0.1", "--port", String(taken.port), "--simulate"];
  const also = ["--directory", town.url, "--title", "Another", ...identity];
  assert.match(await town.fails(1, ...port, ...also), /in use/);
  assert.deepEqual((await town.find()).map(({ id }) => id), [taken.id]);
  assert.match(await town.fails(4, "find", "x", "--directory", away), /--directory/);
  assert.match(await town.fails(4, "listen", "--search", "x", ...who), /--directory/);
  const plain = ["--plain", "--directory", town.url];
  assert.match(await town.fails(2, "serve", "--port", "0", "--simulate", ...plain), /--plain/);
  assert.match(await town.fails(2, "serve", "--title", "Final"), /--directory URL/);
  assert.match(await town.fails(2, "listen", "--search", "x"), /--directory URL/);
  const unknown = `streamer://${new URL(town.url).host}/?b=0123456789abcdef`;
  assert.match(await town.fails(1, "listen", unknown, ...identity), /no such broadcast/);
});

/** What the directory gives somebody for a broadcast. */
async function joinAs(town: Town, name: string, id: string) {
  const path = town.file(`${name}.json`);
  const identity = await findIdentity({ path, machine: systemMachine });
  const member = new DirectoryMember(identity!, name);
  const granted = await converse(member.join(id, "listener"), { url: town.url });
  assert(granted.ok);
  return granted.value;
}

/** The directory learns of seats with the next heartbeat. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!await condition()) await sleep(500);
}
