import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const MAIN = fileURLToPath(new URL("main.ts", ROOT));
const TEXTS = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "shared/README.md",
  ...["architecture", "commands", "data", "decisions", "events", "security", "studio", "voting"]
    .map((name) => `docs/${name}.md`),
];
/** A page of the web shows each picture within a second on a slow line. */
const MOST_BYTES = 300_000;

const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

/** What a text leads to beside addresses of the web: files, and headings behind `#`. */
function targets(text: string): string[] {
  const found = text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g);
  return [...found].map(([, link, picture]) => link ?? picture!)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The name by which GitHub lets a heading be linked. */
function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, "").replaceAll(" ", "-");
}

function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading!));
}

Deno.test("every link in the texts leads to a file and a heading that are there", async () => {
  for (const path of TEXTS) {
    const text = await read(path);
    for (const target of targets(text)) {
      const [file = "", heading] = target.split("#");
      const url = file === "" ? new URL(path, ROOT) : new URL(file, new URL(path, ROOT));
      await assert.doesNotReject(Deno.stat(url), `${path}: ${target}`);
      if (heading === undefined) continue;
      const there = anchors(await Deno.readTextFile(url));
      assert.ok(there.includes(heading), `${path}: there is no heading for #${heading}`);
    }
  }
});

Deno.test("every picture is small, and there are one in light and one in dark colours", async () => {
  const folder = new URL("docs/pictures/", ROOT);
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  assert.ok(names.length > 0);
  for (const name of names) {
    const other = name.replace(/-(light|dark)\./, (_, scheme) => {
      return scheme === "light" ? "-dark." : "-light.";
    });
    assert.ok(other !== name && names.includes(other), `${name} has no ${other}`);
    const { size } = await Deno.stat(new URL(name, folder));
    assert.ok(size <= MOST_BYTES, `${name} has ${size} bytes`);
  }
});

async function helpOf(...command: string[]): Promise<string> {
  const args = ["run", "-A", "--no-check", MAIN, ...command, "--help"];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  return new TextDecoder().decode(stdout);
}

function flagsIn(text: string): Set<string> {
  return new Set([...text.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag));
}

const COMMANDS = ["serve", "listen", "view", "find", "directory", "demo"];
const TOKEN_COMMANDS = ["make", "list", "revoke", "export"].map((name) => ["token", name]);

Deno.test("docs/commands.md has the flags that --help has, and the README uses no others", async () => {
  const helps = await Promise.all(
    [...COMMANDS.map((name) => [name]), ...TOKEN_COMMANDS].map((command) => helpOf(...command)),
  );
  const known = flagsIn(helps.join("\n"));
  assert.ok(known.size > 40, `${known.size} flags`);
  const described = flagsIn(await read("docs/commands.md"));
  for (const flag of known) assert.ok(described.has(flag), `docs/commands.md lacks ${flag}`);
  for (const flag of described) {
    assert.ok(
      known.has(flag) || flag === "--help",
      `docs/commands.md has ${flag}, which is no flag`,
    );
  }
  const used = [...(await read("README.md")).matchAll(/\.[/\\]streamer [^\n|`]*/g)];
  for (const [command] of used) {
    for (const flag of flagsIn(command)) assert.ok(known.has(flag), `README.md: ${command}`);
  }
});
