import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Who imports whom, by `file:` URL; imports of types count like any other. */
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

/** Prints what is wrong in the repository this script is part of; gives the exit status. */
async function checkRepository(): Promise<number> {
  const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
  try {
    const graph = await readImportGraph(root);
    const cycles = findCycles(graph);
    for (const cycle of cycles) {
      const names = cycle.map((url) => relative(root, fileURLToPath(url)));
      console.error(`Import cycle: ${names.join(" -> ")}`);
    }
    if (cycles.length === 0) console.log(`No import cycles among ${graph.size} modules`);
    return cycles.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`Imports can't be followed: ${(error as Error).message}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await checkRepository());
