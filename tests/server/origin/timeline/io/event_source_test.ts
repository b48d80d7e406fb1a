import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  nameEventSource,
  openEventSource,
} from "../../../../../server/origin/timeline/io/event_source.ts";
import type { TimelineStep } from "../../../../../server/origin/timeline/new_event.ts";
import { CommandError } from "../../../../../shared/core/errors.ts";
import { inAllEncodings, utf16 } from "../../../../shared/text/encodings.ts";

const never = new AbortController().signal;

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function collect(steps: AsyncIterable<TimelineStep>): Promise<TimelineStep[]> {
  return await Array.fromAsync(steps);
}

Deno.test("reads a file to its end, saying what was wrong on the way", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "match.ndjson");
    await Deno.writeTextFile(path, '{"type":"goal","origin":"home"}\noops\n{"type":1}');
    const problems: string[] = [];
    const steps = await openEventSource(path, {
      match: { home: "A", away: "B" },
      language: "pt",
      signal: never,
      onProblem: (problem) => problems.push(problem),
    });
    const read = await collect(steps);
    assert.deepEqual(read.map(({ score, event }) => [score, event.title]), [
      ["1 x 0", "Gol"],
      ["1 x 0", "Falta"],
    ]);
    assert.deepEqual(problems, ["line 2: not a JSON object, skipped"]);
  });
});

Deno.test("events are read in whatever encoding they were saved", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "match.ndjson");
    const text = '{"type":"goal","content":"Grêmio ⚽"}\r\n{"type":1,"content":"no newline"}';
    for (const [name, bytes] of inAllEncodings(text)) {
      await Deno.writeFile(path, bytes);
      const read = await collect(await openEventSource(path, silent()));
      const contents = read.map(({ content, position }) => [content, position]);
      assert.deepEqual(contents, [["Grêmio ⚽", 1], ["no newline", 2]], name);
    }
  });
});

Deno.test("lines of another encoding are reported as such", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "match.ndjson");
    const first = new TextEncoder().encode('{"type":1}\n');
    // `>>` in PowerShell adds UTF-16 to a file in UTF-8.
    await Deno.writeFile(path, Uint8Array.of(...first, ...utf16('{"type":1}\r\n')));
    const problems: string[] = [];
    const onProblem = (text: string) => problems.push(text);
    assert.equal(
      (await collect(await openEventSource(path, { signal: never, onProblem }))).length,
      1,
    );
    assert.deepEqual(problems, [
      "line 2: not UTF-8 text, skipped",
      "line 3: not UTF-8 text, skipped",
    ]);
  });
});

Deno.test("an empty file holds no events", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "empty.ndjson");
    await Deno.writeTextFile(path, "");
    assert.deepEqual(await collect(await openEventSource(path, silent())), []);
  });
});

Deno.test("a reader that stops early leaves no file open", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "long.ndjson");
    await Deno.writeTextFile(path, '{"type":1}\n'.repeat(100_000));
    let count = 0;
    for await (const _step of await openEventSource(path, silent())) if (++count === 10) break;
    assert.equal(count, 10);
  });
});

Deno.test("an abort ends the reading", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "long.ndjson");
    await Deno.writeTextFile(path, '{"type":1}\n'.repeat(100_000));
    const stopping = new AbortController();
    let count = 0;
    for await (const _step of await openEventSource(path, silent(stopping.signal))) {
      if (++count === 10) stopping.abort();
    }
    assert.ok(count < 100_000, `${count}`);
  });
});

Deno.test("a file that is missing, or a folder, is one line that names it", async () => {
  await withFolder(async (folder) => {
    const missing = join(folder, "missing.ndjson");
    for (const [path, expected] of [[missing, /no such file/], [folder, /is a folder/]] as const) {
      await assert.rejects(openEventSource(path, silent()), (error: unknown) => {
        assert.ok(error instanceof CommandError);
        assert.match(error.message, expected);
        assert.ok(error.message.includes(`--events ${path}`));
        assert.ok(!error.message.includes("\n"));
        return true;
      });
    }
  });
});

Deno.test({
  name:
    "a pipe is waited for only when it is read, as long as nobody aborts, and has no name of its own",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const pipe = join(folder, "pipe");
      assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
      assert.equal(nameEventSource(pipe), undefined);
      const stopping = new AbortController();
      const said = Promise.withResolvers<string>();
      const waiting = { ...silent(stopping.signal), onWaiting: said.resolve };
      const steps = collect(await openEventSource(pipe, waiting));
      assert.match(await said.promise, /^--events .*pipe waits for a program that writes/);
      stopping.abort();
      assert.deepEqual(await steps, []);
      const unheard = { ...silent(), onWaiting: () => {} };
      const read = collect(await openEventSource(pipe, unheard));
      await Deno.writeTextFile(pipe, '{"type":1}\n');
      assert.equal((await read).length, 1);
    }),
});

Deno.test("standard input is read as it arrives, before it ends", async () => {
  const root = new URL("../../../../../", import.meta.url);
  const program = `
    import { nameEventSource, openEventSource } from "${
    new URL("server/origin/timeline/io/event_source.ts", root).href
  }";
    const options = { signal: new AbortController().signal, onProblem: () => {} };
    for await (const { content } of await openEventSource("-", options)) console.log(content);
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--config", fileURLToPath(new URL("deno.json", root)), program],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const line = (content: string) =>
    new TextEncoder().encode(JSON.stringify({ type: 17, content }) + "\n");
  for (const content of ["first", "second"]) {
    await input.write(line(content));
    assert.equal((await output.read()).value, content + "\n");
  }
  await input.close();
  assert.ok((await output.read()).done);
  assert.ok((await child.status).success);
});

function silent(signal = never) {
  return { signal, onProblem: () => {} };
}
