import assert from "node:assert/strict";
import { problem, problemOf } from "../../../../../server/studio/web/capture/capture_problem.ts";

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
