import assert from "node:assert/strict";

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
