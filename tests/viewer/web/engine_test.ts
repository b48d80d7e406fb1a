import assert from "node:assert/strict";
import { type DelaySource, deviceMillis } from "../../../viewer/web/player/engine.ts";

const CHROMIUM =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36";
const FIREFOX_ON_WINDOWS =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0";
const FIREFOX_ON_LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
const FIREFOX_OF_UBUNTU =
  "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";

Deno.test("the delay of the sound in the system is the browser's own and the device's, in milliseconds", () => {
  for (const userAgent of [CHROMIUM, FIREFOX_ON_WINDOWS]) {
    assert.equal(deviceMillis({ baseLatency: 0.01, outputLatency: 0.03 }, userAgent), 40);
    assert.equal(deviceMillis({ baseLatency: 0.01 }, userAgent), 10);
  }
});

Deno.test("Firefox on Linux is not asked for the delay of the device, which can stop it for ever", () => {
  const context: DelaySource = {
    baseLatency: 0.01,
    get outputLatency(): number {
      throw new Error("it stands still");
    },
  };
  for (const userAgent of [FIREFOX_ON_LINUX, FIREFOX_OF_UBUNTU]) {
    assert.equal(deviceMillis(context, userAgent), 10);
  }
  assert.throws(() => deviceMillis(context, CHROMIUM), "it can be asked");
});
