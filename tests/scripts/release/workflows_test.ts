import assert from "node:assert/strict";
import { parse } from "yaml";
import { TARGETS } from "../../../scripts/release/targets.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: { readonly include: readonly object[] } };
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly permissions: unknown;
  readonly concurrency: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = new URL("../../../.github/workflows/", import.meta.url);
const ROOT = new URL("../../../", import.meta.url);
const NAMES = ["ci.yml", "release.yml"];

const read = (name: string) => Deno.readTextFileSync(new URL(name, FOLDER));
const jobsOf = (name: string) => (parse(read(name)) as Workflow).jobs;
const RELEASE = jobsOf("release.yml");
const runsOf = ({ steps = [] }: Job) => steps.map(({ run = "" }) => run).join("\n");

Deno.test("no workflow is without these tests", () => {
  assert.deepEqual([...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort(), NAMES);
});

for (const name of NAMES) {
  Deno.test(`${name}: reads alone, in turn, and ends in time`, () => {
    const { permissions, concurrency, jobs } = parse(read(name)) as Workflow;
    assert.deepEqual(permissions, { contents: "read" });
    assert.ok("group" in concurrency);
    for (const [id, job] of Object.entries(jobs)) {
      assert.ok(job.uses !== undefined || job["timeout-minutes"]! <= 90, id);
    }
  });

  Deno.test(`${name}: actions are named by commit, with their version, and keep no token`, () => {
    const lines = read(name).split("\n").filter((line) => /uses: (?!\.\/)/.test(line));
    assert.ok(lines.length > 0);
    for (const line of lines) {
      assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
    for (const { steps = [] } of Object.values(jobsOf(name))) {
      const checkouts = steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
      for (const checkout of checkouts) assert.equal(checkout.with!["persist-credentials"], false);
    }
  });

  Deno.test(`${name}: no script has an expression in it, which a name could break out of`, () => {
    for (const job of Object.values(jobsOf(name))) assert.doesNotMatch(runsOf(job), /\$\{\{/);
  });

  Deno.test(`${name}: Deno is the one that the tests use`, async () => {
    const ci = await Deno.readTextFile(new URL(".ci/run", ROOT));
    const [, wanted] = /^deno\(\).* deno@(\S+)/m.exec(ci)!;
    for (const [, version] of read(name).matchAll(/deno@([\d.]+)/g)) assert.equal(version, wanted);
  });
}

Deno.test("a binary is compiled for each system, and tried on it", () => {
  const compiled = runsOf(RELEASE["compile"]!).matchAll(/^compile (\S+) (\S+)$/gm);
  const known = TARGETS.map(({ triple, file }) => ({ triple, file }));
  assert.deepEqual([...compiled].map(([, triple, file]) => ({ triple, file })), known);
  const tried = TARGETS.map(({ file, runner }) => ({ file, runner }));
  assert.deepEqual(RELEASE["try"]!.strategy!.matrix.include, tried);
});

Deno.test("on macOS it is signed before it is run, and what was run is what is published", () => {
  const steps = RELEASE["try"]!.steps!;
  const signing = steps.findIndex(({ run }) => run?.includes("codesign --force --sign -"));
  const running = steps.findIndex(({ run }) => run?.includes("scripts/release/try_binary.ts"));
  const keeping = steps.findIndex(({ uses }) => uses?.startsWith("actions/upload-artifact@"));
  assert.equal(steps[signing]!.if, "runner.os == 'macOS'");
  assert.ok(signing < running && running < keeping);
  const got = RELEASE["publish"]!.steps!.find(({ uses }) => uses?.includes("download-artifact"));
  assert.equal(got!.with!["pattern"], "tried-*");
});

Deno.test("each system runs the tests of receiving", () => {
  assert.match(runsOf(RELEASE["try"]!), /deno@\S+ test .* tests\/shared\/system\/udp$/m);
  assert.ok(Deno.statSync(new URL("tests/shared/system/udp/udp_receiver_test.ts", ROOT)).isFile);
});

Deno.test("only publishing may write, after all tests, for a tag alone, with a proof of origin", () => {
  for (const [id, { permissions }] of Object.entries(RELEASE)) {
    if (id !== "publish") assert.equal(permissions, undefined, id);
  }
  const { permissions, needs, if: condition, steps } = RELEASE["publish"]!;
  assert.deepEqual(permissions, {
    contents: "write",
    "id-token": "write",
    attestations: "write",
  });
  assert.deepEqual(needs, ["test", "try"]);
  assert.equal(condition, "github.ref_type == 'tag'");
  const proof = steps!.findIndex(({ uses }) => uses?.startsWith("actions/attest-build-provenance"));
  const publishing = steps!.findIndex(({ run }) => run?.startsWith("gh release create"));
  assert.ok(proof > 0 && proof < publishing);
  assert.match(runsOf(RELEASE["publish"]!), /cp LICENSE THIRD_PARTY_NOTICES\.txt dist\//);
});
