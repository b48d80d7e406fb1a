import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { TemporaryFolder } from "../e2e/fixtures.ts";

const PRELOAD = "--preload=tests/seed.ts";
const ROOT = new URL("../..", import.meta.url);

/** The seeds, as fast-check prints them, of two files with a property that never holds. */
async function seedsOf(env: Record<string, string>): Promise<string[]> {
  await using folder = new TemporaryFolder();
  for (const name of ["one_test.ts", "other_test.ts"]) {
    Deno.writeTextFileSync(
      folder.file(name),
      `import fc from "fast-check";
       Deno.test("is zero", () => fc.assert(fc.property(fc.nat(), (number) => number === 0)));`,
    );
  }
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--parallel", "-A", "--no-check", "--config=deno.json", PRELOAD, folder.path],
    cwd: ROOT,
    env: { CI: "", FUZZ_SEED: "", FUZZ_RUNS: "", NO_COLOR: "1", ...env },
  }).output();
  const output = new TextDecoder().decode(stdout);
  const seeds = [...output.matchAll(/seed: (-?\d+)/g)].map(([, seed]) => seed!);
  assert.equal(seeds.length, 2, output);
  return seeds;
}

Deno.test("each task that runs tests has their seed loaded first", () => {
  const commands = Object.values(config.tasks).map(({ command }) => command);
  const testing = commands.filter((command) => command.includes("deno test"));
  assert.ok(testing.length >= 3);
  for (const command of testing) assert.ok(command.includes(`deno test ${PRELOAD} `), command);
});

Deno.test("under CI=true every file has one seed, the same each time", async () => {
  const seeds = [...await seedsOf({ CI: "true" }), ...await seedsOf({ CI: "true" })];
  assert.equal(new Set(seeds).size, 1, seeds.join());
});

Deno.test("a seed that is named is taken, also under CI=true", async () => {
  assert.deepEqual(await seedsOf({ CI: "true", FUZZ_SEED: "-17" }), ["-17", "-17"]);
});

Deno.test("elsewhere, and where more runs are wanted, seeds are drawn", async () => {
  const seeds = [...await seedsOf({}), ...await seedsOf({ CI: "true", FUZZ_RUNS: "9" })];
  assert.equal(new Set(seeds).size, 4, seeds.join());
});
