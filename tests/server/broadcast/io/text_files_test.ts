import assert from "node:assert/strict";
import {
  readTokens as readTokensOf,
  writeSessionDescription,
} from "../../../../server/broadcast/io/text_files.ts";
import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import { inAllEncodings, utf16 } from "../../../shared/text/encodings.ts";

const VARIABLE = "STREAMER_TOKEN";

function readTokens(options: Parameters<typeof readTokensOf>[0]): Promise<string[]> {
  return readTokensOf(options, { signal: new AbortController().signal });
}

/** Runs `body` with a folder of its own and the variable as given. */
async function withFolder(
  variable: string | undefined,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const before = Deno.env.get(VARIABLE);
  const folder = await Deno.makeTempDir();
  const set = (value?: string) =>
    value === undefined ? Deno.env.delete(VARIABLE) : Deno.env.set(VARIABLE, value);
  try {
    set(variable);
    await body(folder);
  } finally {
    set(before);
    await Deno.remove(folder, { recursive: true });
  }
}

function oneLine(exitCode: ExitCode, wanted: RegExp) {
  return (error: unknown) => {
    assert(error instanceof CommandError);
    assert.equal(error.exitCode, exitCode);
    assert.match(error.message, wanted);
    return !error.message.includes("\n");
  };
}

Deno.test("tokens come from flags and file together, else from the environment", async () => {
  await withFolder("from environment", async (folder) => {
    const file = `${folder}/tokens`;
    await Deno.writeTextFile(file, "\n one \r\ntwo\n\n");
    assert.deepEqual(await readTokens({ tokens: ["given"], tokenFile: file }), [
      "given",
      "one",
      "two",
    ]);
    assert.deepEqual(await readTokens({ tokens: ["given"] }), ["given"]);
    assert.deepEqual(await readTokens({ tokens: [] }), ["from environment"]);
  });
  await withFolder("from environment", async () => {
    assert.deepEqual(await readTokens({ tokens: [], signedTokens: "tokens.json" }), []);
  });
  await withFolder(undefined, async () => assert.deepEqual(await readTokens({ tokens: [] }), []));
});

Deno.test("a token file is read in whatever encoding it was saved, or said to be in none", async () => {
  await withFolder(undefined, async (folder) => {
    const file = `${folder}/tokens.txt`;
    for (const [name, bytes] of inAllEncodings("one\r\nGrêmio 2\r\n")) {
      await Deno.writeFile(file, bytes);
      assert.deepEqual(
        await readTokens({ tokens: [], tokenFile: file }),
        ["one", "Grêmio 2"],
        name,
      );
    }
    await Deno.writeFile(file, utf16("one\r\n"));
    const reading = readTokens({ tokens: [], tokenFile: file });
    await assert.rejects(reading, oneLine(ExitCode.failure, /tokens\.txt .*save it as UTF-8/));
  });
});

Deno.test("a token file that is missing, empty or a folder is reported in one line", async () => {
  await withFolder(undefined, async (folder) => {
    const missing = `${folder}/missing`;
    const empty = `${folder}/empty`;
    await Deno.writeTextFile(empty, " \n");
    await assert.rejects(
      readTokens({ tokens: [], tokenFile: missing }),
      oneLine(ExitCode.failure, /--token-file .*missing.*no such/),
    );
    await assert.rejects(
      readTokens({ tokens: [], tokenFile: empty }),
      oneLine(ExitCode.failure, /is empty/),
    );
    await assert.rejects(
      readTokens({ tokens: [], tokenFile: folder }),
      oneLine(ExitCode.failure, /--token-file/),
    );
  });
});

Deno.test({
  name: "a token file that leads to a device without an end is refused, and not read for ever",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(undefined, async (folder) => {
      const tokenFile = `${folder}/tokens`;
      await Deno.symlink("/dev/zero", tokenFile);
      const wanted = oneLine(
        ExitCode.failure,
        /tokens is too long for a token file$/,
      );
      await assert.rejects(readTokens({ tokens: [], tokenFile }), wanted);
    }),
});

Deno.test("tokens from a shell are read without the ends of their lines, and refused when garbled", async () => {
  await withFolder("from environment\r", async () => {
    assert.deepEqual(await readTokens({ tokens: ["given\r\n"] }), ["given"]);
    assert.deepEqual(await readTokens({ tokens: [] }), ["from environment"]);
    await assert.rejects(
      readTokens({ tokens: ["\ufffd\ufffdgiven"] }),
      oneLine(ExitCode.usage, /^The token is garbled(?!.*given).*--token-file/),
    );
  });
});

Deno.test("a token that no listener could send is refused, and not shown", async () => {
  const token = "x".repeat(701);
  await withFolder(undefined, async () => {
    await assert.rejects(readTokens({ tokens: [token] }), (error) => {
      assert(error instanceof CommandError);
      return error.exitCode === ExitCode.usage && !error.message.includes("xxx");
    });
  });
});

Deno.test("a session description is written, or the error names its path", async () => {
  await withFolder(undefined, async (folder) => {
    await writeSessionDescription(`${folder}/a.sdp`, "v=0\r\n");
    assert.equal(await Deno.readTextFile(`${folder}/a.sdp`), "v=0\r\n");
    const nowhere = `${folder}/no/a.sdp`;
    await assert.rejects(
      writeSessionDescription(nowhere, ""),
      oneLine(ExitCode.failure, /--sdp .*choose another path/),
    );
  });
});

Deno.test("a session description replaces an earlier one, and nothing else", async () => {
  await withFolder(undefined, async (folder) => {
    const path = `${folder}/a.sdp`;
    for (const text of ["v=0\r\ns=longer\r\n", "v=0\r\n"]) {
      await writeSessionDescription(path, text);
      assert.equal(await Deno.readTextFile(path), text);
    }
    const source = `${folder}/match.mp3`;
    await Deno.writeTextFile(source, "ID3 sound");
    await assert.rejects(
      writeSessionDescription(source, "v=0\r\n"),
      oneLine(ExitCode.failure, /--sdp .*match\.mp3 exists.*name another file/),
    );
    assert.equal(await Deno.readTextFile(source), "ID3 sound");
  });
});

Deno.test({
  name: "a session description for a pipe is there for whoever reads it, and waited for by nobody",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(undefined, async (folder) => {
      const pipe = `${folder}/pipe`;
      assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
      await writeSessionDescription(pipe, "v=0\r\n");
      assert.equal(await Deno.readTextFile(pipe), "v=0\r\n");
    }),
});
