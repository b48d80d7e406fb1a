import assert from "node:assert/strict";
import { testWith } from "../tools.ts";
import { TestBrowser } from "./browser.ts";
import { difference, makeClip, ScreenScene, untilShown } from "./screen_page.ts";

/** Rounding of colours; the pictures of a clip that follow each other differ by more. */
const TOLERANCE = 4;

for (const codec of ["h264", "vp8"] as const) {
  testWith(["chromium", "ffmpeg"], `a page shows ${codec} as ffmpeg decodes it`, async () => {
    const clip = await makeClip({ codec });
    await using scene = new ScreenScene();
    const url = await scene.open(codec);
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    await page.getByText("Waiting for the first picture").waitFor();
    for (const at of [0, 1, 2, 12, 29, 30, 31, 39]) {
      scene.show(...clip.frames.slice(0, 0));
      scene.show(clip.frames[at]!);
      console.log(
        codec,
        at,
        clip.frames[at]!.isKey,
        await difference(page, clip.pictures[at]!, clip),
      );
      await page.waitForTimeout(200);
      console.log(codec, at, await difference(page, clip.pictures[at]!, clip));
      const size = await page.evaluate(() => {
        const c = document.querySelector("canvas")!;
        return [c.width, c.height, c.clientWidth, c.clientHeight];
      });
      console.log(size);
    }
    assert.deepEqual(browser.complaints, []);
  });
}
