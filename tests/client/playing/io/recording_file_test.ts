import assert from "node:assert/strict";
import { takeRecordingFile } from "../../../../client/playing/io/recording_file.ts";
import { CommandError } from "../../../../shared/core/errors.ts";

const isWindows = Deno.build.os === "windows";

Deno.test("recording file: a new name is used as it is, and stays when something is in it", async () => {
  await inFolder(async (folder) => {
    const file = takeRecordingFile(`${folder}/match.mp3`);
    assert.deepEqual([file.path, file.kind], [`${folder}/match.mp3`, "file"]);
    await (await file.opened).write(Uint8Array.of(1));
    file.close();
    file.close();
    assert.deepEqual(Deno.readFileSync(file.path), Uint8Array.of(1));
  });
});

for (
  const [name, neighbours] of [
    ["match.mp3", ["match-2.mp3", "match-3.mp3"]],
    ["match", ["match-2", "match-3"]],
    [".hidden", [".hidden-2", ".hidden-3"]],
    ["1.5 x.mp3", ["1.5 x-2.mp3", "1.5 x-3.mp3"]],
  ] as const
) {
  Deno.test(`recording file: "${name}" with something in it is left alone for a numbered one`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/${name}`;
      Deno.writeTextFileSync(path, "an earlier recording");
      const before = Deno.statSync(path);
      const taken = [takeRecordingFile(path), takeRecordingFile(path)];
      assert.deepEqual(
        taken.map((file) => file.path),
        neighbours.map((name) => `${folder}/${name}`),
      );
      for (const file of taken) {
        await (await file.opened).write(Uint8Array.of(1));
        file.close();
      }
      assert.equal(Deno.readTextFileSync(path), "an earlier recording");
      assert.deepEqual(Deno.statSync(path).mtime, before.mtime);
    });
  });
}

Deno.test("recording file: many at once get one each, those included that nothing is in yet", async () => {
  await inFolder((folder) => {
    const taken = Array.from({ length: 20 }, () => takeRecordingFile(`${folder}/match.mp3`));
    assert.equal(new Set(taken.map(({ path }) => path)).size, 20);
    for (const file of taken) file.close();
    return Promise.resolve();
  });
});

Deno.test("recording file: one that another program waits to record to is not taken", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/match.mp3`;
    const module = new URL("../../../../client/playing/io/recording_file.ts", import.meta.url).href;
    const code = `import { takeRecordingFile } from ${JSON.stringify(module)};
      const file = takeRecordingFile(${JSON.stringify(path)});
      console.log(file.path);
      await new Response(Deno.stdin.readable).text();`;
    const script = `${folder}/other.ts`;
    Deno.writeTextFileSync(script, code);
    await using program = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", script],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const said = program.stdout.getReader();
    assert.equal(new TextDecoder().decode((await said.read()).value).trim(), path);
    const file = takeRecordingFile(path);
    assert.equal(file.path, `${folder}/match-2.mp3`);
    file.close();
    await program.stdin.close();
    await said.cancel();
    await program.status;
  });
});

Deno.test("recording file: an empty one that was made for it is used", async () => {
  await inFolder((folder) => {
    const path = `${folder}/made`;
    Deno.writeFileSync(path, new Uint8Array(0));
    const file = takeRecordingFile(path);
    assert.equal(file.path, path);
    file.close();
    assert.equal(Deno.statSync(path).size, 0);
    return Promise.resolve();
  });
});

Deno.test("recording file: nothing written leaves nothing behind, unless it was moved", async () => {
  await inFolder((folder) => {
    takeRecordingFile(`${folder}/match.mp3`).close();
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    const file = takeRecordingFile(`${folder}/match.mp3`);
    Deno.renameSync(file.path, `${folder}/moved.mp3`);
    file.close();
    assert.equal(Deno.statSync(`${folder}/moved.mp3`).size, 0);
    return Promise.resolve();
  });
});

Deno.test({
  name: "recording file: a link to something is left alone, and so is one to nothing",
  ignore: isWindows,
  fn: () =>
    inFolder((folder) => {
      Deno.writeTextFileSync(`${folder}/source.mp3`, "the match's own source");
      Deno.symlinkSync(`${folder}/source.mp3`, `${folder}/a.mp3`);
      Deno.linkSync(`${folder}/source.mp3`, `${folder}/b.mp3`);
      Deno.symlinkSync(`${folder}/nowhere`, `${folder}/c.mp3`);
      for (const name of ["a", "b", "c"]) {
        const file = takeRecordingFile(`${folder}/${name}.mp3`);
        assert.equal(file.path, `${folder}/${name}-2.mp3`);
        file.close();
      }
      assert.equal(Deno.readTextFileSync(`${folder}/source.mp3`), "the match's own source");
      return Promise.resolve();
    }),
});

Deno.test({
  name: "recording file: a device takes what it is given, and a pipe nobody reads holds nobody up",
  ignore: isWindows,
  fn: () =>
    inFolder(async (folder) => {
      const device = takeRecordingFile("/dev/null");
      assert.deepEqual([device.path, device.kind], ["/dev/null", "device"]);
      device.close();
      const path = `${folder}/pipe`;
      assert((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
      let isSaid = () => {};
      const said = new Promise<void>((resolve) => isSaid = resolve);
      const pipe = takeRecordingFile(path, { onWaiting: isSaid });
      assert.equal(pipe.kind, "pipe");
      await said;
      pipe.close();
      // It was let go of: else this would never resolve, and the test never end.
      await pipe.opened;
      assert(Deno.statSync(path).isFifo);
    }),
});

Deno.test("recording file: a path that can't be written is reported at once", async () => {
  await inFolder((folder) => {
    const cases = [
      [
        `${folder}/none/x.mp3`,
        /^--record .*x\.mp3 is in a folder that does not exist: create it first$/,
      ],
      [folder, /^--record .* is a folder: name a file in it$/],
    ] as const;
    for (const [path, message] of cases) {
      assert.throws(() => takeRecordingFile(path), (error) => {
        assert(error instanceof CommandError && error.exitCode === 1);
        assert.match(error.message, message);
        return true;
      });
    }
    return Promise.resolve();
  });
});

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
