import assert from "node:assert/strict";
import { join } from "node:path";
import { Notices } from "../../../../../server/broadcast/notices.ts";
import { openEvents } from "../../../../../server/broadcast/open_sources.ts";
import { Timeline } from "../../../../../server/origin/timeline/timeline.ts";
import { SeededRng } from "../../../../../shared/core/rng.ts";
import { MemoryStore } from "../../../../fakes/memory_store.ts";
import { START } from "../../../kit.ts";

const plan = {
  isSimulated: false,
  seed: 1,
  mode: { speed: 1 },
  match: { home: "A", away: "B" },
};

/** One run of a host: reads the file to its end and stores the events. @returns its notices. */
async function run(path: string, store: MemoryStore): Promise<string[]> {
  const said: string[] = [];
  const notices = new Notices();
  notices.goTo((text) => said.push(text.replace(path, "FILE")));
  const { signal } = new AbortController();
  const options = { events: path, language: "en" } as const;
  const opened = await openEvents({ options, plan, store, signal }, notices);
  const timeline = new Timeline(new SeededRng(1), { kept: store.load().timeline, journal: store });
  for await (const step of opened!.steps!) timeline.append(step, START);
  return said;
}

const goal = (side: string, id?: string) =>
  JSON.stringify({ type: "goal", origin: side, ...(id && { id }) }) + "\n";

Deno.test("a file that is read again, longer, under another name, or with copies, counts each goal once", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const store = new MemoryStore();
    const path = join(folder, "match.ndjson");
    const scores = () => store.entries.map(({ score }) => score);
    await Deno.writeTextFile(path, goal("home", "g1") + "oops\n" + goal("away"));
    assert.deepEqual(await run(path, store), ["--events FILE: line 2: not a JSON object, skipped"]);
    assert.deepEqual(await run(path, store), [], "nothing is new");
    await Deno.writeTextFile(path, goal("home", "g1") + goal("home", "g2"), { append: true });
    const [copy, ...more] = await run(path, store);
    assert.match(
      copy!,
      /^--events FILE: line 4: "id" is "g1", which event 1 of the timeline already has/,
    );
    assert.deepEqual(more, []);
    assert.deepEqual(scores(), ["1 x 0", "1 x 1", "2 x 1"]);

    const other = join(folder, "second half.ndjson");
    await Deno.writeTextFile(other, goal("home", "g2") + goal("away", "g3"));
    assert.equal((await run(other, store)).length, 1);
    assert.deepEqual(scores(), ["1 x 0", "1 x 1", "2 x 1", "2 x 2"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
