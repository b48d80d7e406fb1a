import { dirname } from "node:path/posix";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A folder that holds more code files than this no longer shows the way of a packet. */
const MAX_FILES_IN_FOLDER = 16;
/** What the limits on folders are about; tests and scripts mirror or gather. */
const PRODUCT = /^(server|client|viewer|shared)\//;

/** Who imports whom, by path from the root or `file:` URL; imports of types count like any other. */
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
 * @param root the folder, which holds a deno.json
 * @throws Error naming the modules that can't be read or parsed
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
    // Packages import none of our files and are not asked for, which Deno calls an error.
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

/** Every TypeScript file under `folder` that is somebody's source. */
export function* typeScriptFiles(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (name.startsWith(".") || name === "node_modules" || name === "dist") continue;
    if (isDirectory) yield* typeScriptFiles(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

/**
 * Finds import cycles: for each knot of modules that reach each other, one shortest way round, its
 * first module repeated at the end.
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

/** The folders of the product instead of its files, each with those that its files import from. */
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

/** An import that leads from one folder into the other, for the one who has to mend a cycle. */
function importBetween(graph: ImportGraph, from: string, to: string): string | undefined {
  for (const [file, imported] of graph) {
    if (dirname(file) !== from) continue;
    const other = imported.find((path) => dirname(path) === to);
    if (other !== undefined) return `${file} -> ${other}`;
  }
}

/** The folders of the product that hold too many files, with how many they hold. */
export function crowdedFolders(graph: ImportGraph, most = MAX_FILES_IN_FOLDER): [string, number][] {
  const counts = new Map<string, number>();
  for (const file of graph.keys()) {
    if (PRODUCT.test(file)) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > most);
}

/** Breadth first from `start` until it is met again. */
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

/** The same graph by paths from the folder at `root`, which ends with a slash. */
function fromRoot(graph: ImportGraph, root: string): ImportGraph {
  const pathOf = (url: string) => url.startsWith(root) ? url.slice(root.length) : url;
  return new Map([...graph].map(([file, imported]) => [pathOf(file), imported.map(pathOf)]));
}

/** @returns a line for each thing that is wrong. */
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

/** Prints what is wrong in the repository this script is part of; gives the exit status. */
async function checkRepository(): Promise<number> {
  const root = new URL("..", import.meta.url);
  try {
    const folder = fileURLToPath(root).replace(/[\\/]$/, "");
    const graph = fromRoot(await readImportGraph(folder), root.href);
    const problems = problemsOf(graph);
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) return 1;
    const folders = folderGraph(graph).size;
    console.log(`No cycles among ${graph.size} modules and ${folders} folders`);
    return 0;
  } catch (error) {
    console.error(`Imports can't be followed: ${(error as Error).message}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await checkRepository());
