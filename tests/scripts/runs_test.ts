import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { typeScriptFiles } from "../../scripts/check_cycles.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("what is shortened elsewhere is whole in deno task acceptance", async () => {
  const { command } = config.tasks.acceptance;
  assert.ok(command.includes("LONG_RUNS=1"));
  const files = [...typeScriptFiles(`${ROOT}tests`)].map((file) => file.slice(ROOT.length));
  for (const file of files.filter((file) => file.endsWith("_test.ts"))) {
    const isShortened = /import \{[^}]*\b(lengthOf|seedsOf)\b[^}]*\} from "[./]*runs\.ts"/.test(
      await Deno.readTextFile(ROOT + file),
    );
    const isInFolder = file.startsWith("tests/acceptance/");
    assert.equal(command.split(" ").includes(file), isShortened && !isInFolder, file);
  }
});
