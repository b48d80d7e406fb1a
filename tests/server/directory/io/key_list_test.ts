import assert from "node:assert/strict";
import { followKeyList, readKeyList } from "../../../../server/directory/io/key_list.ts";
import { CommandError } from "../../../../shared/core/errors.ts";
import { systemClock } from "../../../../shared/system/system_clock.ts";

const [ANN, BO] = ["A", "B"].map((letter) => `${letter.repeat(42)}A`);

class ListFile implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync();
  readonly path = `${this.#folder}/bans`;
  readonly file = { flag: "--bans", path: this.path } as const;

  write(text: string): void {
    Deno.writeTextFileSync(this.path, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("a list is read again after each change; while it can't be read the last one stays, which is said once", async () => {
  await using list = new ListFile();
  list.write(`${ANN}\n`);
  const ended = new AbortController();
  const [lists, problems]: [string[][], string[]] = [[], []];
  const following = followKeyList(list.file, {
    clock: systemClock,
    signal: ended.signal,
    onKeys: (keys) => lists.push([...keys]),
    onProblem: (text) => problems.push(text),
  });
  await until(() => lists.length === 1);
  list.write(`${ANN}\n${BO} # Bo\n`);
  await until(() => lists.length === 2);
  list.write("nonsense\n");
  await until(() => problems.length === 1);
  Deno.removeSync(list.path);
  await until(() => problems.length === 2);
  const other = `${list.path}.new`;
  Deno.writeTextFileSync(other, `${BO}\n`);
  Deno.renameSync(other, list.path);
  await until(() => lists.length === 3);
  ended.abort();
  await following;
  assert.deepEqual(lists, [[ANN], [ANN, BO], [BO]]);
  assert.match(problems[0]!, /^--bans .*line 1 is no public key.*The last valid content stays/);
  assert.match(problems[1]!, /does not exist/);
});

Deno.test("at the start a file that can't be used ends the program with its name", async () => {
  await using list = new ListFile();
  const refusal = async () => {
    const error = await readKeyList(list.file).catch((error) => error);
    assert(error instanceof CommandError && error.exitCode === 1, String(error));
    assert(error.message.startsWith(`--bans ${list.path}: `), error.message);
    return error.message;
  };
  assert.match(await refusal(), /does not exist; make it first/);
  list.write(`# all\n${ANN}\nhunter2\n`);
  assert.match(await refusal(), /line 3 is no public key/);
  assert(!(await refusal()).includes("hunter2"));
  Deno.removeSync(list.path);
  Deno.mkdirSync(list.path);
  assert.match(await refusal(), /is not a file of public keys/);
});
