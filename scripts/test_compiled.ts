/**
 * Runs the tests of scripts/compiled_tests.ts with the binary ./streamer; under LONG_RUNS, as in
 * `deno task acceptance`, all end-to-end tests that start it.
 */
import { fileURLToPath } from "node:url";
import { KINDS, NOT_OF_THE_BINARY } from "./compiled_tests.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDER = "tests/e2e";
/** Types are checked by `deno task check`; see `test:e2e` for the two jobs. */
const TEST = ["test", "--preload=tests/seed.ts", "-A", "--no-check", "--parallel"];

interface Chosen {
  readonly files: readonly string[];
  readonly titles: readonly string[];
}

function choose(): Chosen {
  const hasOldRuntime = Deno.env.has("DENORT_BIN");
  const kinds = KINDS.filter(({ opensPipes }) => !(opensPipes && hasOldRuntime));
  const tests = kinds.flatMap(({ tests }) => Object.entries(tests));
  const files = new Set(tests.map(([file]) => `${FOLDER}/${file}`));
  return { files: [...files].sort(), titles: tests.flatMap(([, titles]) => titles) };
}

function literally(title: string): string {
  return title.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

async function run(args: readonly string[]): Promise<number> {
  const env = { DENO_JOBS: "2", STREAMER: `${ROOT}streamer` };
  const command = new Deno.Command(Deno.execPath(), { args: [...TEST, ...args], cwd: ROOT, env });
  return (await command.spawn().status).code;
}

/** A title that no test has any more would leave a part of the binary untested, and nobody would know. */
async function findUnknown(report: string, titles: readonly string[]): Promise<string[]> {
  const text = await Deno.readTextFile(report);
  const names = [...text.matchAll(/<testcase name="([^"]*)"/g)].map(([, name]) =>
    name!.replaceAll("&apos;", "'").replaceAll("&quot;", '"').replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">").replaceAll("&amp;", "&")
  );
  return titles.filter((title) => !names.includes(title));
}

async function runChosen({ files, titles }: Chosen): Promise<number> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const filter = `/^(?:${titles.map(literally).join("|")})$/`;
    const code = await run([`--junit-path=${report}`, `--filter=${filter}`, ...files]);
    const unknown = await findUnknown(report, titles);
    for (const title of unknown) {
      console.error(`No test of scripts/compiled_tests.ts has the title: ${title}`);
    }
    return unknown.length > 0 ? 1 : code;
  } finally {
    await Deno.remove(report);
  }
}

function runAll(): Promise<number> {
  const ignored = NOT_OF_THE_BINARY.map((file) => `${FOLDER}/${file}`);
  return run([`--ignore=${ignored.join()}`, FOLDER]);
}

Deno.exit(Deno.env.has("LONG_RUNS") ? await runAll() : await runChosen(choose()));
