import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import { parse } from "@optique/core/parser";
import { readTokenRegister } from "../../../server/tokens/io/token_file.ts";
import { parseTokenRegister } from "../../../server/tokens/token_register.ts";
import { TokenReader } from "../../../server/tokens/token_signing.ts";
import { tokenArguments } from "../../../server/command/token_arguments.ts";
import {
  formatTime,
  formatTokenTable,
  manageTokens,
} from "../../../server/command/token_command.ts";
import { CommandError } from "../../../shared/core/errors.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { ManualWallClock } from "../../fakes/manual_wall_clock.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { START } from "../kit.ts";
import stringWidth from "string-width";

/** A desk where tokens are made, in a folder that is gone when it goes out of scope. */
class Desk implements Disposable {
  readonly folder = Deno.makeTempDirSync();
  readonly file = `${this.folder}/tokens.json`;
  readonly clock = new ManualClock(START);
  readonly wallClock = new ManualWallClock(this.clock);
  readonly #rng = new SeededRng(5);

  /** @returns what was printed. */
  async run(...args: string[]): Promise<string> {
    const [action = "", ...rest] = args;
    const result = parse(tokenArguments, [action, "--tokens", this.file, ...rest]);
    if (!result.success) throw new Error(formatMessage(result.error));
    const terminal = new FakeTerminal();
    const machine = { wallClock: this.wallClock, rng: this.#rng };
    assert.equal(await manageTokens(result.value, machine, terminal), 0);
    assert.equal(terminal.errors, "");
    return terminal.written;
  }

  async refusal(...args: string[]): Promise<string> {
    const error = await this.run(...args).then(() => undefined, (error) => error);
    assert(error instanceof Error);
    return error instanceof CommandError ? `${error.exitCode} ${error.message}` : error.message;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("make prints the token alone, which says what was asked for", async () => {
  using desk = new Desk();
  const printed = await desk.run(
    "make",
    "--name",
    "Ann Lee",
    "--seats",
    "3",
    "--role",
    "reporter",
    "--not-before",
    "2025-11-20T00:00Z",
    "--expires",
    "3h",
  );
  assert.match(printed, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const { publicKey, tokens } = await readTokenRegister(desk.file);
  const pass = await (await TokenReader.open(publicKey)).read(printed.trim());
  const [entry] = tokens;
  assert.deepEqual(pass, {
    id: entry!.id,
    issuer: publicKey,
    name: "Ann Lee",
    role: "reporter",
    seats: 3,
    notBefore: Date.UTC(2025, 10, 20),
    expiresAt: START + 3 * 3_600_000,
  });
  const { issuer: _, ...remembered } = pass!;
  assert.deepEqual(entry, { ...remembered, issuedAt: START });
});

Deno.test("list shows everything except the tokens", async () => {
  using desk = new Desk();
  const secrets = [
    await desk.run("make", "--name", "Ann", "--expires", "1h"),
    await desk.run("make", "--name", "Bernadette", "--seats", "20", "--not-before", "2h"),
  ];
  await desk.run("revoke", "Ann");
  const table = await desk.run("list");
  const [head, ann, bernadette, ...rest] = table.trimEnd().split("\n");
  assert.deepEqual(rest, []);
  assert.match(ann!, /^Ann +listener +1 +revoked/);
  assert.match(bernadette!, /^Bernadette +listener +20 +not yet valid/);
  const columns = [head, ann, bernadette].map((row) => row!.lastIndexOf("  ") + 2);
  assert.equal(new Set(columns).size, 1, "ids are aligned");
  const lines = (await desk.run("list", "--json")).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  assert.deepEqual(lines.map(({ name, state }) => [name, state]), [
    ["Ann", "revoked"],
    ["Bernadette", "not yet valid"],
  ]);
  const { privateKey } = await readTokenRegister(desk.file);
  for (
    const secret of [...secrets.flatMap((token) => token.trim().split(".").slice(1)), privateKey!]
  ) {
    assert(!table.includes(secret) && !JSON.stringify(lines).includes(secret));
  }
});

Deno.test("names in any script leave the columns aligned", async () => {
  using desk = new Desk();
  const names = ["Ann", "東京 太郎", "김민수", "⚽ Bo", "Jose\u0301"];
  for (const name of names) await desk.run("make", "--name", name);
  const rows = (await desk.run("list")).trimEnd().split("\n");
  const columns = rows.map((row) => stringWidth(row.slice(0, row.lastIndexOf("  ") + 2)));
  assert.deepEqual(new Set(columns).size, 1, rows.join("\n"));
});

Deno.test("a time has its zone, and can be given to --expires", () => {
  using desk = new Desk();
  const now = desk.wallClock.now();
  const text = formatTime(now);
  assert.match(text, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d$/);
  assert.equal(
    Date.parse(text.replace(" ", "T").replace(" ", "")),
    Math.floor(now / 1000) * 1000,
  );
  assert.equal(formatTime(undefined), "-");
});

Deno.test("where the table is too wide, each token's times and id have lines of their own", async () => {
  using desk = new Desk();
  for (const name of ["Ann", "東京 太郎"]) {
    await desk.run("make", "--name", name, "--expires", "3h");
  }
  const { tokens } = await readTokenRegister(desk.file);
  const lines = formatTokenTable(tokens, desk.wallClock.now(), 50).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => line.trim().split(" ")[0]), [
    ...["Name", "Ann", "from", "until", "id"],
    ...["東京", "from", "until", "id"],
  ]);
  for (const line of lines) assert(stringWidth(line) <= 50, line);
});

Deno.test("revoke takes a name or an id, says whose it was, and again changes nothing", async () => {
  using desk = new Desk();
  for (const name of ["Ann", "Bo", "Ann"]) await desk.run("make", "--name", name);
  const { tokens } = await readTokenRegister(desk.file);
  assert.equal(await desk.run("revoke", tokens[1]!.id), `Revoked Bo (${tokens[1]!.id})\n`);
  await desk.clock.advance(1000);
  assert.equal((await desk.run("revoke", "Ann")).split("Revoked Ann").length, 3);
  assert.match(await desk.run("revoke", "Bo"), /before/);
  const revoked = (await readTokenRegister(desk.file)).tokens.map(({ revokedAt }) => revokedAt);
  assert.deepEqual(revoked, [START + 1000, START, START + 1000]);
  assert.match(await desk.refusal("revoke", "Cleo"), /^1 .*no token of that name or id/);
});

Deno.test("export prints a copy that makes no tokens, and a host's copy is refused for that", async () => {
  using desk = new Desk();
  await desk.run("make", "--name", "Ann");
  const copy = await desk.run("export");
  assert.equal(parseTokenRegister(copy)!.privateKey, undefined);
  assert.equal(parseTokenRegister(copy)!.tokens.length, 1);
  await Deno.writeTextFile(desk.file, copy);
  assert.match(await desk.refusal("make", "--name", "Bo"), /^2 .*copy/);
});

Deno.test("what makes no sense is refused, and leaves no token behind", async () => {
  using desk = new Desk();
  assert.match(await desk.refusal("make", "--name", "Ann", "--expires", "0s"), /^2 --expires/);
  assert.match(
    await desk.refusal("make", "--name", "Ann", "--not-before", "3h", "--expires", "2h"),
    /^2 --expires.*--not-before/,
  );
  assert.match(await desk.refusal("make", "--name", "A\u0007"), /character/);
  assert.match(await desk.refusal("make", "--name", " "), /character/);
  assert.match(await desk.refusal("make", "--name", "x".repeat(65)), /64/);
  assert.match(await desk.refusal("make", "--name", "x", "--expires", "2026-13-01"), /2026-13-01/);
  assert.match(await desk.refusal("make", "--name", "x", "--seats", "0"), /seats|1/);
  assert.match(await desk.refusal("make", "--name", "x", "--role", "owner"), /owner/);
  assert.match(await desk.refusal("make"), /--name/);
  assert.match(await desk.refusal("list"), /^1 .*streamer token make/);
});
