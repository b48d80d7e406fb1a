import assert from "node:assert/strict";
import type { Broadcast } from "../../../../../shared/directory/forms.ts";
import type { Millis } from "../../../../../shared/core/units.ts";
import {
  type ListAnswer,
  ListKeeper,
  type ListWish,
} from "../../../../../server/directory/web/model/list_keeper.ts";
import { DirectoryModel } from "../../../../../server/directory/web/model/model.ts";
import { broadcast, idsOf } from "./broadcasts.ts";

/** A page whose clock the test turns, and a directory that answers what the test says. */
function setUp() {
  let now = 0;
  let timer: { readonly at: Millis; readonly callback: () => void } | undefined;
  const asked: (ListWish & { readonly signal: AbortSignal })[] = [];
  const directory = {
    answer: (_wish: ListWish): Promise<ListAnswer> | ListAnswer => list(broadcast(1)),
  };
  const model = new DirectoryModel(0);
  const keeper = new ListKeeper(model, {
    list: (wish, signal) => {
      asked.push({ ...wish, signal });
      return Promise.resolve(directory.answer(wish));
    },
    now: () => now,
    schedule(callback, delay) {
      const own = timer = { at: now + delay, callback };
      return () => {
        if (timer === own) timer = undefined;
      };
    },
    random: () => 0.999,
  });
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return {
    model,
    keeper,
    asked,
    directory,
    settle,
    get waits() {
      return timer ? timer.at - now : undefined;
    },
    async pass(millis: Millis) {
      const end = now + millis;
      while (timer && timer.at <= end) {
        const { at, callback } = timer;
        [now, timer] = [at, undefined];
        callback();
        await settle();
      }
      now = end;
    },
  };
}

function list(...broadcasts: Broadcast[]): ListAnswer {
  return { ok: true, list: { broadcasts } };
}

Deno.test("the list is asked for each few seconds, and a score changes by itself", async () => {
  const { model, keeper, directory, pass, settle, asked } = setUp();
  keeper.refresh();
  await settle();
  assert.equal(model.link.value.state, "open");
  assert.equal(model.sections.value!.live[0]!.score, "0 x 0");
  directory.answer = () => list(broadcast(1, { score: "1 x 0" }));
  await pass(4000);
  assert.equal(model.sections.value!.live[0]!.score, "1 x 0");
  await pass(60_000);
  assert.equal(asked.length, 17);
});

Deno.test("what is typed is searched when the typing pauses; each answer is of the last words", async () => {
  const { model, keeper, directory, pass, settle, asked } = setUp();
  keeper.refresh();
  await settle();
  const late = Promise.withResolvers<ListAnswer>();
  directory.answer = ({ text }) => text === "fla" ? late.promise : list(broadcast(2));
  for (const typed of ["f", "fl", "fla"]) keeper.search(typed);
  await pass(200);
  assert.deepEqual(asked.map(({ text }) => text), [undefined, "fla"]);
  keeper.search("fla ");
  await pass(200);
  assert.equal(asked.length, 2, "a space is no other word");
  keeper.search("fla san");
  await pass(200);
  assert.equal(asked[1]!.signal.aborted, true);
  late.resolve(list(broadcast(3)));
  await settle();
  assert.deepEqual(idsOf(model.found.value!.broadcasts), [2]);
  assert.equal(model.found.value!.text, "fla san");
  assert.equal(model.announcement.value, "1 broadcast found");
  keeper.search("");
  assert.equal(model.found.value, null);
  assert.ok(model.sections.value!.live.length > 0, "what was on before is there at once");
});

Deno.test("a directory that does not answer is asked again, ever more seldom, and as it wishes", async () => {
  const page = setUp();
  const { model, keeper, directory, pass, settle } = page;
  directory.answer = () => ({ ok: false });
  keeper.refresh();
  await settle();
  const waits: number[] = [];
  for (let time = 0; time < 8; time++) {
    waits.push(Math.round(page.waits! / 1000));
    await pass(page.waits!);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
  assert.equal(model.link.value.state, "lost");
  directory.answer = () => ({ ok: false, retryAfterMillis: 90_000 });
  await pass(page.waits!);
  assert.equal(page.waits, 90_000);
  directory.answer = () => list();
  await pass(90_000);
  assert.equal(model.link.value.state, "open");
  assert.equal(page.waits, 4000);
});

Deno.test("a page that nobody sees asks for nothing, and begins anew when it is seen", async () => {
  const page = setUp();
  const { model, keeper, directory, pass, settle, asked } = page;
  keeper.refresh();
  await settle();
  directory.answer = () => list(broadcast(2));
  await pass(4000);
  assert.deepEqual(idsOf(model.sections.value!.live), [1, 2]);
  keeper.setVisible(false);
  await pass(600_000);
  assert.equal(asked.length, 2);
  keeper.setVisible(true);
  await settle();
  assert.equal(asked.length, 3);
  assert.deepEqual(idsOf(model.sections.value!.live), [2], "what is over has gone");
});

Deno.test("where more is on than a list has, what begins soon is asked for by itself", async () => {
  const { model, keeper, directory, settle } = setUp();
  directory.answer = ({ state }) =>
    state === "soon"
      ? list(broadcast(2, { state: "soon" }))
      : { ok: true, list: { broadcasts: [broadcast(1)], next: "0.0.0000000000000001" } };
  keeper.refresh();
  await settle();
  assert.deepEqual(idsOf(model.sections.value!.soon), [2]);
  assert.equal(model.hasMore.value, true);
});
