import assert from "node:assert/strict";
import { MIN_KEPT, PastEvents } from "../../../../server/studio/match/past_events.ts";
import { ScoreBook } from "../../../../server/studio/match/score_book.ts";
import { START } from "../../kit.ts";
import { foreign, Studio, TEAMS } from "./kit.ts";

function entry(count: number) {
  const { event, ...rest } = foreign("foul", "", "0 x 0");
  return { ...rest, count, time: START, event: { ...event, id: `e${count}`, time: START } };
}

Deno.test("of very many entries the newest are kept, however many there are", () => {
  const past = new PastEvents();
  for (let count = 1; count <= 3 * MIN_KEPT; count++) {
    past.add(entry(count));
    if (count > MIN_KEPT) assert.ok(past.get(`e${count - MIN_KEPT + 1}`));
    if (count > 2 * MIN_KEPT) assert.equal(past.get(`e${count - 2 * MIN_KEPT}`), undefined);
  }
  const shown = past.show(ScoreBook.empty());
  assert.deepEqual([past.count, shown.length, shown[0]?.count], [30_000, 100, 30_000]);
});

Deno.test("an entry that is no longer kept can't be corrected, and that is said", () => {
  const studio = new Studio();
  studio.push([foreign("goal", TEAMS.home, "1 x 0", { id: "old" })]);
  for (let count = 2; count <= 2 * MIN_KEPT + 1; count++) studio.control.onEntry(entry(count));
  assert.equal(
    studio.try({ do: "undo", event: "old" }).text,
    "Only the last 10000 events can be corrected",
  );
});
