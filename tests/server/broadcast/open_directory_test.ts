import assert from "node:assert/strict";
import { useNewKeys } from "../../../server/broadcast/open_directory.ts";
import { StoreError } from "../../../server/origin/timeline/broadcast_store.ts";

Deno.test("a full disk ends no broadcast when its directory comes back with new keys", async () => {
  const said: string[] = [];
  const full = () => Promise.reject(new StoreError("match.db can't be written (disk full)"));
  await useNewKeys(full, (text) => said.push(text));
  assert.deepEqual(said, [
    "match.db can't be written (disk full): a restart will need the directory",
  ]);
  const broken = () => Promise.reject(new TypeError("our own mistake"));
  await assert.rejects(useNewKeys(broken, (text) => said.push(text)), TypeError);
});
