import { fileURLToPath } from "node:url";
import chartStyle from "uplot/dist/uPlot.min.css" with { type: "text" };

const ROOT = new URL("../", import.meta.url);
/** Whose work is in the pages and the binary; each page serves it as licenses.txt. */
const NOTICES = new URL("THIRD_PARTY_NOTICES.txt", ROOT);
const VIEWER = new URL("viewer/web/", ROOT);
const STUDIO = new URL("server/studio/web/", ROOT);
const DIRECTORY = new URL("server/directory/web/", ROOT);
const DEMO = new URL("scripts/demo/web/", ROOT);
/** The page of `view` without a link. */
const VIEWER_DIRECTORY = new URL("directory/", VIEWER);

/** A page and what it is built from. */
interface PagePlan {
  readonly output: URL;
  /** Each script with the name of what it is built into. */
  readonly scripts: readonly (readonly [source: URL, output: string])[];
  /** Files that are copied unchanged. */
  readonly files: readonly URL[];
  /** Style sheets, joined in this order. */
  readonly styles: readonly URL[];
  /** Whatever may be imported. */
  readonly sources: readonly URL[];
}

const SHARED = new URL("shared/", ROOT);
const PLANS: readonly PagePlan[] = [
  {
    output: new URL("viewer/dist/", ROOT),
    scripts: [...mainScripts(VIEWER), ...ownScripts(VIEWER)],
    files: within(VIEWER, /\.(html|svg|png|ico|webmanifest)$/),
    styles: within(VIEWER, /\.css$/),
    sources: [VIEWER, SHARED],
  },
  {
    output: new URL("server/studio/dist/", ROOT),
    scripts: [...mainScripts(STUDIO, VIEWER), ...ownScripts(STUDIO)],
    files: [...within(STUDIO, /\.html$/), new URL("icon.svg", VIEWER)],
    styles: [...commonStyles(), ...within(STUDIO, /\.css$/)],
    sources: [STUDIO, VIEWER, SHARED],
  },
  {
    output: new URL("server/directory/dist/", ROOT),
    scripts: [[new URL("main.ts", DIRECTORY), "page.js"]],
    files: [...within(DIRECTORY, /\.html$/), new URL("icon.svg", VIEWER)],
    styles: [...commonStyles(), ...within(DIRECTORY, /\.css$/)],
    sources: [DIRECTORY, VIEWER, SHARED],
  },
  {
    output: new URL("viewer/dist/directory/", ROOT),
    scripts: [[new URL("main.ts", VIEWER_DIRECTORY), "page.js"]],
    files: within(VIEWER_DIRECTORY, /\.html$/),
    styles: [
      ...commonStyles(),
      ...within(DIRECTORY, /\.css$/),
      ...within(VIEWER_DIRECTORY, /\.css$/),
    ],
    sources: [DIRECTORY, VIEWER, SHARED],
  },
  {
    output: new URL("scripts/demo/dist/", ROOT),
    scripts: [[new URL("main.ts", DEMO), "page.js"]],
    files: within(DEMO, /\.html$/),
    styles: [...commonStyles(), ...within(DEMO, /\.css$/)],
    sources: [DEMO, VIEWER, SHARED],
  },
];

/** Builds all pages, each unless it was built from the same sources. */
async function buildPages(): Promise<void> {
  for (const plan of PLANS) await build(plan);
}

async function build({ output, scripts, files, styles, sources }: PagePlan): Promise<void> {
  /** The file with the digest of the sources, so that nothing is built twice. */
  const stamp = new URL("built-from", output);
  const fingerprint = await fingerprintOf(sources);
  if (await readIfThere(stamp) === fingerprint) return;
  await Deno.mkdir(output, { recursive: true });
  for (const [source, name] of scripts) await bundle(source, new URL(name, output));
  for (const file of files) await Deno.copyFile(file, new URL(nameOf(file), output));
  await Deno.copyFile(NOTICES, new URL("licenses.txt", output));
  // The chart's style comes first, so that the page's styles can override it.
  const sheets = await Promise.all(styles.map((file) => Deno.readTextFile(file)));
  await Deno.writeTextFile(new URL("page.css", output), [chartStyle, ...sheets].join("\n"));
  await Deno.writeTextFile(stamp, fingerprint);
}

/** The page itself, and the door, which all pages share. */
function mainScripts(page: URL, door = page): [source: URL, output: string][] {
  return [[new URL("main.ts", page), "page.js"], [new URL("door.ts", door), "door.js"]];
}

/** What runs beside the page: worklets and workers. */
function ownScripts(page: URL): [source: URL, output: string][] {
  const files = [...filesUnder(page)].filter(({ pathname }) => /work(let|er)\.ts$/.test(pathname));
  return files.map((file) => [file, nameOf(file).replace(/\.ts$/, ".js")]);
}

/** Of the viewer's sheets, those for what all pages have. */
function commonStyles(): URL[] {
  return within(VIEWER, /\/[1-4]_\w+\.css$/);
}

/** The files in a folder itself, by name. */
function within(folder: URL, pattern: RegExp): URL[] {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => new URL(name, folder));
  return files.filter(({ href }) => pattern.test(href)).sort((a, b) => a.href < b.href ? -1 : 1);
}

function nameOf(file: URL): string {
  return file.pathname.slice(file.pathname.lastIndexOf("/") + 1);
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

/** SHA-256 of the names and contents of all sources of a page. */
async function fingerprintOf(folders: readonly URL[]): Promise<string> {
  const files = [new URL("deno.lock", ROOT), NOTICES, new URL(import.meta.url)];
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

if (import.meta.main) await buildPages();
