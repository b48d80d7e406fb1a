import assert from "node:assert/strict";
import fc from "fast-check";
import type { Broadcast } from "../../../../../shared/directory/forms.ts";
import {
  NO_SECTIONS,
  refreshFound,
  refreshSections,
  type Sections,
} from "../../../../../server/directory/web/model/sections.ts";
import { broadcast, idsOf } from "./broadcasts.ts";

function shown({ live, soon, away }: Sections) {
  return [idsOf(live), idsOf(soon), idsOf(away)];
}

Deno.test("a list has what is on, what begins soon, and those without a host, in the directory's order", () => {
  const all = [
    broadcast(3),
    broadcast(1),
    broadcast(2, { state: "soon" }),
    broadcast(4, { state: "gone" }),
  ];
  assert.deepEqual(shown(refreshSections(NO_SECTIONS, all, true)), [[3, 1], [2], [4]]);
});

Deno.test("a score changes in its place, and what is new comes last, wherever the directory has it", () => {
  const before = refreshSections(NO_SECTIONS, [broadcast(1), broadcast(2)], true);
  const goal = broadcast(2, { score: "1 x 0" });
  const after = refreshSections(before, [broadcast(9), goal, broadcast(1)], true);
  assert.deepEqual(shown(after), [[1, 2, 9], [], []]);
  assert.equal(after.live[1]!.score, "1 x 0");
});

Deno.test("what is over stays in its place until the list is shown anew", () => {
  const before = refreshSections(NO_SECTIONS, [broadcast(1), broadcast(2)], true);
  const after = refreshSections(before, [broadcast(2)], true);
  assert.deepEqual(shown(after), [[1, 2], [], []]);
  assert.equal(after.live[0]!.state, "ended");
  assert.deepEqual(shown(refreshSections(NO_SECTIONS, [broadcast(2)], true)), [[2], [], []]);
});

Deno.test("what may only be further down the list is left out, and not called over", () => {
  const before = refreshSections(NO_SECTIONS, [broadcast(1), broadcast(2)], true);
  assert.deepEqual(shown(refreshSections(before, [broadcast(2)], false)), [[2], [], []]);
});

Deno.test("a host that is silent keeps the place of its broadcast, and what begins moves up", () => {
  const before = refreshSections(
    NO_SECTIONS,
    [broadcast(1), broadcast(2, { state: "soon" }), broadcast(3, { state: "gone" })],
    true,
  );
  const now = [broadcast(2), broadcast(1, { state: "gone" }), broadcast(3)];
  const after = refreshSections(before, now, true);
  assert.deepEqual(shown(after), [[1, 2, 3], [], []]);
  assert.equal(after.live[0]!.state, "gone");
});

Deno.test("what a search has found stays in its place too", () => {
  const before = refreshFound([], [broadcast(2), broadcast(1)], true);
  const after = refreshFound(before, [broadcast(1), broadcast(3)], true);
  assert.deepEqual(idsOf(after), [2, 1, 3]);
  assert.equal(after[0]!.state, "ended");
  assert.deepEqual(idsOf(refreshFound(before, [broadcast(1)], false)), [1]);
});

const listed = fc.uniqueArray(
  fc.tuple(
    fc.integer({ min: 0, max: 30 }),
    fc.constantFrom<Broadcast["state"]>("live", "soon", "gone"),
  ),
  { selector: ([number]) => number, maxLength: 20 },
).map((pairs) => pairs.map(([number, state]) => broadcast(number, { state })));

Deno.test("whatever the directory tells: each once, all of it, nothing changes places in its section", () => {
  fc.assert(fc.property(fc.array(fc.tuple(listed, fc.boolean()), { maxLength: 20 }), (answers) => {
    let sections = NO_SECTIONS;
    for (const [list, isWhole] of answers) {
      const next = refreshSections(sections, list, isWhole);
      const all = [...next.live, ...next.soon, ...next.away];
      assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
      for (const one of list) assert.ok(all.includes(one), "all that is listed is shown");
      for (const section of ["live", "soon", "away"] as const) {
        const [old, now] = [idsOf(sections[section]), idsOf(next[section])];
        const stayed = old.filter((id) => now.includes(id));
        assert.deepEqual(now.slice(0, stayed.length), stayed);
      }
      sections = next;
    }
  }));
});

Deno.test("a page that is open for days keeps a bounded number of those that are over", () => {
  let sections = NO_SECTIONS;
  for (let number = 0; number < 500; number++) {
    sections = refreshSections(sections, [broadcast(number)], true);
  }
  assert.equal(sections.live.length, 51);
  assert.equal(sections.live.at(-1)!.state, "live");
  assert.deepEqual(idsOf(sections.live).slice(0, 2), [449, 450]);
});
