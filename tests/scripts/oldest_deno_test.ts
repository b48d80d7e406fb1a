import assert from "node:assert/strict";

async function versionIn(file: string, pattern: RegExp): Promise<string | undefined> {
  const text = await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
  return pattern.exec(text)?.[1];
}

Deno.test("the oldest Deno that is promised is the one that the demo is tried on", async () => {
  const tried = await versionIn(".ci/run", /^oldest_deno\(\).* deno@(\S+)/m);
  assert.match(tried ?? "", /^\d+\.\d+\.\d+$/);
  for (const file of ["README.md", "CONTRIBUTING.md"]) {
    assert.equal(await versionIn(file, /Deno (\S+) or\s+later/), tried, file);
  }
  const ci = await Deno.readTextFile(new URL("../../.ci/run", import.meta.url));
  assert.match(ci, /oldest_deno task demo/);
});
