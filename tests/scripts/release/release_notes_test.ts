import assert from "node:assert/strict";
import { releaseNotes } from "../../../scripts/release/release_notes.ts";

const CHANGELOG = `# Changelog

## 0.2.0 (2026-12-01)

- A new thing.

### The studio

- Another.

## 0.1.0 (unreleased)

- The first.
`;

Deno.test("the notes of a release are its section of the changelog, without its title", () => {
  const notes = releaseNotes("v0.2.0", "0.2.0", CHANGELOG);
  assert.equal(notes, "- A new thing.\n\n### The studio\n\n- Another.");
});

/** What is not ready, and what to do about it. */
const CASES: readonly (readonly [tag: string, version: string, text: string, says: RegExp])[] = [
  ["v0.2.1", "0.2.0", CHANGELOG, /^The tag v0\.2\.1 is not v0\.2\.0: set "version" in deno\.json/],
  ["0.2.0", "0.2.0", CHANGELOG, /^The tag 0\.2\.0 is not v0\.2\.0/],
  ["v0.1.0", "0.1.0", CHANGELOG, /^"## 0\.1\.0 \(unreleased\)" .* has no date/],
  ["v0.3.0", "0.3.0", CHANGELOG, /^CHANGELOG\.md has no "## 0\.3\.0/],
  ["v1.0.0", "1.0.0", "## 1.0.0 (2026-12-01)\n\n", /says nothing of 1\.0\.0/],
];
for (const [tag, version, text, says] of CASES) {
  Deno.test(`a release is refused: ${says}`, () => {
    assert.throws(() => releaseNotes(tag, version, text), { message: says });
  });
}
