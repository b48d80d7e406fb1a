import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { typeScriptFiles } from "../../scripts/check_cycles.ts";
import plugin from "../../scripts/lint/house_rules.ts";

/** What the plugin says about `source` if it were the file at `path`: rule names, `house/` cut off. */
function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, path, source).map(({ id }) => id.replace("house/", ""));
}

function assertCaught(rule: string, path: string, sources: readonly string[]): void {
  for (const source of sources) {
    assert.ok(lint(path, source).includes(rule), `${rule} should stop in ${path}: ${source}`);
  }
}

function assertFine(path: string, sources: readonly string[]): void {
  for (const source of sources) {
    assert.deepEqual(lint(path, source), [], `nothing is wrong in ${path}: ${source}`);
  }
}

const CLOCK = [
  "const a = Date.now();",
  "const a = new Date();",
  "const a = new Date;",
  "const a = Date();",
  "const { now } = Date;",
  "const read = Date;",
  "const a = performance.now();",
  "const a = performance.timeOrigin;",
  'const a = performance["now"]();',
  "const { now } = performance;",
  "setTimeout(() => {}, 1);",
  "setInterval(() => {}, 1);",
  "globalThis.setTimeout(() => {}, 1);",
  'globalThis["setTimeout"](() => {}, 1);',
  "self.performance.now();",
  "const wait = { setTimeout };",
  "const wait = { later: setTimeout };",
  "const wait = setTimeout as unknown;",
  "AbortSignal.timeout(100);",
  "const a = Temporal.Now.instant();",
  'import { setTimeout } from "node:timers/promises";',
  'import { performance } from "node:perf_hooks";',
];

const RANDOMNESS = [
  "const a = Math.random();",
  'const a = Math["random"]();',
  "const { random } = Math;",
  "const a = crypto.getRandomValues(new Uint8Array(4));",
  "const a = crypto.randomUUID();",
  "const a = globalThis.crypto.randomUUID();",
  'const a = await crypto.subtle.generateKey("Ed25519", true, []);',
  'import { randomBytes } from "node:crypto";',
  'import { createHmac, randomUUID as id } from "node:crypto";',
  'import nodeCrypto from "node:crypto"; nodeCrypto.randomBytes(4);',
];

const OUTSIDE = [
  "const a = Deno.listenDatagram({ transport: 'udp', port: 0 });",
  "const a = await Deno.connect({ port: 1 });",
  "const a = Deno.listen({ port: 0 });",
  "const a = Deno.readTextFileSync('x');",
  "const a = Deno.env.get('x');",
  "const { args } = Deno;",
  "const a = await fetch('http://localhost');",
  "const a = new WebSocket('ws://localhost');",
  "console.log(1);",
  "process.exit(1);",
  'import { readFileSync } from "node:fs";',
  'import dgram from "node:dgram";',
  'import { getFileSink } from "@logtape/file";',
];

const CORES = [
  "shared/core/x.ts",
  "server/core/server_core.ts",
  "client/receiving/stats/stats.ts",
  "viewer/hub.ts",
];
const WORLDLY = [
  "server/io/x.ts",
  "client/io/deep/x.ts",
  "viewer/io/x.ts",
  "shared/system/x.ts",
  "main.ts",
  "tests/e2e/x_test.ts",
  "scripts/bench/run.ts",
  "scripts/demo/run.ts",
  "tests/client/io/system_clock_test.ts",
  "scripts/x.ts",
];

Deno.test("R3: cores can't use the clock, and the folders that own it can", () => {
  for (const path of CORES) assertCaught("no-ambient-clock", path, CLOCK);
  assertCaught("no-ambient-clock", "tests/server/origin/sound/pacer_test.ts", CLOCK);
  for (
    const path of [
      ...WORLDLY,
      "viewer/web/main.ts",
      "server/studio/web/main.ts",
      "server/directory/web/main.ts",
      "scripts/demo/web/main.ts",
    ]
  ) {
    assertFine(path, CLOCK.filter((source) => !source.includes("node:")));
  }
});

Deno.test("R3: cores can't use randomness, and the folders that own it can", () => {
  for (const path of CORES) assertCaught("no-ambient-randomness", path, RANDOMNESS);
  assertCaught("no-ambient-randomness", "tests/loopback/x_test.ts", RANDOMNESS);
  for (const path of WORLDLY) assertFine(path, RANDOMNESS);
});

Deno.test("R3: cores can't reach sockets, files and the terminal, and io/ can", () => {
  for (const path of CORES) assertCaught("no-ambient-io", path, OUTSIDE);
  for (const path of [...WORLDLY, "tests/server/x_test.ts"]) assertFine(path, OUTSIDE);
});

Deno.test("R3: what only looks like the clock, randomness or a socket is fine", () => {
  const innocent = [
    "const a = new Date(1763600000000).toISOString();",
    "const a = Date.UTC(2026, 1, 1);",
    "const a = (b: unknown) => b instanceof Date;",
    "interface A { date: Date; timer: ReturnType<typeof setTimeout> }",
    "class A { setTimeout() {} } new A().setTimeout();",
    "const a = { performance: 1 }; export const b = a.performance;",
    "const f = (fetch: (url: string) => void) => fetch('x');",
    "function f({ fetch, ...rest }: { fetch: () => void }) { return [fetch(), rest]; }",
    "const performance = { now: () => 1 }; performance.now();",
    "const a = rng.float() * Math.floor(2);",
    'import { createHmac, timingSafeEqual } from "node:crypto";',
    'import type { Stats } from "node:fs";',
    "const a = await crypto.subtle.digest('SHA-256', b);",
  ];
  assertFine("server/x.ts", innocent);
  assertFine("client/x.ts", [
    "const a = (e: unknown) => e instanceof Deno.errors.NotFound;",
    "const a: Deno.NetAddr = b;",
    "const a = Deno.build.os;",
  ]);
});

Deno.test("R1: shared/ runs in Deno and in the browser", () => {
  assertCaught("shared-runs-anywhere", "shared/core/x.ts", [
    "const a = Deno.build.os;",
    "const a: Deno.NetAddr = b;",
    "const { errors } = globalThis.Deno;",
    "document.title = 'x';",
    "localStorage.clear();",
    "const a = Buffer.from('x');",
  ]);
  assertCaught("import-directions", "shared/core/x.ts", [
    'import { createHmac } from "node:crypto";',
    'import type { Socket } from "node:dgram";',
  ]);
  assertCaught("import-directions", "viewer/web/x.ts", ['import "node:assert";']);
  // A folder called io/ makes nothing allowed in shared/.
  assertCaught("no-ambient-clock", "shared/io/x.ts", CLOCK);
  assertFine("shared/core/x.ts", [
    'import * as v from "valibot";',
    'import { b } from "../wire/demux.ts"; export const a = new TextEncoder().encode(b);',
    "export const document1 = { document: 1 }.document;",
  ]);
  assertFine("server/x.ts", ['import { createHmac } from "node:crypto";']);
});

Deno.test("R1: shared/system/ uses Deno, and only folders that do I/O may import it", () => {
  assertFine("shared/system/x.ts", [
    "const a: Deno.NetAddr = b;",
    'import { createHmac } from "node:crypto";',
    'import { a } from "../core/a.ts";',
    'import { a } from "./a.ts";',
  ]);
  for (const path of ["server/core/x.ts", "client/core/x.ts", "viewer/hub.ts", "shared/rtp/x.ts"]) {
    const up = "../".repeat(path.split("/").length - 1);
    assertCaught("import-directions", path, EVERY_WAY(`${up}shared/system/a.ts`));
  }
  assertCaught("import-directions", "viewer/web/x.ts", EVERY_WAY("../../shared/system/a.ts"));
  assertCaught("import-directions", "shared/system/x.ts", EVERY_WAY("../../server/a.ts"));
  for (const path of ["server/command/x.ts", "client/playing/io/x.ts", "viewer/command/x.ts"]) {
    const up = "../".repeat(path.split("/").length - 1);
    assertFine(path, EVERY_WAY(`${up}shared/system/a.ts`));
  }
  assertFine("main.ts", EVERY_WAY("./shared/system/a.ts"));
});

const EVERY_WAY = (specifier: string) => [
  `import { a } from "${specifier}";`,
  `import type { A } from "${specifier}";`,
  `import { type A } from "${specifier}";`,
  `import "${specifier}";`,
  `export { a } from "${specifier}";`,
  `export type { A } from "${specifier}";`,
  `export * from "${specifier}";`,
  `const a = await import("${specifier}");`,
  `type A = import("${specifier}").A;`,
];

Deno.test("R2: imports lead only where the design says", () => {
  const forbidden = {
    "shared/core/x.ts": [
      "../../server/a.ts",
      "../../client/a.ts",
      "../../viewer/a.ts",
      "../../viewer/web/a.ts",
      "../../tests/a.ts",
      "../../scripts/a.ts",
      "../../main.ts",
    ],
    "server/x.ts": [
      "../client/a.ts",
      "../client/io/a.ts",
      "../viewer/a.ts",
      "../viewer/web/a.ts",
      "../tests/a.ts",
      "../main.ts",
    ],
    "server/studio/x.ts": ["./web/a.ts"],
    "server/studio/web/x.ts": ["../a.ts", "../../origin/a.ts", "../../../client/a.ts"],
    "server/io/x.ts": ["../../client/io/a.ts"],
    "client/x.ts": ["../server/a.ts", "../viewer/a.ts", "../tests/a.ts", "../main.ts"],
    "viewer/x.ts": ["../server/a.ts", "./web/a.ts", "../tests/a.ts", "../main.ts"],
    "viewer/web/x.ts": ["../app.ts", "../../client/a.ts", "../../server/a.ts", "../../tests/a.ts"],
  };
  for (const [path, specifiers] of Object.entries(forbidden)) {
    for (const specifier of specifiers) {
      assertCaught("import-directions", path, EVERY_WAY(specifier));
    }
  }
});

Deno.test("R2: what the design allows to be imported is fine", () => {
  const allowed = {
    "main.ts": ["./server/command/run.ts", "./client/command/run.ts", "./scripts/demo/run.ts"],
    "shared/core/x.ts": ["./a.ts", "../rtp/a.ts", "valibot"],
    "server/x.ts": ["./a.ts", "./io/a.ts", "../shared/core/a.ts", "rtp.js"],
    "client/x.ts": ["./io/a.ts", "../shared/core/a.ts"],
    "viewer/x.ts": ["./a.ts", "../client/a.ts", "../shared/core/a.ts", "hono"],
    "viewer/web/x.ts": ["./a.ts", "./components/a.ts", "../../shared/rtp/a.ts", "preact"],
    "server/studio/web/x.ts": ["./sound/a.ts", "../../../shared/studio/a.ts", "preact"],
    "tests/server/x_test.ts": ["../../server/a.ts", "../fakes/a.ts", "../../main.ts"],
    "scripts/x.ts": ["../main.ts", "../viewer/web/a.ts"],
  };
  for (const [path, specifiers] of Object.entries(allowed)) {
    for (const specifier of specifiers) assertFine(path, EVERY_WAY(specifier));
  }
});

Deno.test("R7: origin and edge don't import each other, and the link imports neither", () => {
  const forbidden = {
    "server/origin/x.ts": ["../edge/a.ts", "../edge/sending/a.ts"],
    "server/origin/sound/io/x.ts": ["../../../edge/a.ts"],
    "server/edge/x.ts": ["../origin/a.ts"],
    "server/edge/sending/x.ts": ["../../origin/timeline/a.ts"],
    "server/link/x.ts": ["../origin/a.ts", "../edge/a.ts"],
  };
  for (const [path, specifiers] of Object.entries(forbidden)) {
    for (const specifier of specifiers) {
      assertCaught("import-directions", path, EVERY_WAY(specifier));
    }
  }
  const allowed = {
    "server/origin/x.ts": ["../link/a.ts", "../interface/a.ts", "./sound/a.ts"],
    "server/edge/x.ts": ["../link/a.ts", "../tokens/a.ts", "./sending/a.ts"],
    "server/core/x.ts": ["../origin/a.ts", "../edge/a.ts"],
    "server/studio/web/x.ts": ["./sound/a.ts", "../../../shared/studio/a.ts", "preact"],
    "tests/server/x_test.ts": ["../../server/origin/a.ts", "../../server/edge/a.ts"],
  };
  for (const [path, specifiers] of Object.entries(allowed)) {
    for (const specifier of specifiers) assertFine(path, EVERY_WAY(specifier));
  }
});

Deno.test("R2: a file is known by its absolute path and its URL too", () => {
  const url = new URL("../../server/x.ts", import.meta.url);
  for (const name of [url.href, url.pathname]) {
    assert.deepEqual(lint(name, 'import "../client/a.ts";'), ["import-directions"]);
  }
});

Deno.test("R4: parsers of bytes from outside don't throw", () => {
  assertCaught("parsers-never-throw", "shared/rtp/x.ts", [
    "export function parseX(a: number) { if (a) throw new Error('x'); }",
    "export function decodeX(a: number[]) { a.forEach(() => { throw new Error('x'); }); }",
    "class XReader { uint8() { throw new RangeError('x'); } }",
    "class X { #parse() { throw new RangeError('x'); } }",
    "function readX() { try { a(); } catch (e) { throw e; } }",
  ]);
  assertFine("shared/rtp/x.ts", [
    "export function formatX() { throw new Error('broken invariant'); }",
    "export function parseX() { try { throw new Error('x'); } catch { return undefined; } }",
    "class XReader { constructor(a: number) { if (a < 0) throw new RangeError('x'); } }",
  ]);
  assertFine("server/command/arguments.ts", ["export function parseX() { throw new Error('x'); }"]);
});

Deno.test("R6: numbers that wrap are neither compared nor wrapped inside", () => {
  const wrapping = [
    "const a = packet.sequenceNumber > highest;",
    "const a = packet.timestamp - base;",
    "const a = sequenceNumber + 1;",
    "const a = (count + 1) & 0xffff;",
    "const a = count % 65536;",
    "const a = ticks % 0x1_0000_0000;",
  ];
  for (const path of ["server/x.ts", "client/x.ts", "shared/core/x.ts"]) {
    assertCaught("no-wrapped-arithmetic", path, wrapping);
  }
  for (const path of ["shared/core/seq.ts", "shared/rtp/rtp.ts", "tests/client/x_test.ts"]) {
    assertFine(path, wrapping);
  }
  assertFine("client/x.ts", [
    "const a = unwrapper.unwrap(packet.sequenceNumber);",
    "const a = packet.sequenceNumber === other;",
    "const a = extended - base;",
    "const a = count % 10;",
  ]);
});

Deno.test("R6: a point in time says its unit", () => {
  assertCaught("time-has-unit", "client/x.ts", [
    "function f(now: number) { return now; }",
    "class A { f(a: string, now: number) { return now; } }",
    "const f = (now: number) => now;",
    "interface A { advance(now: number): void }",
    "interface A { readonly deadline: number }",
    "class A { deadline: number = 0 }",
  ]);
  assertFine("client/x.ts", ["function f(now: Millis, other: number) { return now + other; }"]);
  assertFine("tests/client/x_test.ts", ["const f = (now: number) => now;"]);
});

Deno.test("no comment switches a rule of the house off", async () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const files = [...typeScriptFiles(root.replace(/[\\/]$/, ""))];
  assert.ok(files.length > 10);
  for (const file of files) {
    const source = await Deno.readTextFile(file);
    // In pieces, so that this file is not found.
    const switches = new RegExp("deno-lint-" + "ignore(-file\\s*($|--)|.*\\bhouse/)", "m");
    assert.doesNotMatch(source, switches, file);
  }
});
