/**
 * Prints what CHANGELOG.md says of a release: `deno run -R scripts/release/release_notes.ts v0.1.0`. Fails, in one
 * line, when the tag is not the version of deno.json, or the changelog is not ready.
 */
import denoJson from "../../deno.json" with { type: "json" };

/**
 * The section of a version, without its title.
 *
 * @param tag such as `v0.1.0`
 * @throws Error that says what to change first.
 */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`) {
    throw new Error(`The tag ${tag} is not v${version}: set "version" in deno.json, or tag again`);
  }
  const section = changelog.split(/^(?=## )/m).find((text) => text.startsWith(`## ${version} `));
  if (section === undefined) {
    throw new Error(`CHANGELOG.md has no "## ${version} (YEAR-MONTH-DAY)": add it`);
  }
  const [title = "", ...lines] = section.split("\n");
  if (!/\(\d{4}-\d\d-\d\d\)$/.test(title)) {
    throw new Error(`"${title}" in CHANGELOG.md has no date: write ## ${version} (YEAR-MONTH-DAY)`);
  }
  const notes = lines.join("\n").trim();
  if (notes === "") throw new Error(`CHANGELOG.md says nothing of ${version}: add what changed`);
  return notes;
}

if (import.meta.main) {
  const changelog = await Deno.readTextFile(new URL("../../CHANGELOG.md", import.meta.url));
  try {
    console.log(releaseNotes(Deno.args[0] ?? "", denoJson.version, changelog));
  } catch (error) {
    console.error(`Error: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
