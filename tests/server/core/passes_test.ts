import assert from "node:assert/strict";
import fc from "fast-check";
import type { Pass } from "../../../server/tokens/pass.ts";
import type { Millis, WallMillis } from "../../../shared/core/units.ts";
import { RejectCode } from "../../../shared/admission/admission.ts";
import { goal, Guest, MP3, Stage, START } from "../kit.ts";
import { runs } from "../../runs.ts";

const PASS: Pass = { id: "t1", name: "Ann", issuer: "key", role: "listener", seats: 1 };
/** The time of day when a host begins. */
const WALL_START: WallMillis = START + 0;
const REVOKED = { code: RejectCode.forbidden, reason: "the token was revoked" };
const revoke = (id: string) => (pass: Pass) => pass.id === id ? REVOKED : undefined;

/** A host that grants each JOIN the pass that the test gives. */
class Door {
  readonly stage = new Stage({ holdsJoins: true, audio: MP3 });

  join(pass: Pass, guest = new Guest(this.stage)): Guest {
    guest.joinWith(guest.hello());
    this.answer(pass);
    if (guest.listen().answers.at(-1)?.type === "accept") guest.report();
    return guest;
  }

  answer(pass: Pass): void {
    const grant = { kind: "granted", pass } as const;
    for (const { id } of this.stage.asked.splice(0)) {
      const { now } = this.stage;
      this.stage.tell((core) => core.onExamined(id, { kind: "answer", info: {}, grant }, now));
    }
  }

  review(id: string): void {
    this.stage.tell((core) => core.reviewPasses(revoke(id), this.stage.now));
  }

  /** Sets the clock: it is this far ahead of a clock that was never set. */
  setClock(ahead: Millis): void {
    const { now } = this.stage;
    this.stage.tell((core) => core.tellWallTime(now + ahead, now));
  }
}

function answerTo(guest: Guest) {
  const answer = guest.listen().answers.at(-1);
  return answer?.type === "reject" ? answer : { code: answer?.type };
}

function mediaOf(guest: Guest): number {
  return guest.listen().rtp.length;
}

Deno.test("a pass is valid from its beginning until it expires, and each refusal has its code", () => {
  const door = new Door();
  const early = door.join({ ...PASS, notBefore: START + 5000 });
  assert.deepEqual(answerTo(early), {
    type: "reject",
    clientRandom: early.clientRandom,
    code: RejectCode.forbidden,
    reason: "the token is not valid yet",
    retryAfterMillis: 5000,
  });
  assert.equal(answerTo(door.join({ ...PASS, expiresAt: WALL_START })).code, RejectCode.expired);
  const rightNow = { ...PASS, notBefore: WALL_START, expiresAt: WALL_START + 1 };
  assert.equal(answerTo(door.join(rightNow)).code, "accept");
  assert.deepEqual(door.stage.said("rejected").map(({ code }) => code), [1403, 1410]);
});

Deno.test("a pass that begins in the far future still has a retry time that fits the wire", () => {
  const answer = answerTo(new Door().join({ ...PASS, notBefore: START + 1e12 }));
  assert.equal("retryAfterMillis" in answer && answer.retryAfterMillis, 0xffff_ffff);
});

Deno.test("when a pass expires its listener is told why, and then gets nothing", () => {
  const door = new Door();
  const { stage } = door;
  const guest = door.join({ ...PASS, expiresAt: START + 7350 });
  const other = door.join({ ...PASS, id: "t2" });
  stage.pushFrames(600).run(7349);
  const heard = mediaOf(guest);
  const before = mediaOf(other);
  assert(heard > 0);
  stage.run(2000);
  const notices = guest.heard("putOut");
  assert.equal(mediaOf(guest), heard);
  assert.deepEqual(notices.map(({ code }) => code), [1410, 1410, 1410]);
  assert.equal(notices[0]!.listenerSsrc, guest.info!.listenerSsrc);
  assert.deepEqual(stage.said("listener-left").map(({ reason }) => reason), ["expired"]);
  assert(mediaOf(other) > before, "the others go on");
});

Deno.test("revoking a pass puts out all listeners that joined with it, at once, and nobody else", () => {
  const door = new Door();
  const { stage } = door;
  const two = { ...PASS, seats: 2 };
  const out = [door.join(two), door.join(two)];
  const stays = door.join({ ...PASS, id: "t2" });
  stage.pushFrames(40).run(500);
  const heard = out.map(mediaOf);
  const before = mediaOf(stays);
  door.review("t1");
  stage.tell((core) => core.pushEvent(goal(), stage.now)).run(500);
  assert.deepEqual(out.map(mediaOf), heard);
  for (const guest of out) {
    assert.deepEqual(guest.heard("putOut").map(({ code, reason }) => [code, reason]), [
      [1403, "the token was revoked"],
      [1403, "the token was revoked"],
      [1403, "the token was revoked"],
    ]);
  }
  assert(mediaOf(stays) > before);
  assert.deepEqual(stays.heard("putOut"), []);
  assert.deepEqual(stage.said("listener-left").map(({ reason }) => reason), ["revoked", "revoked"]);
});

Deno.test("a pass that is revoked while its JOIN is examined admits nobody", () => {
  const door = new Door();
  const guest = new Guest(door.stage);
  guest.joinWith(guest.hello());
  door.review("t1");
  door.answer(PASS);
  assert.equal(answerTo(guest).code, RejectCode.forbidden);
});

Deno.test("a listener that was put out is told why when it joins again, and is admitted with a valid pass", () => {
  const door = new Door();
  const guest = door.join(PASS);
  door.review("t1");
  door.stage.run(5000);
  door.join(PASS, guest);
  assert.equal(answerTo(guest).code, RejectCode.forbidden);
  door.stage.run(1);
  assert.equal(answerTo(door.join({ ...PASS, id: "t2" }, guest)).code, "accept");
});

Deno.test("seats are counted by listener: a repeated JOIN takes no second seat", () => {
  const door = new Door();
  const pass = { ...PASS, seats: 2 };
  const [first, second] = [door.join(pass), door.join(pass)];
  const third = door.join(pass);
  const refusal = answerTo(third);
  assert.equal(refusal.code, RejectCode.overload);
  assert("reason" in refusal && /all 2 seats/.test(refusal.reason));
  assert("retryAfterMillis" in refusal && refusal.retryAfterMillis > 0);
  door.stage.run(1000);
  for (const guest of [first, second]) {
    assert.equal(answerTo(door.join(pass, guest)).code, "accept");
  }
  assert.equal(answerTo(door.join(pass)).code, RejectCode.overload);
  first.leave();
  assert.equal(answerTo(door.join(pass, third)).code, "accept");
});

Deno.test("a client that returns from another address takes its own seat", () => {
  const door = new Door();
  const guest = door.join(PASS);
  door.stage.run(1000);
  const moved = new Guest(door.stage, { hostname: "10.0.0.8", port: 7 }, guest.clientRandom);
  assert.equal(answerTo(door.join(PASS, moved)).code, "accept");
  const stranger = answerTo(door.join(PASS));
  assert("reason" in stranger && /only seat/.test(stranger.reason));
});

const HOUR: Millis = 3_600_000;

Deno.test("when the clock is set forward, or the machine slept, passes that expired meanwhile end at once", () => {
  const door = new Door();
  const { stage } = door;
  const guest = door.join({ ...PASS, expiresAt: WALL_START + HOUR });
  const other = door.join({ ...PASS, id: "t2", expiresAt: WALL_START + 3 * HOUR });
  stage.pushFrames(600).run(1000);
  const heard = mediaOf(guest);
  door.setClock(2 * HOUR);
  stage.run(1000);
  assert.equal(mediaOf(guest), heard);
  assert.deepEqual(guest.heard("putOut").map(({ code }) => code), [1410, 1410, 1410]);
  assert.deepEqual(stage.said("listener-left").map(({ reason }) => reason), ["expired"]);
  assert.deepEqual(other.heard("putOut"), []);
  assert.equal(answerTo(door.join({ ...PASS, id: "t3", expiresAt: WALL_START + HOUR })).code, 1410);
  assert.equal(
    answerTo(door.join({ ...PASS, id: "t4", notBefore: WALL_START + HOUR })).code,
    "accept",
  );
});

Deno.test("when the clock is set back, expired passes are valid again, and passes that had begun may not be", () => {
  const door = new Door();
  const { stage } = door;
  const guest = door.join({ ...PASS, notBefore: WALL_START - HOUR });
  stage.run(1000);
  door.setClock(-2 * HOUR);
  stage.run(1000);
  assert.deepEqual(guest.heard("putOut").map(({ code, reason }) => [code, reason])[0], [
    ...[1403, "the token is not valid yet"],
  ]);
  assert.deepEqual(stage.said("listener-left").map(({ reason }) => reason), ["early"]);
  const again = answerTo(door.join({ ...PASS, id: "t2", notBefore: WALL_START - HOUR }));
  assert.equal("retryAfterMillis" in again && again.retryAfterMillis, HOUR - 2000);
  const expired = { ...PASS, id: "t3", expiresAt: WALL_START - HOUR };
  assert.equal(answerTo(door.join(expired)).code, "accept");
});

for (const ahead of [-7000, -400, 400, 7000]) {
  Deno.test(`with the clock set by ${ahead} ms a pass expires by that clock`, () => {
    const door = new Door();
    const { stage } = door;
    const guest = door.join({ ...PASS, expiresAt: WALL_START + 12_000 });
    stage.pushFrames(2000).run(1000);
    door.setClock(ahead);
    stage.run(11_000 - ahead - 1);
    assert.deepEqual(guest.heard("putOut"), []);
    stage.run(1);
    assert.equal(guest.heard("putOut").length, 1);
  });
}

Deno.test("a clock that goes back slightly, as clocks do, puts out nobody who was just admitted", () => {
  const door = new Door();
  const guest = door.join({ ...PASS, notBefore: WALL_START });
  for (const ahead of [-1, -500, -999, -1500]) {
    door.setClock(ahead);
    door.review("t9");
    door.stage.run(1);
    assert.equal(guest.heard("putOut").length, ahead < -1000 ? 1 : 0, `${ahead}`);
  }
});

Deno.test("the log names the person for whom a pass was made", () => {
  const door = new Door();
  door.join(PASS);
  assert.deepEqual(door.stage.said("listener-joined").map(({ tokenName }) => tokenName), ["Ann"]);
});

Deno.test("in any order of joins, leaves, expiries and revocations seats are never exceeded, and listeners put out get nothing", () => {
  const ids = ["a", "b", "c"];
  const step = fc.record({
    what: fc.constantFrom("join", "leave", "revoke", "wait", "set"),
    id: fc.constantFrom(...ids),
    millis: fc.integer({ min: 1, max: 3000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const door = new Door();
      const { stage } = door;
      const guests: { guest: Guest; pass: Pass }[] = [];
      const revoked = new Set<string>();
      let ahead: Millis = 0;
      const isGood = ({ id, expiresAt = Infinity }: Pass) =>
        !revoked.has(id) && stage.now + ahead < expiresAt;
      for (const { what, id, millis } of steps) {
        const pass = { ...PASS, id, seats: 2, ...(id === "c" && { expiresAt: WALL_START + 9000 }) };
        if (what === "join") guests.push({ guest: door.join(pass), pass });
        if (what === "leave" && guests[0]?.guest.info) guests.shift()?.guest.leave();
        if (what === "wait") stage.run(millis);
        if (what === "set") door.setClock(ahead = 2 * millis - 3000);
        if (what === "revoke") {
          revoked.add(id);
          const review = (asked: Pass) => revoked.has(asked.id) ? REVOKED : undefined;
          stage.tell((core) => core.reviewPasses(review, stage.now));
        }
        for (const { guest } of guests) guest.listen().rtp.length = 0;
        stage.tell((core) => core.pushEvent(goal(), stage.now));
        const served = guests.filter(({ guest }) => mediaOf(guest) > 0);
        assert(served.every(({ pass }) => isGood(pass)));
        for (const name of ids) {
          assert(served.filter(({ pass }) => pass.id === name).length <= 2);
        }
      }
    }),
    runs(60),
  );
});
