import assert from "node:assert/strict";
import { planBroadcast } from "../../../server/broadcast/broadcast_plan.ts";
import { studioProblem, withStudio } from "../../../server/broadcast/studio_options.ts";
import type { ServeOptions } from "../../../server/interface/config.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { serveOptions } from "../kit.ts";

const USUAL = { hostname: "127.0.0.1", port: 8081 };
const OTHER = { hostname: "::1", port: 0 };

const CASES: readonly (readonly [
  given: Partial<ServeOptions>,
  wanted: Pick<ServeOptions, "audio" | "screen" | "studio">,
])[] = [
  [{}, { audio: [] }],
  [{ audio: ["a.mp3"] }, { audio: ["a.mp3"] }],
  [{ studio: OTHER }, { studio: OTHER, audio: ["browser"], screen: "browser" }],
  [{ audio: ["browser"] }, { studio: USUAL, audio: ["browser"], screen: "browser" }],
  [{ screen: "browser" }, { studio: USUAL, audio: ["browser"], screen: "browser" }],
  [{ studio: OTHER, audio: ["a.mp3"] }, { studio: OTHER, audio: ["a.mp3"], screen: "browser" }],
  [{ studio: OTHER, screen: "a.mp4" }, { studio: OTHER, audio: ["browser"], screen: "a.mp4" }],
];

for (const [given, wanted] of CASES) {
  Deno.test(`${JSON.stringify(given)}: what the studio is, and what comes from it`, () => {
    const { audio, screen, studio } = withStudio(serveOptions(given));
    const found = { audio, ...(screen !== undefined && { screen }), ...(studio && { studio }) };
    assert.deepEqual(found, wanted);
    const again = withStudio(withStudio(serveOptions(given)));
    assert.deepEqual(again, withStudio(serveOptions(given)));
  });
}

Deno.test("a match is simulated by default only without a source and without a studio", () => {
  const isSimulated = (given: Partial<ServeOptions>) =>
    planBroadcast(withStudio(serveOptions(given)), new SeededRng(1)).isSimulated;
  assert.equal(isSimulated({}), true);
  assert.equal(isSimulated({ studio: OTHER }), false);
  assert.equal(isSimulated({ audio: ["browser"] }), false);
  assert.equal(isSimulated({ studio: OTHER, simulate: true }), true);
  assert.equal(isSimulated({ reports: "tokens" }), true);
  assert.equal(isSimulated({ reports: "open" }), false, "the stands say what happens");
  assert.equal(isSimulated({ reports: "open", simulate: true }), true);
});

Deno.test("--actions is for a studio, or for who may report", () => {
  const problem = (given: Partial<ServeOptions>) =>
    studioProblem(withStudio(serveOptions({ actions: "a.json", ...given })));
  assert.match(problem({}) ?? "", /--actions .*add --studio or --reports open/);
  assert.match(problem({ reports: "tokens" }) ?? "", /--actions/);
  assert.match(problem({ reports: "off", signedTokens: "club.json" }) ?? "", /--actions/);
  for (
    const given of [{ studio: OTHER }, { reports: "open" }, { signedTokens: "club.json" }] as const
  ) {
    assert.equal(problem(given), undefined);
  }
});

Deno.test("the studio is on loopback alone: what only looks like it is a name that a stranger may own", () => {
  const problemAt = (hostname: string) =>
    studioProblem(withStudio(serveOptions({ studio: { hostname, port: 0 } })));
  for (const hostname of ["127.0.0.1", "127.255.255.254", "::1", "localhost"]) {
    assert.equal(problemAt(hostname), undefined, hostname);
  }
  for (
    const hostname of [
      "127.0.0.256",
      "127.999.1.1",
      "0.0.0.0",
      "::",
      "127.0.0.1.example",
      "10.0.0.1",
    ]
  ) {
    assert.match(problemAt(hostname) ?? "", /this machine alone/, hostname);
  }
});
