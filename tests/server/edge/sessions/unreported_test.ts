import assert from "node:assert/strict";
import fc from "fast-check";
import { Unreported, UNREPORTED_MILLIS } from "../../../../server/edge/sessions/unreported.ts";
import { RejectCode } from "../../../../shared/admission/admission.ts";
import { goal, Guest, MP3, Stage, START } from "../../kit.ts";
import { runs } from "../../../runs.ts";

const ATTACKER = "192.0.2.66";
let ports = 1000;

/** Admits a listener that sends nothing more. */
function ghost(stage: Stage, hostname = ATTACKER): Guest {
  const guest = new Guest(stage, { hostname, port: ports++ });
  guest.joinWith(guest.hello());
  return guest;
}

function codesTo(guest: Guest): number[] {
  return guest.heard("putOut").map(({ code }) => code);
}

function lastAnswer(guest: Guest): string | number | undefined {
  const answer = guest.listen().answers.at(-1);
  return answer?.type === "reject" ? answer.code : answer?.type;
}

Deno.test("by JOINs alone one client takes at most a quarter of the places, and keeps nobody out", () => {
  const stage = new Stage({ audio: MP3, capacity: 100 }).pushFrames(400);
  const ghosts = Array.from({ length: 100 }, () => {
    stage.run(10);
    return ghost(stage);
  });
  const isServed = (guest: Guest) => {
    guest.listen().rtp.length = 0;
    // Events leave at most 500 a second.
    stage.run(3).tell((core) => core.pushEvent(goal(), stage.now));
    return guest.listen().rtp.length > 0;
  };
  assert.equal(ghosts.filter(isServed).length, 25);
  // Another JOIN from there finds no place, one from elsewhere takes the oldest one's.
  const honest = Array.from({ length: 30 }, (_, index) => {
    const guest = new Guest(stage, { hostname: `198.51.100.${index}`, port: 5 });
    assert.equal(guest.join()?.type, "accept");
    return guest;
  });
  assert.deepEqual(codesTo(ghosts[0]!), [RejectCode.overload]);
  assert.equal(stage.core.stats().listeners, 30);
  for (const guest of honest) assert.equal(isServed(guest), true);
  assert.deepEqual(stage.said("listener-left"), []);
});

Deno.test("media is sent from the ACCEPT on, and for three seconds to a listener that does not report", () => {
  const stage = new Stage({ audio: MP3 }).pushFrames(400);
  const silent = ghost(stage);
  const first = silent.packets("audio").length;
  stage.run(UNREPORTED_MILLIS - 1);
  const served = silent.packets("audio");
  assert.equal(served[0]?.sequenceNumber, silent.channel("audio").nextSequence % 65_536);
  assert.ok(served.length > first + 100);
  stage.run(1);
  const atTheEnd = silent.packets("audio").length;
  stage.run(5000);
  assert.equal(silent.packets("audio").length, atTheEnd);
  assert.deepEqual(codesTo(silent), [], "nothing goes to an address where nobody seems to be");
  assert.deepEqual(stage.said("listener-left"), []);
});

Deno.test("any authentic message keeps a listener's place", () => {
  const stage = new Stage({ audio: MP3 }).pushFrames(400);
  const said = [
    (guest: Guest, ssrc: number) => guest.tell({ type: "receiverReport", ssrc, reports: [] }),
    (guest: Guest, ssrc: number) =>
      guest.tell({ type: "nack", ssrc, mediaSsrc: guest.channel("audio").ssrc, sequences: [1] }),
    (guest: Guest, ssrc: number) =>
      guest.tell({ type: "referenceTime", ssrc, ntpTime: { seconds: 1, fraction: 0 } }),
    (guest: Guest, ssrc: number) => guest.tell({ type: "epochReceived", ssrc, epoch: 1 }),
  ];
  const guests = said.map((say) => {
    const guest = ghost(stage);
    stage.run(UNREPORTED_MILLIS / 2);
    say(guest, guest.info!.listenerSsrc);
    return guest;
  });
  stage.run(UNREPORTED_MILLIS + 1000);
  assert.equal(stage.core.stats().listeners, guests.length);
});

Deno.test("copies of a JOIN are no report, and do not keep a listener's place", () => {
  const stage = new Stage({ capacity: 1 });
  const guest = new Guest(stage, { hostname: ATTACKER, port: 7 });
  const cookie = guest.hello();
  for (let elapsed = 0; elapsed < UNREPORTED_MILLIS; elapsed += 500) {
    assert.equal(guest.joinWith(cookie)?.type, "accept");
    stage.run(500);
  }
  assert.equal(guest.joinWith(cookie), undefined);
  assert.equal(new Guest(stage).join()?.type, "accept");
});

for (
  const [how, isSameClient] of [["renewed", true], ["by another client there", false]] as const
) {
  Deno.test(`nor does a new JOIN, ${how}: sixteen addresses that do nothing else keep nobody out`, () => {
    const stage = new Stage({ capacity: 16 });
    const ghosts = Array.from({ length: 16 }, (_, index) => {
      return new Guest(stage, { hostname: `198.51.100.${index}`, port: 7 });
    });
    const honest = new Guest(stage);
    let joinedAt = Infinity;
    for (const start = stage.now; stage.now < start + UNREPORTED_MILLIS; stage.run(300)) {
      for (const guest of ghosts) {
        const { address, clientRandom } = guest;
        const next = isSameClient
          ? new Guest(stage, address, clientRandom)
          : new Guest(stage, address);
        next.joinWith(next.hello());
      }
      if (joinedAt === Infinity && honest.join()?.type === "accept") joinedAt = stage.now - start;
    }
    assert.ok(joinedAt <= 1200, "they are no longer new after a second");
    assert.equal(stage.core.stats().listeners, 1);
  });
}

Deno.test("when all places are taken the oldest unreported listener gives way, never a reported one", () => {
  const stage = new Stage({ capacity: 4 });
  const reported = [1, 2].map(() => new Guest(stage, { hostname: ATTACKER, port: ports++ }));
  for (const guest of reported) guest.join();
  stage.run(100);
  const ghosts = [1, 2].map(() => ghost(stage));
  assert.equal(new Guest(stage).join()?.type, "accept");
  assert.deepEqual(ghosts.map(codesTo), [[RejectCode.overload], []]);
  const early = new Guest(stage);
  early.join();
  assert.equal(lastAnswer(early), RejectCode.overload, "the other may be about to report");
  stage.run(1000);
  assert.equal(early.join()?.type, "accept");
  assert.deepEqual(codesTo(ghosts[1]!), [RejectCode.overload]);
  const last = new Guest(stage);
  last.join();
  assert.equal(lastAnswer(last), RejectCode.overload);
  assert.deepEqual(stage.said("listener-left"), []);
  assert.equal(stage.core.stats().listeners, 4);
});

Deno.test("listeners that have reported are never limited by address: a school may take all places", () => {
  const stage = new Stage({ capacity: 100 });
  const school = Array.from({ length: 100 }, () => {
    const guest = new Guest(stage, { hostname: "203.0.113.1", port: ports++ });
    assert.equal(guest.join()?.type, "accept");
    return guest;
  });
  stage.run(UNREPORTED_MILLIS + 1000);
  assert.equal(stage.core.stats().listeners, school.length);
});

Deno.test("in a crowd that comes at once nobody pushes out another that had no time to report", () => {
  const stage = new Stage({ capacity: 100 });
  const crowd = Array.from(
    { length: 60 },
    (_, index) => new Guest(stage, { hostname: `198.51.100.${index}`, port: 5 }),
  );
  const cookies = crowd.map((guest) => guest.hello());
  // Each repeats its JOIN until it is answered, and reports 200 ms after that.
  const outside = new Set(crowd);
  const due: { readonly guest: Guest; readonly at: number }[] = [];
  for (; outside.size > 0 && stage.now < START + 2000; stage.run(50)) {
    for (const { guest } of due.filter(({ at }) => at <= stage.now)) guest.report();
    due.splice(0, due.length, ...due.filter(({ at }) => at > stage.now));
    for (const guest of outside) {
      if (guest.joinWith(cookies[crowd.indexOf(guest)]!)?.type !== "accept") continue;
      outside.delete(guest);
      due.push({ guest, at: stage.now + 200 });
    }
  }
  for (const { guest } of due) guest.report();
  assert.equal(stage.core.stats().listeners, crowd.length);
  assert.ok(crowd.every((guest) => codesTo(guest).length === 0));
  assert.ok(stage.core.stats().junk.overflow! > 0, "not all at once");
});

Deno.test("fewer JOINs are examined for a while from an address that lets its places lapse, and only from there", () => {
  const stage = new Stage({ capacity: 1000 });
  for (let index = 0; index < 20; index++) ghost(stage);
  stage.run(UNREPORTED_MILLIS);
  const answered = (hostname: string) =>
    Array.from({ length: 100 }, () => ghost(stage, hostname)).filter(({ info }) => info).length;
  assert.ok(answered(ATTACKER) <= 40);
  assert.equal(answered("198.51.100.1"), 100);
});

Deno.test("--wait-for counts who has reported", () => {
  const stage = new Stage({ audio: MP3, waitFor: 2, capacity: 4 }).pushFrames(40);
  ghost(stage);
  ghost(stage);
  new Guest(stage).join();
  assert.equal(stage.said("started").length, 0);
  new Guest(stage).join();
  assert.equal(stage.said("started").length, 1);
});

/** What {@linkcode Unreported} should answer, by the simplest model. */
class Model {
  readonly list: { who: { address: { hostname: string; port: number } }; since: number }[] = [];

  countAt(hostname: string): number {
    return this.list.filter(({ who }) => who.address.hostname === hostname).length;
  }
}

Deno.test("in any order of joins, reports and leaves, the oldest of the source with most is found", () => {
  const hosts = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];
  const step = fc.record({
    what: fc.constantFrom("add", "add", "delete", "again", "wait"),
    host: fc.constantFrom(...hosts),
    pick: fc.nat(50),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const unreported = new Unreported();
      const model = new Model();
      let now = START;
      for (const { what, host, pick } of steps) {
        const picked = model.list[pick % (model.list.length || 1)];
        if (what === "wait") now += pick * 20;
        if (what === "add") {
          const who = { address: { hostname: host, port: pick } };
          unreported.add(who, now);
          model.list.push({ who, since: now });
        }
        if (picked && (what === "delete" || what === "again")) {
          const who = { address: { ...picked.who.address, port: pick } };
          const next = what === "again" ? [{ ...picked, who }] : [];
          model.list.splice(model.list.indexOf(picked), 1, ...next);
          if (what === "delete") unreported.delete(picked.who);
          else unreported.takeOver(picked.who, who);
        }
        assert.equal(unreported.count, model.list.length);
        assert.equal(unreported.deadline, (model.list[0]?.since ?? Infinity) + UNREPORTED_MILLIS);
        const overdue = model.list.filter(({ since }) => now - since >= UNREPORTED_MILLIS);
        assert.deepEqual(unreported.overdue(now), overdue.map(({ who }) => who));
        const most = Math.max(...hosts.map((hostname) => model.countAt(hostname)));
        const options = { capacity: 4, freed: 0, isFull: true };
        const room = unreported.roomFor({ hostname: "198.51.100.1", port: 1 }, options, now);
        const isYoung = (who: unknown) =>
          now - model.list.find((one) => one.who === who)!.since < 1000;
        if (most <= 0) assert.equal(room.kind, "none");
        else if (room.kind === "none") assert.ok(most === 1 && isYoung(model.list[0]!.who));
        else {
          assert.equal(room.kind, "instead-of");
          const { hostname } = (room as Extract<typeof room, { kind: "instead-of" }>).newcomer
            .address;
          assert.equal(model.countAt(hostname), most);
          const oldest = model.list.find(({ who }) => who.address.hostname === hostname)!.who;
          assert.equal((room as { newcomer?: unknown }).newcomer, oldest);
        }
      }
    }),
    runs(200),
  );
});
