import { type Area, type Place, placeOf, placeOfImport } from "./places.ts";

/** Which area may import from which (R2); `main` and `elsewhere` may import everything. */
const VISIBLE: Partial<Record<Area, readonly Area[]>> = {
  shared: ["shared"],
  system: ["system", "shared"],
  server: ["server", "shared", "system"],
  client: ["client", "shared", "system"],
  viewer: ["viewer", "client", "shared", "system"],
  web: ["web", "shared"],
};

/**
 * Folders that must not see others: between origin and edge pass only bytes (R7), so that each could run on a
 * machine of its own, and the link between them knows neither.
 */
const APART: Readonly<Record<string, readonly string[]>> = {
  "server/origin/": ["server/edge/"],
  "server/edge/": ["server/origin/"],
  "server/link/": ["server/origin/", "server/edge/"],
};

/** R2 and R7: imports, also of types, only go in the allowed directions. */
export const importDirections: Deno.lint.Rule = {
  create(context) {
    const importer = placeOf(context.filename);
    const look = (node: Deno.lint.Node, specifier: string) => {
      const problem = explain(importer, context.filename, specifier);
      if (problem) context.report({ node, message: problem });
    };
    return {
      ImportDeclaration: (node) => look(node, node.source.value),
      ExportAllDeclaration: (node) => look(node, node.source.value),
      ExportNamedDeclaration(node) {
        if (node.source) look(node, node.source.value);
      },
      ImportExpression(node) {
        if (node.source.type !== "Literal") return;
        if (typeof node.source.value === "string") look(node, node.source.value);
      },
      TSImportType(node) {
        const argument: unknown = node.argument;
        const value = specifierOf(argument);
        if (value !== undefined) look(node, value);
      },
    };
  },
};

/** The argument of `import("…")` as a type: a literal, wrapped or not depending on Deno's version. */
function specifierOf(argument: unknown): string | undefined {
  const { value, literal } = argument as { value?: unknown; literal?: { value?: unknown } };
  const found = value ?? literal?.value;
  return typeof found === "string" ? found : undefined;
}

function explain(importer: Place, file: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) {
    return importer.area === "shared" || importer.area === "web"
      ? `R1: ${importer.path} runs in browsers, which have no ${specifier}`
      : undefined;
  }
  const imported = placeOfImport(file, specifier);
  if (!imported) return undefined;
  if (imported.area === "main" && importer.area !== "tests" && importer.area !== "scripts") {
    return "R2: only tests and scripts import main.ts";
  }
  if (imported.area === "system" && !mayImportSystem(importer)) {
    return `R1: ${imported.path} is for main.ts, command/ and io/ folders, scripts and tests alone`;
  }
  if (areApart(importer, imported)) {
    return `R7: ${importer.path} and ${imported.path} share no code: bytes of server/link/ pass between them`;
  }
  const visible = VISIBLE[importer.area];
  if (!visible || visible.includes(imported.area)) return undefined;
  const folders: Partial<Record<Area, string>> = { web: "web/", system: "shared/system/" };
  const names = visible.map((area) => folders[area] ?? `${area}/`);
  return `R2: ${importer.path} sees only ${names.join(", ")}, not ${imported.path}`;
}

function areApart(importer: Place, imported: Place): boolean {
  return Object.entries(APART).some(([folder, hidden]) =>
    importer.path.startsWith(folder) && hidden.some((other) => imported.path.startsWith(other))
  );
}

function mayImportSystem({ area, path }: Place): boolean {
  return /\/(command|io)\//.test(path) || ["main", "scripts", "system", "tests"].includes(area);
}
