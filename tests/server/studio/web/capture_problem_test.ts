import assert from "node:assert/strict";
import { problem, problemOf } from "../../../../server/studio/web/capture/capture_problem.ts";
import { RateMeter } from "../../../../server/studio/web/capture/rate_meter.ts";
import { constraintsFor, namedDevices } from "../../../../server/studio/web/sound/microphone.ts";

Deno.test("what browsers throw is told in words that say what to do", () => {
  const codeOf = (name: string, message = "") =>
    problemOf("sound", new DOMException(message, name)).code;
  assert.equal(codeOf("NotAllowedError", "Permission denied"), "refused");
  assert.equal(codeOf("NotAllowedError", "Permission denied by system"), "refused-by-system");
  assert.equal(codeOf("NotFoundError", "Requested device not found"), "no-device");
  assert.equal(codeOf("OverconstrainedError"), "device-gone");
  assert.equal(codeOf("NotReadableError", "Could not start audio source"), "device-busy");
  assert.equal(codeOf("InvalidStateError"), "no-gesture");
  assert.match(problem("sound", "no-device").text, /no microphone or line-in\. Plug one in/);
  assert.match(problem("screen", "stopped-in-browser").text, /stopped in the browser/);
});

Deno.test("what nobody expected is told as it is", () => {
  assert.equal(
    problemOf("screen", new TypeError("odd")).text,
    "The screen can't be shared: odd",
  );
  assert.equal(problemOf("sound", "odd").text, "The microphone can't be used: odd");
  assert.equal(problemOf("sound", undefined).code, "unknown");
  assert.equal(
    problemOf("sound", { name: "OverconstrainedError", message: "" }).code,
    "device-gone",
  );
});

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

Deno.test("a rate is that of the last two seconds, and what is older is forgotten", () => {
  const meter = new RateMeter();
  for (let at = 0; at < 10_000; at += 100) meter.add(1000, at);
  assert.deepEqual(meter.rate(9990), { count: 10, bitrate: 80_000 });
  assert.deepEqual(meter.rate(12_500), { count: 0, bitrate: 0 });
  for (let count = 0; count < 5000; count++) meter.add(1, 20_000);
  assert.equal(meter.rate(20_000).count, 500, "bounded");
});
