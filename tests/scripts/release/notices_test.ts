import assert from "node:assert/strict";
import { type Licensed, noticesText } from "../../../scripts/release/notices.ts";
import { idOf, packagesOf } from "../../../scripts/release/packages.ts";
import { NOTICES, shippedPackages } from "../../../scripts/release/write_notices.ts";

const LOCK = {
  imports: { a: "npm:a@1.0.0", "b/": "npm:/b@2.0.0/", "@c/d": "npm:@c/d@3.0.0", e: "npm:e@1.0.0" },
  npm: {
    "a@1.0.0": { dependencies: ["f@2.0.0", "@types/x"] },
    "b@2.0.0": { dependencies: ["g"] },
    "@c/d@3.0.0_a@1.0.0": {},
    "e@1.0.0": {},
    "f@1.0.0": {},
    "f@2.0.0": { dependencies: ["g"] },
    "g@1.0.0_f@2.0.0": { dependencies: ["a"] },
    "@types/x@1.0.0": {},
  },
};

/** How a source names a package, with all that comes with it. */
const CASES: readonly (readonly [source: string, packages: string])[] = [
  ['import a from "a";', "a@1.0.0 f@2.0.0 g@1.0.0"],
  ['import { x } from "b/deep.js";', "a@1.0.0 b@2.0.0 f@2.0.0 g@1.0.0"],
  ['const d = await import("@c/d");', "@c/d@3.0.0"],
  ['import d from "@c/d/sub";', "@c/d@3.0.0"],
  ['import "e";', "e@1.0.0"],
  ['export * from "e";\nimport a from "./a";', "e@1.0.0"],
  ['import { readFileSync } from "node:fs"; import x from "ee";', ""],
];
for (const [source, packages] of CASES) {
  Deno.test(`packages of: ${source.replace("\n", " ")}`, () => {
    assert.equal(packagesOf([source], LOCK).map(idOf).join(" "), packages);
  });
}

Deno.test("a package that the lock file lacks is an error that says what to do", () => {
  const imports = { z: "npm:z@1.0.0" };
  assert.throws(() => packagesOf(['import "z"'], { ...LOCK, imports }), /no z@1\.0\.0: run deno/);
});

const ONE: Licensed = { name: "a", version: "1.0.0", license: "MIT", text: "By Ann\r\nMay use" };

Deno.test("the same terms are there once, below all who have them; sources of MPL are named", () => {
  const mpl = { name: "m", version: "2.0.0", license: "MPL-2.0", text: "MPL" };
  const text = noticesText([ONE, mpl, { ...ONE, name: "b" }]);
  assert.ok(text.includes("\n\na@1.0.0 (MIT)\nb@1.0.0 (MIT)\n\nBy Ann\nMay use\n\n==="));
  assert.match(text, /Source Code Form that section 3\.2 of that licence speaks of: m@2\.0\.0\./);
  assert.match(text, /Deno .*MIT License\nCopyright/);
});

Deno.test("without a licence file: MIT with the author, and an error for others", () => {
  const bare = { ...ONE, text: undefined, author: "Ann" };
  assert.match(noticesText([bare]), /a@1\.0\.0 \(MIT\)\n\n.* says: MIT, by Ann\.\n\nPermission/);
  assert.throws(() => noticesText([{ ...bare, license: "ISC" }]), /add its text by hand/);
});

Deno.test("THIRD_PARTY_NOTICES.txt names every package that is shipped, and no other", async () => {
  const text = await Deno.readTextFile(NOTICES);
  const named = [...text.matchAll(/^(\S+@[\w.-]+) \([\w.-]+\)$/gm)].map(([, id]) => id!).sort();
  const advice = "run deno task notices";
  assert.deepEqual(named, shippedPackages().map(idOf), advice);
  for (const name of ["mediabunny", "hono", "preact", "uplot", "mqtt", "ws"]) {
    assert.ok(named.some((id) => id.startsWith(`${name}@`)), name);
  }
});
