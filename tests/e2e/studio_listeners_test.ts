import assert from "node:assert/strict";
import { Club } from "./club.ts";
import type { CrowdMember } from "./crowd_program.ts";
import { COMMENTARY_MP3, sleep } from "./fixtures.ts";
import { ScriptedPage, startStudio, STUDIO, until } from "./studio_client.ts";

Deno.test("20 listeners in the table; one is put out: silent within a second, the others undisturbed", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, link, studio } = await startStudio(opened, [
    ...STUDIO,
    ...["--audio", COMMENTARY_MP3, "--loop"],
  ]);
  const crowd = opened.use(new Crowd(link, 20));
  await until(() => crowd.members.filter(({ frames }) => frames > 0).length === 20, "sound at all");
  const page = opened.use(await ScriptedPage.open(studio));
  const { rows, total } = await page.hear("listeners", ({ rows }) => rows.length === 20);
  assert.equal(total, 20);
  const names = (rows: readonly { readonly name?: string | undefined }[]) =>
    rows.map(({ name }) => name).sort();
  assert.deepEqual(names(rows), names(crowd.members));
  const out = rows.find(({ name }) => name === "listener 7")!;
  page.say({ kind: "put-out", id: "put-1", listener: out.id });
  await page.hear("answer", ({ id, ok }) => id === "put-1" && ok);
  const left = await host.line("listener-left");
  assert.deepEqual([left.id, left.reason], [out.id, "put-out"]);
  const findOut = () => crowd.members.find(({ name }) => name === "listener 7")!;
  await until(() => findOut().refusal !== undefined, "word of it at the listener");
  const before = crowd.members;
  assert.match(findOut().refusal!, /put you out/);
  await page.hear("listeners", ({ rows }) => rows.length === 19);
  const heardOf = (one: CrowdMember, index: number) => one.frames - before[index]!.frames;
  await until(
    () => crowd.members.every((one, index) => one.refusal || heardOf(one, index) > 50),
    "sound at all others",
  );
  for (const [index, one] of crowd.members.entries()) {
    if (one.name === out.name) assert.equal(heardOf(one, index), 0, "nothing comes any more");
    else assert.deepEqual([one.refusal, one.reconnects], [undefined, 0]);
  }
});

/** Listeners in a process of their own. */
class Crowd implements AsyncDisposable {
  /** As the last line told. */
  members: readonly CrowdMember[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  constructor(link: string, count: number) {
    const program = new URL("crowd_program.ts", import.meta.url).href;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", program, link, String(count)],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#reading;
    await this.#process.status;
  }

  async #read(): Promise<void> {
    const lines = this.#process.stdout.pipeThrough(new TextDecoderStream());
    let text = "";
    for await (const chunk of lines) {
      const whole = (text + chunk).split("\n");
      text = whole.pop()!;
      const last = whole.at(-1);
      if (last !== undefined) this.members = JSON.parse(last);
    }
  }
}

/** A broadcast of the club, which Ann has joined with a token of her own. */
async function joinWithToken(club: Club) {
  const ann = await club.make("Ann");
  const { host, port } = await club.serve(...STUDIO, "--simulate");
  const { studio } = await host.line("ready");
  const listener = club.listen(port, ann);
  await listener.line("joined");
  return { ann, port, listener, studio };
}

Deno.test("a listener's own token is revoked in its file when the host asks, and it can't come back", async () => {
  await using club = new Club();
  const { ann, port, listener, studio } = await joinWithToken(club);
  await using page = await ScriptedPage.open(studio);
  assert.equal((await page.hear("studio")).tokens, "own");
  const { rows: [row] } = await page.hear("listeners", ({ rows }) => rows.length === 1);
  assert.deepEqual([row!.tokenName, row!.hasOwnToken], ["Ann", true]);
  page.say({ kind: "put-out", id: "1", listener: row!.id, isTokenRevoked: true });
  const answer = await page.hear("answer", ({ id }) => id === "1");
  assert.equal(answer.ok, true, answer.text);
  await listener.end(3);
  assert.match(await club.token("list"), /Ann.*revoked/);
  const again = club.listen(port, ann);
  await again.end(3);
});

Deno.test("while another program keeps the tokens locked, who revokes one is told, and it is revoked later", async () => {
  await using club = new Club();
  const { listener, studio } = await joinWithToken(club);
  await using page = await ScriptedPage.open(studio);
  const { rows: [row] } = await page.hear("listeners", ({ rows }) => rows.length === 1);
  {
    using file = await Deno.open(club.register, { read: true, write: true });
    await file.lock(true);
    page.say({ kind: "put-out", id: "1", listener: row!.id, isTokenRevoked: true });
    const { ok, text } = await page.hear("answer", ({ id }) => id === "1");
    assert.equal(ok, false);
    assert.match(text!, /Put out, but.*not revoked.*another program keeps .* locked/);
  }
  await listener.end(3);
  while (!/Ann.*revoked/.test(await club.token("list"))) await sleep(100);
});
