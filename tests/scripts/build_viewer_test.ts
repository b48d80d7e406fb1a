import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const PAGES = [
  "viewer/web/",
  "viewer/web/directory/",
  "server/studio/web/",
  "server/directory/web/",
  "scripts/demo/web/",
].map((path) => new URL(path, ROOT));

function read(folder: URL, name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, folder));
}

function namesIn(folder: URL, ending: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(ending)
  );
}

Deno.test("what repairs and explains a start comes first in every page", async () => {
  for (const page of PAGES) {
    const [first] = /^import .*$/m.exec(await read(page, "main.ts")) ?? [];
    assert.match(first ?? "", /^import "[./\w]*start\.ts";$/, page.pathname);
  }
});

Deno.test("every page has icons, and colours for the bars of a browser", async () => {
  for (const page of PAGES) {
    for (const name of namesIn(page, ".html")) {
      const text = await read(page, name);
      for (const wanted of [`"/icon.svg"`, `"/apple-touch-icon.png"`, `name="theme-color"`]) {
        assert.ok(text.includes(wanted), `${page.pathname}${name}: ${wanted}`);
      }
    }
  }
});

Deno.test("windows are measured in em, so that larger letters get the page of a smaller window", async () => {
  for (const folder of PAGES) {
    for (const name of namesIn(folder, ".css")) {
      const measured = (await read(folder, name)).match(/@media[^{]*width[^{]*/g) ?? [];
      const inPixels = measured.filter((query) => query.includes("px"));
      assert.deepEqual(inPixels, [], `${folder.pathname}${name}`);
    }
  }
});
