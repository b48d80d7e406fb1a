/**
 * scripts/pictures: the pictures of README.md and docs/, in light and in dark colours.
 *
 * Starts the program as a user would, opens its pages in Chromium, waits until they show what the picture is about,
 * and writes docs/pictures/NAME-light.webp and NAME-dark.webp. Needs Chromium (`deno task test` installs it);
 * takes three minutes. With names it takes only those pictures:
 *
 *     deno run -A scripts/pictures/take.ts [page] [packets] [studio] [directory] [reporters]
 *
 * camera.ts takes and compresses a picture; the other files stage one or two each. The next to read is camera.ts.
 */
import { TestBrowser } from "../../tests/e2e/browser.ts";
import { Camera } from "./camera.ts";
import { stageDemo, stagePackets } from "./demo_pages.ts";
import { stageDirectory } from "./directory_page.ts";
import { stageReporters } from "./reporters_page.ts";
import { stageStudio } from "./studio_page.ts";

const STAGES: Readonly<Record<string, (camera: Camera) => Promise<void>>> = {
  page: stageDemo,
  packets: stagePackets,
  studio: stageStudio,
  directory: stageDirectory,
  reporters: stageReporters,
};

const names = Deno.args.length > 0 ? Deno.args : Object.keys(STAGES);
const unknown = names.find((name) => !(name in STAGES));
if (unknown !== undefined) {
  console.error(`There is no picture "${unknown}"; there are ${Object.keys(STAGES).join(", ")}.`);
  Deno.exit(2);
}
await using browser = await TestBrowser.launch();
const camera = await Camera.open(browser);
for (const name of names) await STAGES[name]!(camera);
