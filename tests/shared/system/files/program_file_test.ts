import assert from "node:assert/strict";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { BUNDLE_FOLDER, programFile } from "../../../../shared/system/files/program_file.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

Deno.test("a file of the program is found beside main.ts", () => {
  assert.equal(fileURLToPath(programFile("main.ts")), `${ROOT}main.ts`);
});

Deno.test("the bundle for the binary is as deep as the module that finds the program's files", () => {
  const module = fileURLToPath(
    import.meta.resolve("../../../../shared/system/files/program_file.ts"),
  );
  const depth = relative(ROOT, module).split(/[\\/]/).length - 1;

  assert.equal(BUNDLE_FOLDER.split("/").length, depth);
});
