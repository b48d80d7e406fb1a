import assert from "node:assert/strict";
import { browserCommand } from "../../../../server/studio/io/open_browser.ts";

const URL = "http://127.0.0.1:8081/#k=secret";
const none = () => undefined;

Deno.test("each system has a program that opens an address; without a display there is none", () => {
  const on = (platform: typeof Deno.build.os, ...set: string[]) =>
    browserCommand(URL, { platform, env: (name) => set.includes(name) ? ":0" : undefined });
  assert.deepEqual(on("linux", "DISPLAY"), ["xdg-open", URL]);
  assert.deepEqual(on("linux", "WAYLAND_DISPLAY"), ["xdg-open", URL]);
  assert.deepEqual(on("freebsd", "DISPLAY"), ["xdg-open", URL]);
  assert.deepEqual(on("linux"), undefined);
  assert.deepEqual(on("darwin"), ["open", URL]);
  assert.deepEqual(on("windows")?.slice(0, 3), ["cmd", "/c", "start"]);
  assert.equal(browserCommand(URL, { platform: "windows", env: none })?.at(-1), URL);
});
