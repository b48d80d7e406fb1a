import assert from "node:assert/strict";
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { programFile } from "../../shared/system/files/program_file.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("the program's files are found from the binary's bundle as from its source", async () => {
  assert.equal(fileURLToPath(programFile("")), ROOT);
  const text = await Deno.readTextFile(`${ROOT}scripts/compile.ts`);
  const bundle = /^const BUNDLE = "([^"]+)";$/m.exec(text)?.[1];
  const source = await Deno.readTextFile(`${ROOT}shared/system/files/program_file.ts`);
  const wayUp = /^const ROOT = new URL\("([./]+)", import\.meta\.url\);$/m.exec(source)?.[1];
  assert.ok(bundle !== undefined && wayUp !== undefined, "both are written as expected");
  const seen = fileURLToPath(new URL(wayUp, pathToFileURL(`${ROOT}${bundle}/main.js`)));
  assert.equal(relative(ROOT, seen), "");
});
