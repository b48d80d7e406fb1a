import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const TOOLS_URL = new URL("../tools.ts", import.meta.url).href;

/** Runs `deno test` on two tests, one of which needs a program, with an empty PATH. */
async function testWithoutPrograms(ci: string): Promise<{ success: boolean; output: string }> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/some_test.ts`;
    await Deno.writeTextFile(
      file,
      `import { testWith } from ${JSON.stringify(TOOLS_URL)};
       testWith([], "needs nothing", () => {});
       testWith(["ffmpeg", "ffprobe", "lame"], "decodes", () => {});`,
    );
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--no-lock", "--no-config", file],
      env: { CI: ci, PATH: "/nonexistent", NO_COLOR: "1" },
    }).output();
    return { success, output: [stdout, stderr].map((it) => new TextDecoder().decode(it)).join("") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a test whose program is missing is skipped loudly", async () => {
  const { success, output } = await testWithoutPrograms("");
  assert.ok(success, output);
  assert.match(output, /SKIPPED for want of ffmpeg, ffprobe, lame: decodes/);
  assert.match(output, /apt-get install ffmpeg lame/);
  assert.match(output, /1 passed.*0 failed.*1 ignored/);
});

Deno.test("under CI=true a missing program is a failure, never a skip", async () => {
  const { success, output } = await testWithoutPrograms("true");
  assert.equal(success, false);
  assert.match(output, /Nothing is skipped under CI=true; apt-get install ffmpeg lame/);
  assert.match(output, /1 passed.*1 failed/);
  assert.doesNotMatch(output, /ignored/);
});

/** Runs scripts/setup_tests.ts where apt-get fails, as without a network, and no program is there. */
async function setUpInVain(ci: string): Promise<{ code: number; errors: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const apt = "#!/bin/sh\necho 'W: a warning' >&2\necho 'E: No network' >&2\nexit 100\n";
    await Deno.writeTextFile(`${folder}/apt-get`, apt, { mode: 0o755 });
    const script = fileURLToPath(new URL("../../scripts/setup_tests.ts", import.meta.url));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script],
      env: { CI: ci, PATH: folder, NO_COLOR: "1" },
    }).output();
    return { code, errors: new TextDecoder().decode(stderr).trim().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [ci, expected] of [["", 0], ["true", 1]] as const) {
  Deno.test(`the set-up of the tests says in single lines what failed, with CI=${ci}`, async () => {
    const { code, errors } = await setUpInVain(ci);
    assert.equal(code, expected);
    assert.match(errors.at(-1)!, /^Not installed: .*To have them: apt-get install /);
    for (const line of errors.slice(0, -1)) assert.match(line, /^apt-get \w+ failed: No network$/);
  });
}
