import assert from "node:assert/strict";
import type { Examined } from "../../../server/tokens/token_examiner.ts";
import { StepCounter, type Steps } from "../../fakes/counted_steps.ts";
import { goal, Guest, MP3, Stage } from "../kit.ts";

const [FEW, MANY] = [100, 4000];
/** Timers and limits fall together now and then. */
const SPARE_STEPS = 100;
/** One token for all. */
const PASS = { id: "school", name: "School", issuer: "", role: "listener", seats: 9000 } as const;
const GRANTED: Examined = { kind: "answer", info: {}, grant: { kind: "granted", pass: PASS } };

/** So many listeners with one token; each gets parity. */
function crowd(count: number): { readonly stage: Stage; readonly guests: readonly Guest[] } {
  const stage = new Stage({
    audio: MP3,
    capacity: 9000,
    holdsJoins: true,
    repair: { isRtxOffered: true, parity: { columns: 2, rows: 3, hasRowParity: false } },
  });
  const guests = Array.from({ length: count }, (_, index) => {
    const guest = new Guest(stage, { hostname: `10.1.${index >> 8}.${index & 255}`, port: 7 });
    enter(guest, guest.hello());
    guest.report();
    if (index % 4 === 0) stage.run(1);
    stage.sent.length = 0;
    return guest;
  });
  assert.equal(stage.core.stats().listeners, count);
  return { stage, guests };
}

function enter(guest: Guest, cookie: Uint8Array): void {
  guest.joinWith(cookie);
  const { stage } = guest;
  for (const { id } of stage.asked.splice(0)) {
    stage.tell((core) => core.onExamined(id, GRANTED, stage.now));
  }
  guest.listen();
}

/** What the edge does for one listener more, and for a packet before it leaves. */
async function measure(counter: StepCounter, count: number): Promise<Record<string, Steps>> {
  const { stage, guests } = crowd(count);
  const guest = new Guest(stage, { hostname: "10.9.9.9", port: 9 });
  let cookie = new Uint8Array(0);
  const hello = await counter.count(() => void (cookie = guest.hello().slice()));
  const join = await counter.count(() => {
    enter(guest, cookie);
    stage.core.advance(stage.now);
  });
  const report = await counter.count(() => guest.report());
  const { ssrc } = guest.channel("audio");
  const nack = { type: "nack", ssrc: guest.info!.listenerSsrc, mediaSsrc: ssrc } as const;
  const request = await counter.count(() => guest.tell({ ...nack, sequences: [] }));
  const leave = await counter.count(() => {
    guests[count >> 1]!.leave();
    stage.core.advance(stage.now);
  });
  return { hello, join, report, request, leave };
}

function sum(steps: Steps): number {
  return [...steps.values()].reduce((all, count) => all + count, 0);
}

Deno.test("what a HELLO, a JOIN, a report, a request or a departure takes does not grow with the listeners", async () => {
  using counter = await StepCounter.open("/server/edge/");
  const few = await measure(counter, FEW);
  const many = await measure(counter, MANY);
  for (const [what, steps] of Object.entries(many)) {
    const grown = [...steps].filter(([place, count]) => count > (few[what]!.get(place) ?? 0) + 50);
    assert.deepEqual(grown, [], what);
    assert.ok(sum(steps) <= sum(few[what]!) + SPARE_STEPS, `${what}: ${sum(steps)}`);
    assert.ok(sum(few[what]!) > 20, `${what} is counted`);
  }
});

Deno.test("the counter sees what grows: a message for all takes a step for each", async () => {
  using counter = await StepCounter.open("/server/edge/");
  const { stage } = crowd(FEW);
  const told = await counter.count(() => {
    stage.tell((core) => core.pushEvent(goal(), stage.now)).run(1000);
  });
  assert.ok(sum(told) > FEW, `${sum(told)}`);
});
