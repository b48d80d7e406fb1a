/**
 * Writes THIRD_PARTY_NOTICES.txt (`deno task notices`): whose work is in the binary and in the pages, and its terms.
 */
import denoJson from "../../deno.json" with { type: "json" };
import { type Licensed, noticesText } from "./notices.ts";
import { type Lock, type Package, packagesOf } from "./packages.ts";

const ROOT = new URL("../../", import.meta.url);
export const NOTICES = new URL("THIRD_PARTY_NOTICES.txt", ROOT);
/** What is in the binary, pages included. */
const PRODUCT = ["main.ts", "client/", "server/", "shared/", "viewer/", "scripts/demo/"];
const LICENSE_FILE = /^(licen[cs]e|copying|notice)/i;

/** The packages that are in the binary and in the pages now. */
export function shippedPackages(): Package[] {
  const { npm } = JSON.parse(Deno.readTextFileSync(new URL("deno.lock", ROOT)));
  // The style of the chart is part of the pages, too.
  const sources = [...PRODUCT, "scripts/build_viewer.ts"].flatMap((place) => textsIn(place));
  return packagesOf(sources, { imports: denoJson.imports, npm } as Lock);
}

function textsIn(place: string): string[] {
  const url = new URL(place, ROOT);
  if (place.endsWith(".ts")) return [Deno.readTextFileSync(url)];
  if (!place.endsWith("/") || place.endsWith("/dist/")) return [];
  return [...Deno.readDirSync(url)].flatMap(({ name, isDirectory }) =>
    textsIn(place + (isDirectory ? `${name}/` : name))
  );
}

/** Where Deno keeps packages of npm. */
async function packagesFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return `${JSON.parse(new TextDecoder().decode(stdout)).npmCache}/registry.npmjs.org`;
}

function readLicense(folder: string, { name, version }: Package): Licensed {
  const own = `${folder}/${name}/${version}`;
  const { license, author } = JSON.parse(Deno.readTextFileSync(`${own}/package.json`));
  const files = [...Deno.readDirSync(own)].filter(({ isFile, name }) =>
    isFile && LICENSE_FILE.test(name)
  ).map(({ name }) => name).sort();
  const texts = files.map((file) => Deno.readTextFileSync(`${own}/${file}`));
  const text = texts.length === 0 ? undefined : texts.join("\n\n");
  return { name, version, license, text, author: author?.name ?? author };
}

if (import.meta.main) {
  const folder = await packagesFolder();
  const packages = shippedPackages().map((one) => readLicense(folder, one));
  await Deno.writeTextFile(NOTICES, noticesText(packages));
}
