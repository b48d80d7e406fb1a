import assert from "node:assert/strict";
import { constraintsFor, namedDevices } from "../../../../../server/studio/web/sound/microphone.ts";

Deno.test("a device without a name is numbered, and what is no microphone is left out", () => {
  const device = (kind: MediaDeviceKind, deviceId: string, label: string) => ({
    kind,
    deviceId,
    label,
  });
  assert.deepEqual(
    namedDevices([
      device("videoinput", "a", "Camera"),
      device("audioinput", "b", "Line in"),
      device("audiooutput", "c", "Speaker"),
      device("audioinput", "d", ""),
      device("audioinput", "", ""),
    ]),
    [{ deviceId: "b", name: "Line in" }, { deviceId: "d", name: "Microphone 2" }],
  );
});

Deno.test("what is made for talks is off unless asked for", () => {
  assert.deepEqual(constraintsFor({ channelCount: 2 }), {
    channelCount: { ideal: 2 },
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
  });
  const wished = constraintsFor({ channelCount: 1, deviceId: "x", echoCancellation: true });
  assert.deepEqual(wished.deviceId, { exact: "x" });
  assert.equal(wished.echoCancellation, true);
});
