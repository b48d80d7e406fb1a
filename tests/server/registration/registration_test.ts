import assert from "node:assert/strict";
import fc from "fast-check";
import type { DirectoryFailure, DirectoryResult } from "../../../shared/directory/conversation.ts";
import type { NewBroadcast } from "../../../shared/directory/forms.ts";
import type { CoreOutput } from "../../../server/interface/output.ts";
import { Registration, type Task } from "../../../server/registration/registration.ts";
import { runs } from "../../runs.ts";

const BROADCAST: NewBroadcast = {
  title: "Home x Away",
  sport: "football",
  home: "Home",
  away: "Away",
  visibility: "public",
  seats: 100,
  id: "0123456789abcdef",
};
const PLACE = { addresses: ["192.0.2.7:5004"], hostKey: "A".repeat(43) };
const GOOD: DirectoryResult<unknown> = { ok: true, value: undefined };
const AWAY: DirectoryFailure = { ok: false, kind: "away", detail: "nothing listens there" };
const refused = (status: number): DirectoryFailure => ({
  ok: false,
  kind: "refused",
  status,
  detail: "no",
});

function registration(fields: { isRegistered?: boolean; isLive?: boolean } = {}): Registration {
  const { isRegistered = true, isLive = false } = fields;
  return new Registration({ broadcast: BROADCAST, place: PLACE, isRegistered, isLive, now: 0 });
}

function event(score: string, clock: string): CoreOutput {
  return { kind: "event-sent", event: { score, event: { clock } } } as never;
}

/** Runs from `from` to `until`, each task answered by `answer`; the tasks with their times. */
function play(
  host: Registration,
  { from = 0, until, answer = () => GOOD }: {
    readonly from?: number;
    readonly until: number;
    readonly answer?: (task: Task, now: number) => DirectoryResult<unknown>;
  },
) {
  const told: { readonly at: number; readonly task: Task; readonly news?: string }[] = [];
  for (let now = from; now < until; now += 100) {
    for (let task = host.poll(now); task; task = host.poll(now)) {
      const news = host.onResult(answer(task, now), now);
      told.push({ at: now, task, ...(news && { news }) });
    }
  }
  return told;
}

const timesOf = (told: readonly { at: number; task: Task }[]) =>
  told.map(({ at, task }) => `${task.kind} ${at}`);

Deno.test("a heartbeat goes out each 10 seconds, with place, state, score, clock and seats", () => {
  const host = registration({ isLive: true });
  host.onOutput(event("1 x 0", "23:10"), 0);
  host.onOutput({ kind: "stats", listeners: 7 } as never, 0);
  const told = play(host, { until: 25_000 });
  assert.deepEqual(timesOf(told), ["heartbeat 0", "heartbeat 10000", "heartbeat 20000"]);
  assert.deepEqual(told[0]!.task, {
    kind: "heartbeat",
    body: { ...PLACE, state: "live", score: "1 x 0", clock: "23:10", seatsTaken: 7 },
  });
});

Deno.test("a new score and the start are told at once, but not more often than once a second", () => {
  const host = registration();
  assert.deepEqual(timesOf(play(host, { until: 2000 })), ["heartbeat 0"]);
  host.onOutput({ kind: "started", at: 2000 }, 2000);
  host.onOutput(event("0 x 0", "00:00"), 2000);
  assert.deepEqual(timesOf(play(host, { from: 2000, until: 2300 })), ["heartbeat 2000"]);
  host.onOutput(event("1 x 0", "00:01"), 2300);
  host.onOutput(event("1 x 0", "00:02"), 2400);
  const told = play(host, { from: 2400, until: 14_000 });
  assert.deepEqual(timesOf(told), ["heartbeat 3000", "heartbeat 13000"]);
  assert(told[0]!.task.kind === "heartbeat" && told[0]!.task.body.score === "1 x 0");
});

Deno.test("while the directory is away it is tried again, said once, and it is back within one heartbeat", () => {
  const host = registration({ isLive: true });
  const told = play(host, {
    until: 100_000,
    answer: (_, now) => now < 60_000 ? AWAY : GOOD,
  });
  assert.deepEqual(told.flatMap(({ news, at }) => news ? [`${news} ${at}`] : []), [
    "away 0",
    `back ${told.find(({ at }) => at >= 60_000)!.at}`,
  ]);
  const tries = told.map(({ at }) => at);
  assert.deepEqual(tries.slice(0, 5), [0, 1000, 3000, 7000, 15_000]);
  assert(tries.every((at, index) => at - (tries[index - 1] ?? 0) <= 10_000));
});

Deno.test("a directory that was away as the broadcast began is tried again, and only its return is said", () => {
  const host = new Registration({
    ...{ broadcast: BROADCAST, place: PLACE, isRegistered: false, isAway: true, isLive: true },
    now: 0,
  });
  const told = play(host, { until: 9000, answer: (_, now) => now < 5000 ? AWAY : GOOD });
  assert.deepEqual(told.flatMap(({ news, at }) => news ? [`${news} ${at}`] : []), ["back 7000"]);
  assert.deepEqual(timesOf(told), [
    "register 1000",
    "register 3000",
    "register 7000",
    "heartbeat 7000",
  ]);
});

Deno.test("a directory that has forgotten the broadcast, or ended it, is told of it anew with its id", () => {
  for (const status of [404, 409]) {
    const host = registration({ isLive: true });
    let isKnown = false;
    const told = play(host, {
      until: 15_000,
      answer(task) {
        if (task.kind === "register") isKnown = true;
        return isKnown ? GOOD : refused(status);
      },
    });
    assert.deepEqual(timesOf(told), [
      "heartbeat 0",
      "register 0",
      "heartbeat 0",
      "heartbeat 10000",
    ]);
    assert(told[1]!.task.kind === "register" && told[1]!.task.body.id === BROADCAST.id);
    assert(told.every(({ news }) => news === undefined));
  }
});

Deno.test("a refusal that will not change is said once, and tried again each minute", () => {
  const host = registration();
  const told = play(host, { until: 130_000, answer: () => refused(403) });
  assert.deepEqual(timesOf(told), ["heartbeat 0", "heartbeat 60000", "heartbeat 120000"]);
  assert.deepEqual(told.map(({ news }) => news), ["away", undefined, undefined]);
});

Deno.test("the directory learns the teams' new names, and the title that was made of them", () => {
  const host = registration({ isLive: true });
  play(host, { until: 100 });
  host.onOutput({ kind: "teams", home: "Flamengo", away: "Santos" }, 5000);
  const [first] = play(host, { from: 5000, until: 6000 });
  assert(first?.task.kind === "register");
  const { title, home, away, id } = first.task.body;
  assert.deepEqual([title, home, away, id], [
    "Flamengo x Santos",
    "Flamengo",
    "Santos",
    BROADCAST.id,
  ]);
});

Deno.test("the end is told once, and not for a broadcast that no directory knows", () => {
  const host = registration();
  play(host, { until: 100 });
  host.end(3000);
  assert.deepEqual(timesOf(play(host, { from: 3000, until: 30_000 })), ["end 3000"]);
  assert(host.hasEnded);
  const unknown = registration({ isRegistered: false });
  unknown.end(0);
  assert.deepEqual(play(unknown, { until: 30_000 }), []);
});

Deno.test("the end is told though the directory has not learned the teams' new names yet", () => {
  const host = registration({ isLive: true });
  play(host, { until: 100 });
  host.onOutput({ kind: "teams", home: "Flamengo", away: "Santos" }, 200);
  host.end(300);
  assert.deepEqual(timesOf(play(host, { from: 300, until: 30_000 })), ["end 300"]);
});

Deno.test("teams that are named while the directory is being told of the former ones are told too", () => {
  const host = registration({ isRegistered: false });
  assert.equal(host.poll(0)?.kind, "register");
  host.onOutput({ kind: "teams", home: "Flamengo", away: "Santos" }, 50);
  host.onResult(GOOD, 100);
  const [first] = play(host, { from: 100, until: 2000 });
  assert(first?.task.kind === "register");
  assert.equal(first.task.body.home, "Flamengo");
});

Deno.test("whatever the directory answers: one task at a time, none too soon after another, and an end", () => {
  const answer = fc.constantFrom(
    GOOD,
    AWAY,
    ...[400, 401, 403, 404, 409, 422, 429, 503].map(refused),
  );
  const happens = fc.constantFrom<CoreOutput | undefined>(
    undefined,
    event("1 x 0", "01:00"),
    event("2 x 0", "x"),
    { kind: "teams", home: "A", away: "B" },
    { kind: "started", at: 0 },
  );
  const history = fc.array(fc.tuple(fc.nat(20_000), answer, happens), { maxLength: 50 });
  fc.assert(
    fc.property(history, (all) => {
      const host = registration({ isRegistered: false });
      let now = 0;
      let beat = -Infinity;
      for (const [pause, result, output] of all) {
        now += pause;
        if (output) host.onOutput(output, now);
        const task = host.poll(now);
        assert.equal(host.poll(now), undefined);
        if (!task) continue;
        if (task.kind === "heartbeat") {
          assert(now - beat >= 1000 || beat === -Infinity, `${now - beat}`);
          beat = now;
        }
        host.onResult(result, now);
        assert(host.deadline <= now + 60_000);
      }
      host.end(now);
      const task = host.poll(now);
      assert(task === undefined || task.kind === "end");
      if (task) host.onResult(AWAY, now);
      assert(host.hasEnded && host.deadline === Infinity);
    }),
    runs(200),
  );
});
