import assert from "node:assert/strict";
import { KINDS, NOT_OF_THE_BINARY } from "../../scripts/compiled_tests.ts";

const FOLDER = new URL("../e2e/", import.meta.url);

/** What the strings of a source match as titles; `${…}` in them stands for anything. */
function titlesIn(source: string): RegExp[] {
  const strings = source.matchAll(/"((?:[^"\\\n]|\\.)*)"|`([^`]*)`/g);
  const titles = [...strings].map(([, text, template]) => (text ?? template!).split(/\$\{[^}]*\}/))
    // Others, with little but what stands for anything, are no titles.
    .filter((parts) => parts.join("").length >= 15);
  return titles.map((parts) =>
    new RegExp(`^${parts.map((part) => RegExp.escape(part)).join(".+")}$`)
  );
}

for (const { why, tests } of KINDS) {
  Deno.test(`tests of the binary have titles that are in their files: ${why}`, async () => {
    for (const [file, titles] of Object.entries(tests)) {
      const known = titlesIn(await Deno.readTextFile(new URL(file, FOLDER)));
      for (const title of titles) {
        const isThere = known.some((one) => one.test(title));
        assert.ok(isThere, `${file} has no test with the title: ${title}`);
      }
    }
  });
}

Deno.test("what the binary is not tested with is there, and not chosen", async () => {
  for (const file of NOT_OF_THE_BINARY) {
    assert.ok((await Deno.stat(new URL(file, FOLDER))).isFile);
    assert.ok(KINDS.every(({ tests }) => !(file in tests)), file);
  }
});
