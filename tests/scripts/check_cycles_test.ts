import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import {
  crowdedFolders,
  findCycles,
  folderGraph,
  problemsOf,
  readImportGraph,
} from "../../scripts/check_cycles.ts";

/** Writes `files` to a folder of their own and gives its cycles, paths relative to the folder. */
async function cyclesOf(files: Record<string, string>): Promise<string[][]> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [path, source] of Object.entries({ "deno.json": "{}", ...files })) {
      const file = `${root}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, source);
    }
    const start = `${pathToFileURL(root).href}/`;
    const cycles = findCycles(await readImportGraph(root));
    return cycles.map((cycle) => cycle.map((url) => url.slice(start.length)));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("a tree and a diamond have no cycles", async () => {
  const cycles = await cyclesOf({
    "main.ts": 'import "./a/left.ts"; import "./a/right.ts";',
    "a/left.ts": 'import "../shared.ts";',
    "a/right.ts": 'import "../shared.ts";',
    "shared.ts": 'export * from "npm:valibot@1.5.0"; import "node:assert";',
  });
  assert.deepEqual(cycles, []);
});

Deno.test("a cycle through three folders is shown the whole way round", async () => {
  const cycles = await cyclesOf({
    "a/a.ts": 'import "../b/b.ts"; export const a = 1;',
    "b/b.ts": 'export { c } from "../c/c.ts";',
    "c/c.ts": 'export const c = () => import("../a/a.ts");',
    "d.ts": 'import "./a/a.ts";',
  });
  assert.deepEqual(cycles, [["a/a.ts", "b/b.ts", "c/c.ts", "a/a.ts"]]);
});

for (
  const back of [
    'import type { A } from "./a.ts"; export type B = A;',
    'export type { A } from "./a.ts";',
    'export type B = import("./a.ts").A;',
  ]
) {
  Deno.test(`a cycle of types alone counts: ${back}`, async () => {
    const cycles = await cyclesOf({
      "a.ts": 'import type * as b from "./b.ts"; export type A = typeof b;',
      "b.ts": back,
    });
    assert.deepEqual(cycles, [["a.ts", "b.ts", "a.ts"]]);
  });
}

Deno.test("two separate cycles are reported separately, and a file that imports itself is a cycle", async () => {
  const cycles = await cyclesOf({
    "a.ts": 'import "./b.ts";',
    "b.ts": 'import "./a.ts";',
    "x.ts": 'import "./x.ts"; import "./a.ts";',
  });
  assert.deepEqual(cycles, [["a.ts", "b.ts", "a.ts"], ["x.ts", "x.ts"]]);
});

Deno.test("a module that is not there is an error, not an empty graph", async () => {
  await assert.rejects(cyclesOf({ "a.ts": 'import "./missing.ts";' }), /missing\.ts/);
});

Deno.test("folders that import from each other are a cycle though no files are", () => {
  const graph = new Map([
    ["server/a/one.ts", ["server/b/one.ts"]],
    ["server/b/one.ts", ["shared/core/x.ts"]],
    ["server/b/two.ts", ["server/a/two.ts", "server/b/one.ts"]],
    ["server/a/two.ts", []],
    ["shared/core/x.ts", []],
  ]);
  assert.deepEqual(folderGraph(graph).get("server/b"), ["server/a", "shared/core"]);
  assert.deepEqual(problemsOf(graph), [
    "Cycle of folders: server/a -> server/b -> server/a " +
    "(server/a/one.ts -> server/b/one.ts, server/b/two.ts -> server/a/two.ts)",
  ]);
});

Deno.test("tests and scripts are no folders of the product", () => {
  const graph = new Map([
    ["scripts/x.ts", ["tests/x.ts"]],
    ["tests/y.ts", ["scripts/y.ts"]],
    ["scripts/y.ts", ["tests/z.ts"]],
    ["tests/x.ts", []],
    ["tests/z.ts", []],
  ]);
  assert.deepEqual(problemsOf(graph), []);
});

Deno.test("a folder that holds too many files is reported with their number", () => {
  const graph = new Map([1, 2, 3].map((n) => [`server/a/${n}.ts`, []]));
  assert.deepEqual(crowdedFolders(graph, 2), [["server/a", 3]]);
  assert.deepEqual(crowdedFolders(graph, 3), []);
});
