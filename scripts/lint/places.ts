/** The place of a file in the repository. */
export interface Place {
  readonly area: Area;
  /** Path from the root of the repository, with `/` between folders. */
  readonly path: string;
}

/** `system` is `shared/system/`, the part of `shared/` that needs Deno; `web` is the pages: `PAGES`. */
export type Area =
  | "main"
  | "shared"
  | "system"
  | "server"
  | "client"
  | "viewer"
  | "web"
  | "tests"
  | "scripts"
  | "elsewhere";

const ROOT = new URL("../../", import.meta.url);
/** What runs in browsers. */
const PAGES = [
  "viewer/web/",
  "server/studio/web/",
  "server/directory/web/",
  "scripts/demo/web/",
];

/** Finds the place of a file named by path (absolute, or from the root) or by `file:` URL. */
export function placeOf(file: string): Place {
  const path = pathFromRoot(file);
  return { area: areaOf(path), path };
}

/** The place of an imported file; undefined for packages. */
export function placeOfImport(importer: string, specifier: string): Place | undefined {
  if (!/^(\.{0,2}\/|file:)/.test(specifier)) return undefined;
  return placeOf(new URL(specifier, new URL(pathFromRoot(importer), ROOT)).href);
}

/** Whether the file itself may use sockets, files, the clock and randomness (R3). */
export function mayTouchWorld({ area, path }: Place): boolean {
  if (["main", "system", "web", "scripts", "elsewhere"].includes(area)) return true;
  if (area === "tests") {
    return /^tests\/(e2e|acceptance|scripts|shared\/system)\/|\/io\//.test(path);
  }
  return area !== "shared" && path.includes("/io/");
}

function pathFromRoot(file: string): string {
  const isWindowsPath = /^[A-Za-z]:[\\/]/.test(file);
  const url = new URL(isWindowsPath ? `file:///${file}` : file, ROOT);
  return url.href.startsWith(ROOT.href) ? url.href.slice(ROOT.href.length) : url.href;
}

function areaOf(path: string): Area {
  if (path === "main.ts") return "main";
  if (PAGES.some((folder) => path.startsWith(folder))) return "web";
  if (path.startsWith("shared/system/")) return "system";
  const folder = path.split("/")[0];
  switch (folder) {
    case "shared":
    case "server":
    case "client":
    case "viewer":
    case "tests":
    case "scripts":
      return folder;
    default:
      return "elsewhere";
  }
}

/** Whether the file parses bytes from outside (R4), where numbers may be wrapped (R6). */
export function parsesBytes({ path }: Place): boolean {
  return /^shared\/((admission|data|event|media|page|rtcp|rtp|studio)\/|lane\/messages\.ts$)/.test(
    path,
  );
}
