import assert from "node:assert/strict";
import { showsUnicode } from "../../../shared/system/terminal_charset.ts";

type Variables = Readonly<Record<string, string>>;

function shows(variables: Variables, system: typeof Deno.build.os = "linux"): boolean {
  return showsUnicode(system, (name) => variables[name]);
}

Deno.test("the first variable that has a value decides", () => {
  assert.equal(shows({ LANG: "pt_BR.UTF-8" }), true);
  assert.equal(shows({ LANG: "C.utf8" }), true);
  assert.equal(shows({ LANG: "C" }), false);
  assert.equal(shows({ LANG: "de_DE.ISO-8859-1" }), false);
  assert.equal(shows({ LC_ALL: "C", LANG: "en_US.UTF-8" }), false);
  assert.equal(shows({ LC_ALL: "", LC_CTYPE: "en_US.UTF-8", LANG: "POSIX" }), true);
});

Deno.test("where none has a value it does, and on Windows always", () => {
  assert.equal(shows({}), true);
  assert.equal(shows({ LC_ALL: "", LANG: "" }), true);
  assert.equal(shows({ LANG: "C" }, "windows"), true);
});
