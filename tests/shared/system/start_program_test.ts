import assert from "node:assert/strict";
import { emptiedLoaderVariables, startProgram } from "../../../shared/system/start_program.ts";

Deno.test("variables that load code into a program are emptied, and no others", () => {
  const variables = { LD_PRELOAD: "a.so", DYLD_X: "1", HOME: "/home/a", OLD_LD_X: "2", ld_x: "3" };
  assert.deepEqual(emptiedLoaderVariables(variables), { LD_PRELOAD: "", DYLD_X: "" });
});

Deno.test("from source a program is started with the environment as it is", async () => {
  const streams = { stdin: "null", stdout: "piped", stderr: "null" } as const;
  const script = 'Deno.stdout.writeSync(new TextEncoder().encode(Deno.env.get("LD_TRIED") ?? ""))';
  Deno.env.set("LD_TRIED", "kept");
  try {
    const { stdout } = await startProgram(Deno.execPath(), ["eval", script], streams).output();
    assert.equal(new TextDecoder().decode(stdout), "kept");
  } finally {
    Deno.env.delete("LD_TRIED");
  }
});

Deno.test("a program that is not there throws NotFound", () => {
  const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
  assert.throws(() => startProgram("no-such-program", [], streams), Deno.errors.NotFound);
});
