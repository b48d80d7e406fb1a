import assert from "node:assert/strict";

const TEXT = await Deno.readTextFile(new URL("../../docs/security.md", import.meta.url));

/** Each file that the threat model names, with the names of tests that follow it. */
function named(): { file: string; tests: string[] }[] {
  const found: { file: string; tests: string[] }[] = [];
  for (const [, file, test] of TEXT.matchAll(/`([\w/]+_test\.ts)`|“([^”]+)”/g)) {
    if (file !== undefined) found.push({ file, tests: [] });
    // A title may go over the end of a line.
    else found.at(-1)!.tests.push(test!.replace(/\s+/g, " "));
  }
  return found;
}

Deno.test("every line of the threat model names tests that are there", async () => {
  const claims = named();
  assert.ok(claims.length > 40, `${claims.length} files are named`);
  for (const { file, tests } of claims) {
    const source = await Deno.readTextFile(new URL(`../${file}`, import.meta.url));
    for (const test of tests) assert.ok(source.includes(test), `${file} has no test “${test}”`);
  }
});
