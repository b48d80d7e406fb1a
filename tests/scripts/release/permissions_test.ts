import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { playerCommands } from "../../../client/playing/io/player.ts";
import {
  permissionFlags,
  permissionsOf,
  programsOf,
  type System,
  SYSTEM_FACTS,
  VARIABLES,
} from "../../../scripts/release/permissions.ts";
import { browserCommand } from "../../../server/studio/io/open_browser.ts";

const ROOT = new URL("../../../", import.meta.url);
const SYSTEMS: readonly System[] = ["linux", "darwin", "windows"];
/** What is in the binary. */
const PRODUCT = ["main.ts", "client/", "server/", "shared/", "viewer/", "scripts/demo/"];

/** Each file of the binary with its text; of pages only the servers. */
const SOURCES = PRODUCT.flatMap((place) => sourcesIn(new URL(place, ROOT)));

function sourcesIn(place: URL): { file: string; text: string }[] {
  if (place.href.endsWith(".ts")) {
    return [{ file: place.href.slice(ROOT.href.length), text: Deno.readTextFileSync(place) }];
  }
  if (!place.href.endsWith("/") || /\/(web|dist)\/$/.test(place.href)) return [];
  return [...Deno.readDirSync(place)].flatMap(({ name, isDirectory }) =>
    sourcesIn(new URL(isDirectory ? `${name}/` : name, place))
  );
}

function found(pattern: RegExp): string[] {
  return SOURCES.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, name]) => name!));
}

for (const system of SYSTEMS) {
  Deno.test(`${system}: players, ffmpeg and the opener of pages may be started`, () => {
    const allowed = programsOf(system);
    const opener = browserCommand("http://127.0.0.1", { platform: system, env: () => ":0" });
    const players = [...playerCommands({ codec: "mp3" }), ...playerCommands({ codec: "opus" })];
    const wanted = new Set([...players.map(({ name }) => name), "ffmpeg", opener![0]!]);
    assert.deepEqual(new Set(allowed), wanted);
  });

  Deno.test(`${system}: each permission has its reason, and none is for everything`, () => {
    for (const { flags, why } of permissionsOf(system)) {
      assert.ok(why.length > 20, flags.join());
      for (const flag of flags) {
        assert.match(flag, /^--((allow|deny|ignore)-[a-z]+(=\S+)?|no-prompt)$/);
        assert.doesNotMatch(flag, /^--allow-(all|run|env|sys|import)$/);
      }
    }
  });
}

Deno.test("the C library may be called only where it is", () => {
  const callers = SYSTEMS.filter((system) => permissionFlags(system).includes("--allow-ffi"));
  assert.deepEqual(callers, ["linux", "darwin"]);
});

Deno.test("programs are started in one place", () => {
  const places = SOURCES.filter(({ text }) => /Deno\.Command\(|node:child_process/.test(text));
  assert.deepEqual(places.map(({ file }) => file), ["shared/system/start_program.ts"]);
});

Deno.test("each variable that is read by name is listed, and the program can read no other", () => {
  const direct = found(/Deno\.env\.(?:get|has)\("(\w+)"\)/g);
  const passed = found(/\benv\("(\w+)"\)/g);
  assert.ok(direct.length > 4 && passed.length > 3);
  for (const name of [...direct, ...passed]) assert.ok(VARIABLES.includes(name), name);
});

Deno.test("each fact of the system that is asked for is listed", () => {
  const facts =
    /Deno\.(hostname|osRelease|osUptime|loadavg|networkInterfaces|systemMemoryInfo|uid|gid)\(/g;
  const asked = new Set([...found(facts), ...found(/\b(homedir)\(\)/g)]);
  assert.deepEqual(asked, new Set(SYSTEM_FACTS));
});

/** Tries what the program must not be able to do; prints what it could. */
const PROBE = `
const tries = {
  variable: () => Deno.env.get("HIDDEN") ?? null,
  environment: () => Deno.env.toObject().HIDDEN ?? null,
  program: () => new Deno.Command("sh", { args: ["-c", "true"] }).outputSync().success,
  hostname: () => Deno.hostname(),
  kernel: () => Deno.osRelease(),
  memory: () => Deno.readTextFileSync("/proc/self/environ"),
  device: () => Deno.openSync("/dev/stdin").close(),
};
const could = Object.entries(tries).filter(([, attempt]) => {
  try { return attempt() !== null; } catch { return false; }
});
const hosts = ["deno.land", "jsr.io", "esm.sh", "cdn.jsdelivr.net", "raw.githubusercontent.com",
  "gist.githubusercontent.com", "127.0.0.1"];
const imported = await Promise.all(hosts.map((host) =>
  import("https://" + host + "/x.ts").then(String, (error) => error.message)));
console.log(JSON.stringify({
  could: could.map(([name]) => name),
  imported,
  folder: Deno.readDirSync(".").next().done !== undefined,
  addresses: Deno.networkInterfaces().length > 0,
  home: Deno.env.get("HOME"),
}));`;

Deno.test("what is not listed fails at once, without a question", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/probe.ts`, PROBE);
    const flags = permissionFlags(Deno.build.os as System);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-config", ...flags, `${folder}/probe.ts`],
      cwd: fileURLToPath(ROOT),
      env: { HIDDEN: "secret", NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.notEqual(text, "", new TextDecoder().decode(stderr));
    const { could, imported, folder: reads, addresses, home } = JSON.parse(text);
    assert.deepEqual(could, []);
    for (const problem of imported) assert.match(problem, /Requires import access/);
    assert.ok(reads && addresses);
    assert.equal(home, Deno.env.get("HOME"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
