import assert from "node:assert/strict";
import {
  changeTokenRegister,
  followTokenRegister,
  makeTokenRegister,
  readTokenRegister,
} from "../../../../server/tokens/io/token_file.ts";
import {
  publicPart,
  revokeTokens,
  serializeTokenRegister,
  type TokenRegister,
} from "../../../../server/tokens/token_register.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import { CommandError } from "../../../../shared/core/errors.ts";
import { entry } from "../token_kit.ts";

async function withFile(body: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/tokens.json`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const add = (id: number) => (register: TokenRegister) => ({
  ...register,
  tokens: [...register.tokens, entry({ id: id.toString(16).padStart(16, "0") })],
});

async function complaint(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined, (error) => error);
  assert(error instanceof CommandError);
  assert(!error.message.includes("\n"));
  return error.message;
}

Deno.test("several processes at once lose no entry, make one key pair, and leave one file", async () => {
  await withFile(async (path, folder) => {
    const numbers = Array.from({ length: 25 }, (_, index) => index);
    await Promise.all(numbers.map((id) => changeTokenRegister(path, add(id), makeTokenRegister)));
    const { tokens } = await readTokenRegister(path);
    assert.deepEqual(tokens.map(({ id }) => parseInt(id, 16)).sort((a, b) => a - b), numbers);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["tokens.json"]);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  });
});

Deno.test("a change that fails leaves the file as it was, and releases the lock", async () => {
  await withFile(async (path, folder) => {
    await changeTokenRegister(path, add(1), makeTokenRegister);
    const before = await Deno.readTextFile(path);
    const failing = changeTokenRegister(path, () => {
      throw new CommandError(2, "no");
    });
    assert.equal(await complaint(failing), "no");
    assert.equal(await Deno.readTextFile(path), before);
    assert.equal([...Deno.readDirSync(folder)].length, 1);
    await changeTokenRegister(path, add(2));
    assert.equal((await readTokenRegister(path)).tokens.length, 2);
  });
});

Deno.test("a file without a register is refused, with what to do", async () => {
  await withFile(async (path, folder) => {
    assert.match(await complaint(readTokenRegister(path)), /tokens\.json.*streamer token make/);
    assert.match(await complaint(changeTokenRegister(path, add(1))), /streamer token make/);
    assert.match(await complaint(readTokenRegister(folder)), /not a file/);
    await Deno.writeTextFile(path, "{}", { mode: 0o600 });
    assert.match(await complaint(readTokenRegister(path)), /not a file of tokens/);
    assert.match(
      await complaint(changeTokenRegister(path, add(1), makeTokenRegister)),
      /not a file/,
    );
    assert.equal(await Deno.readTextFile(path), "{}");
    const nowhere = changeTokenRegister(`${folder}/no/t.json`, add(1), makeTokenRegister);
    assert.match(await complaint(nowhere), /no\/t\.json/);
  });
});

Deno.test({
  name: "a private key that others can read is refused, a host's copy is not",
  fn: () =>
    withFile(async (path) => {
      const register = await makeTokenRegister();
      await Deno.writeTextFile(path, serializeTokenRegister(register));
      await Deno.chmod(path, 0o640);
      assert.match(await complaint(readTokenRegister(path)), /chmod it to 600/);
      await Deno.writeTextFile(path, serializeTokenRegister(publicPart(register)));
      assert.deepEqual(await readTokenRegister(path), publicPart(register));
    }),
});

/** A clock whose sleeper wakes when the test has changed the file. */
class Turns implements Clock {
  #wake: () => void = () => {};
  #asleep: () => void = () => {};
  slept = new Promise<void>((resolve) => this.#asleep = resolve);

  now(): number {
    return 0;
  }

  sleepUntil(_deadline: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
      this.#asleep();
    });
  }

  giveWay(): Promise<void> {
    return Promise.resolve();
  }

  /** Wakes the follower for one look at the file, and waits until it sleeps again. */
  async next(): Promise<void> {
    await this.slept;
    this.slept = new Promise((resolve) => this.#asleep = resolve);
    this.#wake();
    await this.slept;
  }
}

Deno.test("each change is noticed; while the file is invalid the last register holds, reported once", async () => {
  await withFile(async (path) => {
    await changeTokenRegister(path, add(1), makeTokenRegister);
    const clock = new Turns();
    const stopping = new AbortController();
    const problems: string[] = [];
    const seen: TokenRegister[] = [];
    const onProblem = (text: string) => problems.push(text);
    const following = (async () => {
      const options = { clock, signal: stopping.signal, onProblem };
      for await (const register of followTokenRegister(path, options)) seen.push(register);
    })();
    await clock.next();
    assert.equal(seen.length, 1, "as it is at the start, and nothing while nothing changes");
    await changeTokenRegister(path, (register) => revokeTokens(register, "Ann", 77));
    await clock.next();
    assert.equal(seen.length, 2);
    assert.equal(seen[1]!.tokens[0]!.revokedAt, 77);
    const good = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, good.slice(0, 50));
    for (let turn = 0; turn < 3; turn++) await clock.next();
    await Deno.remove(path);
    for (let turn = 0; turn < 3; turn++) await clock.next();
    assert.equal(seen.length, 2);
    assert.equal(problems.length, 2);
    assert(problems.every((text) => text.includes(path) && text.includes("stays in force")));
    await Deno.writeTextFile(path, good, { mode: 0o600 });
    await clock.next();
    assert.equal(seen.length, 3);
    stopping.abort();
    await following;
  });
});
