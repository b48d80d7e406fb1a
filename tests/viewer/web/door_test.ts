import assert from "node:assert/strict";

const DOORS = ["viewer/web", "server/studio/web", "scripts/demo/web"];

/** Else whoever comes with the key reads for a moment that it is missing. */
Deno.test("a door's words stay hidden while its script tries the key of the address", async () => {
  const root = new URL("../../../", import.meta.url);
  for (const door of DOORS) {
    const html = await Deno.readTextFile(new URL(`${door}/door.html`, root));
    assert.match(html, /<main class="arriving">/, door);
  }
  const styles = await Deno.readTextFile(new URL("viewer/web/2_page.css", root));
  assert.match(styles, /main\.arriving \{\s*animation: appear 0s \d+ms both;/);
});
