import assert from "node:assert/strict";
import { SharedBytes } from "../../../../../server/origin/screen/io/shared_bytes.ts";

const MEBIBYTE = 1 << 20;

/** A stream of so many chunks of a mebibyte, each full of its number. */
function share(count: number, hasSecond = true) {
  let pulled = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (; pulled < count; pulled++) {
      yield await Promise.resolve(new Uint8Array(MEBIBYTE).fill(pulled));
    }
  }
  const shared = new SharedBytes(chunks(), hasSecond);
  return { shared, pulled: () => pulled };
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** @returns the numbers of the next chunks, at most `limit`. */
async function read(reader: Reader, limit = Infinity): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.length < limit) {
    const { done, value } = await reader.read();
    if (done) break;
    assert.equal(value[0], value.at(-1));
    numbers.push(value[0]!);
  }
  return numbers;
}

/** Lets all that can go on without a timer go on. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

const upTo = (count: number) => [...Array(count).keys()];

Deno.test("both read all bytes, each at its own pace", async () => {
  const { shared } = share(40);
  shared.beginSecond();
  const [first, second] = [shared.first.getReader(), shared.second.getReader()];
  assert.deepEqual(await read(first, 3), upTo(3));
  const all = await Promise.all([read(first), read(second)]);
  assert.deepEqual(all, [upTo(40).slice(3), upTo(40)]);
});

for (const isSecondAhead of [true, false]) {
  Deno.test(`the ${isSecondAhead ? "second" : "first"}, when ahead, waits for the other`, async () => {
    const { shared, pulled } = share(60);
    shared.beginSecond();
    const readers = [shared.first.getReader(), shared.second.getReader()];
    const [ahead, behind] = isSecondAhead ? readers.toReversed() : readers;
    let isOver = false;
    const reading = read(ahead!).then((numbers) => {
      isOver = true;
      return numbers;
    });
    await settle();
    const before = pulled();
    assert(before >= 16 && before <= 18, `${before} MiB were read`);
    assert.deepEqual(await read(behind!, 10), upTo(10));
    await settle();
    assert(pulled() > before && !isOver);
    assert.deepEqual(await read(behind!), upTo(60).slice(10));
    assert.deepEqual(await reading, upTo(60));
  });
}

Deno.test("nobody waits for a reader that has ended, or was never there", async () => {
  const { shared } = share(100);
  shared.beginSecond();
  const reading = read(shared.first.getReader());
  await settle();
  shared.endSecond();
  assert.deepEqual(await reading, upTo(100));
  const alone = share(100, false);
  assert.deepEqual(await read(alone.shared.first.getReader()), upTo(100));
  assert.deepEqual(await read(alone.shared.second.getReader()), []);
});

Deno.test("a reader that has not begun holds nobody up, and is dropped before it fills the memory", async () => {
  const { shared } = share(40);
  assert.deepEqual(await read(shared.first.getReader()), upTo(40));
  assert.deepEqual(await read(shared.second.getReader()), upTo(40));
  const long = share(100);
  assert.deepEqual(await read(long.shared.first.getReader()), upTo(100));
  assert.deepEqual(await read(long.shared.second.getReader()), []);
});
