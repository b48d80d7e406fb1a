import { dirname } from "node:path/posix";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The most code files in one folder. */
const MAX_FILES_IN_FOLDER = 16;
/** The folders with limits; tests and scripts have none. */
const PRODUCT = /^(server|client|viewer|shared)\//;

/** The imports of each file, by path from the root or `file:` URL; type imports count too. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

interface DenoInfo {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

/**
 * Reads the imports of every TypeScript file under `root`, as Deno itself sees them.
 *
 * @param root the folder, which has a deno.json
 * @throws Error that names the modules that can't be read or parsed
 */
export async function readImportGraph(root: string): Promise<ImportGraph> {
  // `deno info` takes one root, so it gets one that imports everything.
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const imports = [...typeScriptFiles(root)].map((file) =>
      `import ${JSON.stringify(pathToFileURL(file).href)};\n`
    );
    await Deno.writeTextFile(entry, imports.join(""));
    const info = await denoInfo(root, entry);
    // Packages import none of our files, so they are not resolved; Deno reports each as an error.
    const files = info.modules.filter(({ specifier }) => specifier.startsWith("file:"));
    const broken = files.filter(({ error }) => error);
    if (broken.length > 0) throw new Error(broken.map(({ error }) => error).join("\n"));
    const own = files.filter(({ specifier }) => specifier !== pathToFileURL(entry).href);
    return new Map(own.map((module) => [module.specifier, importedFiles(module)]));
  } finally {
    await Deno.remove(entry);
  }
}

async function denoInfo(root: string, entry: string): Promise<DenoInfo> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-npm", "--no-lock", "--config", `${root}/deno.json`, entry],
    cwd: root,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

function importedFiles({ dependencies = [] }: DenoInfo["modules"][number]): string[] {
  const targets = dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier]);
  return targets.filter((target) => target !== undefined).filter((url) => url.startsWith("file:"));
}

/** Every TypeScript source file under `folder`. */
export function* typeScriptFiles(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (name.startsWith(".") || name === "node_modules" || name === "dist") continue;
    if (isDirectory) yield* typeScriptFiles(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

/**
 * Finds import cycles: for each group of modules that reach each other, one of the shortest cycles, with
 * its first module repeated at the end.
 */
export function findCycles(graph: ImportGraph): string[][] {
  const cycles: string[][] = [];
  const seen = new Set<string>();
  for (const start of [...graph.keys()].sort()) {
    if (seen.has(start)) continue;
    const cycle = shortestWayBack(graph, start);
    if (!cycle) continue;
    cycles.push(cycle);
    for (const module of cycle) seen.add(module);
  }
  return cycles;
}

/** The imports between the folders of the product. */
export function folderGraph(graph: ImportGraph): ImportGraph {
  const folders = new Map<string, Set<string>>();
  for (const [file, imported] of graph) {
    if (!PRODUCT.test(file)) continue;
    const folder = dirname(file);
    const others = imported.filter((path) => PRODUCT.test(path)).map(dirname);
    const known = folders.get(folder) ?? new Set();
    folders.set(folder, new Set([...known, ...others.filter((other) => other !== folder)]));
  }
  return new Map([...folders].map(([folder, others]) => [folder, [...others].sort()]));
}

/** An import from one folder into the other, as a hint for removing a cycle. */
function importBetween(graph: ImportGraph, from: string, to: string): string | undefined {
  for (const [file, imported] of graph) {
    if (dirname(file) !== from) continue;
    const other = imported.find((path) => dirname(path) === to);
    if (other !== undefined) return `${file} -> ${other}`;
  }
}

/** The folders of the product with too many files, and their numbers of files. */
export function crowdedFolders(graph: ImportGraph, most = MAX_FILES_IN_FOLDER): [string, number][] {
  const counts = new Map<string, number>();
  for (const file of graph.keys()) {
    if (PRODUCT.test(file)) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > most);
}

/** Searches breadth first from `start` until it finds `start` again. */
function shortestWayBack(graph: ImportGraph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const module of queue) {
    for (const imported of graph.get(module) ?? []) {
      if (imported === start) return [...wayTo(cameFrom, start, module), start];
      if (cameFrom.has(imported)) continue;
      cameFrom.set(imported, module);
      queue.push(imported);
    }
  }
}

function wayTo(cameFrom: Map<string, string>, start: string, end: string): string[] {
  const way = [end];
  while (way[0] !== start) way.unshift(cameFrom.get(way[0]!)!);
  return way;
}

/** The same graph with paths relative to `root`, which ends with a slash. */
function fromRoot(graph: ImportGraph, root: string): ImportGraph {
  const pathOf = (url: string) => url.startsWith(root) ? url.slice(root.length) : url;
  return new Map([...graph].map(([file, imported]) => [pathOf(file), imported.map(pathOf)]));
}

/** @returns one line for each problem. */
export function problemsOf(graph: ImportGraph): string[] {
  const folders = folderGraph(graph);
  const between = (cycle: string[]) =>
    cycle.slice(1).map((folder, index) => importBetween(graph, cycle[index]!, folder));
  return [
    ...findCycles(graph).map((cycle) => `Import cycle: ${cycle.join(" -> ")}`),
    ...findCycles(folders).map((cycle) =>
      `Cycle of folders: ${cycle.join(" -> ")} (${between(cycle).join(", ")})`
    ),
    ...crowdedFolders(graph).map(([folder, count]) =>
      `Too many files: ${folder}/ holds ${count}, more than ${MAX_FILES_IN_FOLDER}`
    ),
  ];
}

/** Prints the problems of this repository. @returns the exit status. */
async function checkRepository(): Promise<number> {
  const root = new URL("..", import.meta.url);
  try {
    const folder = fileURLToPath(root).replace(/[\\/]$/, "");
    const graph = fromRoot(await readImportGraph(folder), root.href);
    const problems = problemsOf(graph);
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) return 1;
    const folders = folderGraph(graph).size;
    console.log(`No cycles among ${graph.size} files and ${folders} folders`);
    return 0;
  } catch (error) {
    console.error(`Imports can't be read: ${(error as Error).message}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await checkRepository());
