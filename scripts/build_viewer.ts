import { fileURLToPath } from "node:url";
import chartStyle from "uplot/dist/uPlot.min.css" with { type: "text" };

const ROOT = new URL("../", import.meta.url);
const SOURCE = new URL("viewer/web/", ROOT);
const OUTPUT = new URL("viewer/dist/", ROOT);
/** The file with the digest of the sources, so that nothing is built twice. */
const STAMP = new URL("built-from.txt", OUTPUT);

/** Files that are copied unchanged. */
const STATIC_FILE = /\.(html|svg|png|ico|webmanifest)$/;

/** Builds the page into viewer/dist unless it was built from the same sources. */
async function buildViewer(): Promise<void> {
  const fingerprint = await fingerprintOfSources();
  if (await readIfThere(STAMP) === fingerprint) return;
  await Deno.mkdir(OUTPUT, { recursive: true });
  for (const [source, output] of entries()) await bundle(source, new URL(output, OUTPUT));
  for (const { name } of Deno.readDirSync(SOURCE)) {
    if (STATIC_FILE.test(name)) await Deno.copyFile(new URL(name, SOURCE), new URL(name, OUTPUT));
  }
  await Deno.writeTextFile(new URL("page.css", OUTPUT), await style());
  await Deno.writeTextFile(STAMP, fingerprint);
}

/** The scripts of the page: the page itself, the door, the audio worklet and the worker. */
function* entries(): Generator<[source: URL, output: string]> {
  yield [new URL("main.ts", SOURCE), "page.js"];
  yield [new URL("door.ts", SOURCE), "door.js"];
  for (const file of filesUnder(SOURCE)) {
    const name = file.pathname.split("/").at(-1)!;
    if (/work(let|er)\.ts$/.test(name)) yield [file, name.replace(/\.ts$/, ".js")];
  }
}

async function bundle(source: URL, output: URL): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform",
      "browser",
      "--minify",
      "--output",
      fileURLToPath(output),
      fileURLToPath(source),
    ],
    cwd: fileURLToPath(ROOT),
  }).output();
  if (success) return;
  await Deno.stderr.write(stderr);
  console.error(`The page can't be bundled from ${fileURLToPath(source)}; see above`);
  Deno.exit(1);
}

/** The chart's style comes first, so that the page's styles can override it. */
async function style(): Promise<string> {
  const names = [...Deno.readDirSync(SOURCE)].map(({ name }) => name).sort();
  const own = names.filter((name) => name.endsWith(".css"));
  const texts = own.map((name) => Deno.readTextFile(new URL(name, SOURCE)));
  return [chartStyle, ...await Promise.all(texts)].join("\n");
}

/** SHA-256 of the names and contents of all sources of the page. */
async function fingerprintOfSources(): Promise<string> {
  const folders = [SOURCE, new URL("shared/", ROOT)];
  const files = [new URL("deno.lock", ROOT), new URL(import.meta.url)];
  for (const folder of folders) files.push(...filesUnder(folder));
  const parts = files.map((file) => [
    new TextEncoder().encode(`\0${file.href.slice(ROOT.href.length)}\0`),
    Deno.readFileSync(file),
  ]);
  const bytes = await new Blob(parts.flat()).arrayBuffer();
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `${Deno.version.deno} ${new Uint8Array(digest).toHex()}\n`;
}

function* filesUnder(folder: URL): Generator<URL> {
  const entries = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory } of entries) {
    if (isDirectory) yield* filesUnder(new URL(`${name}/`, folder));
    else yield new URL(name, folder);
  }
}

async function readIfThere(file: URL): Promise<string | undefined> {
  return isThere(file) ? await Deno.readTextFile(file) : undefined;
}

function isThere(file: URL): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch {
    return false;
  }
}

if (import.meta.main) await buildViewer();
