import assert from "node:assert/strict";
import { openBroadcastStore } from "../../../../../server/origin/timeline/io/broadcast_store.ts";
import { CommandError, ExitCode } from "../../../../../shared/core/errors.ts";

/** Of a new broadcast. */
export const ID = "0123456789abcdef";
export const makeId = () => ID;

/** Opening must fail with one line that names the flag and the file. */
export function assertRefused(path: string, pattern: RegExp): void {
  assert.throws(() => openBroadcastStore(path, makeId), (error) => {
    assert(error instanceof CommandError);
    assert.equal(error.exitCode, ExitCode.failure);
    assert(error.message.startsWith(`--db ${path}`), error.message);
    assert.match(error.message, pattern);
    assert(!error.message.includes("\n"));
    return true;
  });
}
