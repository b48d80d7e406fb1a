import assert from "node:assert/strict";
import { getLogger, reset } from "@logtape/logtape";
import { openLogFile } from "../../../client/io/log_file.ts";
import { CommandError } from "../../../shared/core/errors.ts";

Deno.test("what is logged is in the file at once, one line each, without forged ones", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/streamer.log`;
    await openLogFile(path);
    const log = getLogger(["streamer", "listen"]);
    log.info("Joined {server}", { server: "10.0.0.1:5004" });
    log.info("Event: {content}", { content: "x\n2026-01-01 [ERR] forged" });
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    assert.equal(lines.length, 2);
    assert.match(lines[0]!, /^\d{4}-\d\d-\d\dT.*Joined 10\.0\.0\.1:5004$/);
    assert.match(lines[1]!, /Event: x 2026-01-01/);
  } finally {
    await reset();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a log that can't be written is told by name", async () => {
  const error = await openLogFile("/nowhere/at/all.log").then(() => undefined, (error) => error);
  assert.ok(error instanceof CommandError);
  assert.equal(error.exitCode, 1);
  assert.match(error.message, /^--log \/nowhere\/at\/all\.log .*folder/);
  const folder = await Deno.makeTempDir();
  const isFolder = await openLogFile(folder).then(() => undefined, (error) => error);
  assert.match(isFolder.message, /is a folder/);
  await Deno.remove(folder);
});
