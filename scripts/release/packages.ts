/** A package of npm whose code is in the binary or in a page. */
export interface Package {
  readonly name: string;
  readonly version: string;
}

/** The parts of deno.json and deno.lock that are read here. */
export interface Lock {
  /** What an import such as `hono` stands for, as `npm:hono@4.13.19`. */
  readonly imports: Readonly<Record<string, string>>;
  /** Each package, as `NAME@VERSION` and perhaps `_` and its peers, with the names of what it needs. */
  readonly npm: Readonly<Record<string, { readonly dependencies?: readonly string[] }>>;
}

/** Packages with types alone, of which nothing is in the binary. */
const TYPES = /^@types\//;

/**
 * The packages whose code may be in the binary or in a page: those that a source imports, and what they need. A few of
 * them are left out by the bundler; to name them does no harm.
 *
 * @param sources the texts of all sources
 * @throws Error when deno.lock does not have a package that is needed.
 */
export function packagesOf(sources: readonly string[], lock: Lock): Package[] {
  const found = new Map<string, Package>();
  const add = (key: string) => {
    const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(key)!;
    if (found.has(`${name}@${version}`) || TYPES.test(name!)) return;
    found.set(`${name}@${version}`, { name: name!, version: version! });
    for (const needed of lock.npm[key]!.dependencies ?? []) add(keyOf(needed, lock));
  };
  for (const name of importedNames(sources, lock)) add(keyOf(name, lock));
  return [...found.values()].sort((a, b) => idOf(a) < idOf(b) ? -1 : 1);
}

/** `NAME@VERSION`. */
export function idOf({ name, version }: Package): string {
  return `${name}@${version}`;
}

/** The packages that are imported by name, with the version that deno.json pins. */
function importedNames(sources: readonly string[], { imports }: Lock): Set<string> {
  const names = new Set<string>();
  for (const source of sources) {
    for (const [, specifier] of source.matchAll(/(?:\bfrom|\bimport)[\s(]*"([^".][^"]*)"/g)) {
      const key = Object.keys(imports).find((name) =>
        specifier === name || specifier!.startsWith(name.replace(/\/?$/, "/"))
      );
      const target = key && /^npm:\/?(@?[^@]+@[^/]+)/.exec(imports[key]!)?.[1];
      if (target) names.add(target);
    }
  }
  return names;
}

/** deno.lock names a package without its version where there is one version alone. */
function keyOf(needed: string, { npm }: Lock): string {
  const keys = Object.keys(npm);
  const key = keys.find((key) => key === needed) ??
    keys.find((key) => key.startsWith(`${needed}_`)) ??
    keys.find((key) => key.startsWith(`${needed}@`));
  if (key === undefined) throw new Error(`deno.lock has no ${needed}: run deno install`);
  return key;
}
