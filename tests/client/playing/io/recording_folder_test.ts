import assert from "node:assert/strict";
import {
  type RecordingFolder,
  takeRecordingFolder,
} from "../../../../client/playing/io/recording_folder.ts";
import { CommandError } from "../../../../shared/core/errors.ts";

async function inFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

async function writeLine(folder: RecordingFolder): Promise<void> {
  const file = await folder.lines.opened;
  await file.write(new TextEncoder().encode("{}\n"));
}

function problemOf(take: () => unknown): string {
  try {
    take();
  } catch (error) {
    assert.ok(error instanceof CommandError);
    assert.equal(error.exitCode, 1);
    return error.message;
  }
  throw new Error("it was opened");
}

Deno.test("a folder is made with those above it, and is gone again when nothing was recorded", async () => {
  await inFolder((base) => {
    const path = `${base}/runs/today`;
    const folder = takeRecordingFolder(path);
    assert.deepEqual([folder.path, folder.lines.path], [path, `${path}/data.ndjson`]);
    assert.deepEqual(namesIn(path), ["data.ndjson"]);
    folder.close();
    assert.deepEqual(namesIn(`${base}/runs`), []);
  });
});

Deno.test("a folder that was there stays, with what is in it", async () => {
  await inFolder((base) => {
    Deno.writeTextFileSync(`${base}/notes.txt`, "a");
    const folder = takeRecordingFolder(base);
    assert.equal(folder.path, base);
    folder.close();
    assert.deepEqual(namesIn(base), ["notes.txt"]);
  });
});

Deno.test("a folder with lines or with a picture is left for a numbered one", async () => {
  for (const [name, text] of [["data.ndjson", "{}\n"], ["17.png", ""], ["1.raw", "x"]] as const) {
    await inFolder(async (base) => {
      const path = `${base}/beam.1`;
      Deno.mkdirSync(path);
      Deno.writeTextFileSync(`${path}/${name}`, text);
      const second = takeRecordingFolder(`${path}/`);
      assert.equal(second.path, `${path}-2`, name);
      await writeLine(second);
      second.close();
      const third = takeRecordingFolder(path);
      assert.equal(third.path, `${path}-3`);
      third.close();
      assert.deepEqual(namesIn(base), ["beam.1", "beam.1-2"]);
      assert.equal(Deno.readTextFileSync(`${path}/${name}`), text);
    });
  }
});

Deno.test("two recordings never get the same folder, also before either has a line", async () => {
  await inFolder((base) => {
    const [one, other] = [takeRecordingFolder(`${base}/a`), takeRecordingFolder(`${base}/a`)];
    assert.deepEqual([one.path, other.path], [`${base}/a`, `${base}/a-2`]);
    one.close();
    other.close();
    assert.deepEqual(namesIn(base), []);
  });
});

Deno.test("the working folder with a recording is left for one beside it", async () => {
  await inFolder((base) => {
    const before = Deno.cwd();
    Deno.mkdirSync(`${base}/here`);
    Deno.writeTextFileSync(`${base}/here/1.png`, "x");
    Deno.chdir(`${base}/here`);
    try {
      const folder = takeRecordingFolder(".");
      assert.equal(Deno.realPathSync(folder.path), Deno.realPathSync(`${base}/here-2`));
      folder.close();
    } finally {
      Deno.chdir(before);
    }
  });
});

Deno.test("what can't be a folder is one line with the flag, the path and what to do", async () => {
  await inFolder((base) => {
    const file = `${base}/file`;
    Deno.writeTextFileSync(file, "");
    assert.equal(
      problemOf(() => takeRecordingFolder(file)),
      `--record-data ${file} is not a folder: choose another name`,
    );
    const dangling = `${base}/dangling`;
    Deno.symlinkSync(`${base}/nowhere`, dangling);
    assert.equal(
      problemOf(() => takeRecordingFolder(dangling)),
      `--record-data ${dangling} is not a folder: choose another name`,
    );
    assert.match(problemOf(() => takeRecordingFolder(`${file}/in`)), /^--record-data .*file\/in /);
    assert.equal(Deno.readTextFileSync(file), "");
  });
});

Deno.test({
  name: "a folder that can't be made is said at once, with what to do",
  // Not even root makes a folder there.
  ignore: Deno.build.os !== "linux",
  fn: () => {
    assert.match(
      problemOf(() => takeRecordingFolder("/sys/beam")),
      /^--record-data \/sys\/beam .*: choose another place$/,
    );
  },
});

Deno.test("a picture that exists is an error, and is not overwritten", async () => {
  await inFolder(async (base) => {
    const folder = takeRecordingFolder(base);
    await folder.writePicture("1.png", Uint8Array.of(1, 2));
    await assert.rejects(folder.writePicture("1.png", Uint8Array.of(3)), Deno.errors.AlreadyExists);
    folder.close();
    assert.deepEqual(Deno.readFileSync(`${base}/1.png`), Uint8Array.of(1, 2));
  });
});
