import assert from "node:assert/strict";
import { explainLockedFiles } from "../../../../shared/system/files/locked_files.ts";

const OURS = "the compiled program opens no devices; use - or another file";

/** What Deno 2.9.6 says from source and in a binary. */
for (
  const advice of [
    "run again with the --allow-all flag",
    "specify the required permissions during compilation using `deno compile --allow-all`",
  ]
) {
  Deno.test(`a device that Deno does not open is told in our words: ${advice}`, () => {
    const text = `--log /dev/tty can't be written (Requires all access to "/dev/tty", ${advice})`;
    assert.equal(explainLockedFiles(text), `--log /dev/tty can't be written (${OURS})`);
  });
}

Deno.test("other text stays as it is", () => {
  const text = 'Requires read access to "a", run again with the --allow-read flag';
  assert.equal(explainLockedFiles(text), text);
});

Deno.test("it is what this Deno says", async () => {
  const code = `try { Deno.openSync("/dev/stdin") } catch (error) { console.log(error.message) }`;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/open.ts`, code);
    const args = ["run", "--quiet", "--no-config", "--no-prompt", "--allow-read"];
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [...args, "--allow-write", `${folder}/open.ts`],
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout).trim();
    assert.equal(explainLockedFiles(said), Deno.build.os === "windows" ? said : OURS);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
