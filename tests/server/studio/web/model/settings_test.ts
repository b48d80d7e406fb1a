import assert from "node:assert/strict";
import {
  readScreenSettings,
  readSoundSettings,
  withCommandLine,
} from "../../../../../server/studio/web/model/settings.ts";

Deno.test("what was chosen comes back; what is no choice does not", () => {
  const usual = readSoundSettings(null);
  assert.deepEqual(
    [usual.echoCancellation, usual.noiseSuppression, usual.autoGainControl],
    [false, false, false],
  );
  const chosen = { ...usual, channelCount: 2, bitrate: 128_000, deviceId: "line-in" };
  assert.deepEqual(readSoundSettings(JSON.stringify(chosen)), chosen);
  for (const text of ["", "{", "null", '{"channelCount":3}', '"voice"']) {
    assert.deepEqual(readSoundSettings(text), usual, text);
  }
  const screen = readScreenSettings("[]");
  assert.deepEqual(readScreenSettings(JSON.stringify({ ...screen, rate: 0 })), screen);
  assert.equal(readScreenSettings(JSON.stringify({ ...screen, rate: 30 })).rate, 30);
});

Deno.test("the command line chooses before the browser's memory", () => {
  const screen = readScreenSettings(null);
  assert.deepEqual(withCommandLine(screen, {}), screen);
  const told = { width: 640, height: 360, rate: 5, bitrate: 200_000 };
  assert.deepEqual(withCommandLine(screen, told), { ...screen, ...told });
  assert.deepEqual(withCommandLine(screen, { width: 640 }), screen, "half a size is none");
});
