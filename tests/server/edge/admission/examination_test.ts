import assert from "node:assert/strict";
import type { Examined } from "../../../../server/tokens/token_examiner.ts";
import { RejectCode, serializeAdmission } from "../../../../shared/admission/admission.ts";
import { Guest, Stage } from "../../kit.ts";

const WELCOME: Examined = { kind: "answer", info: { name: "Ann" }, grant: { kind: "granted" } };

function answer(stage: Stage, examined: Examined = WELCOME, which = 0): void {
  const [asked] = stage.asked.splice(which, 1);
  stage.tell((core) => core.onExamined(asked!.id, examined, stage.now));
}

/** A guest whose JOIN is being examined. */
function applicant(stage: Stage): Guest {
  const guest = new Guest(stage);
  guest.joinWith(guest.hello());
  return guest;
}

Deno.test("a JOIN is answered after its examination, and its copies get no answer of their own", () => {
  const stage = new Stage({ holdsJoins: true });
  const guest = new Guest(stage);
  const cookie = guest.hello();
  for (let copy = 0; copy < 3; copy++) assert.equal(guest.joinWith(cookie), undefined);
  assert.equal(stage.asked.length, 1);
  answer(stage);
  assert.equal(guest.listen().answers.at(-1)?.type, "accept");
  assert.equal(guest.joinWith(cookie)?.type, "accept");
  assert.equal(stage.asked.length, 0);
});

Deno.test("a JOIN that no honest listener would send gets no answer and is counted", () => {
  const stage = new Stage({ holdsJoins: true });
  const guest = applicant(stage);
  answer(stage, { kind: "invalid" });
  assert.deepEqual(guest.listen().answers.map(({ type }) => type), ["retry"]);
  assert.equal(stage.core.stats().junk.unauthentic, 1);
  assert.deepEqual(stage.said("rejected"), []);
});

Deno.test("the last place goes to the JOIN whose examination ended first", () => {
  const stage = new Stage({ holdsJoins: true, capacity: 1 });
  const [first, second] = [applicant(stage), applicant(stage)];
  answer(stage, WELCOME, 1);
  answer(stage);
  assert.equal(second.listen().answers.at(-1)?.type, "accept");
  const refusal = first.listen().answers.at(-1);
  assert(refusal?.type === "reject" && refusal.code === RejectCode.overload);
});

Deno.test("a refusal is passed on with its code and reason", () => {
  const stage = new Stage({ holdsJoins: true });
  const guest = applicant(stage);
  const { expired: code } = RejectCode;
  answer(stage, { ...WELCOME, grant: { kind: "refused", code, reason: "it was yesterday's" } });
  assert(guest.listen().answers.some((said) => said.type === "reject" && said.code === code));
  assert.deepEqual(stage.said("rejected").map(({ reason }) => reason), ["it was yesterday's"]);
});

Deno.test("the outcome of an unknown examination changes nothing", () => {
  const stage = new Stage({ holdsJoins: true });
  const guest = applicant(stage);
  const { id } = stage.asked[0]!;
  answer(stage);
  stage.take(guest.address);
  for (const stray of [id, id + 1, -1]) {
    stage.tell((core) => core.onExamined(stray, WELCOME, stage.now));
  }
  assert.deepEqual(stage.sent, []);
});

Deno.test("few JOINs are examined at the same time, and the others wait for their turn", () => {
  const stage = new Stage({ holdsJoins: true, capacity: 1000 });
  const guests = Array.from({ length: 100 }, (_, index) => {
    const guest = new Guest(stage, { hostname: `10.0.${index}.1`, port: 7000 + index });
    guest.joinWith(guest.hello());
    return guest;
  });
  assert.equal(stage.asked.length, 16);
  for (let index = 0; index < 100; index++) answer(stage);
  assert.equal(stage.asked.length, 0);
  assert.equal(stage.core.stats().junk.overflow, undefined);
  for (const guest of guests) assert.equal(guest.listen().answers.at(-1)?.type, "accept");
});

Deno.test("one that comes after a crowd at one address is examined before the rest of the crowd", () => {
  const stage = new Stage({ holdsJoins: true, capacity: 1000 });
  for (let index = 0; index < 100; index++) {
    const guest = new Guest(stage, { hostname: "10.0.0.1", port: 7000 + index });
    guest.joinWith(guest.hello());
  }
  const other = new Guest(stage, { hostname: "10.0.0.2", port: 1 });
  other.joinWith(other.hello());
  for (let index = 0; index < 18; index++) answer(stage);
  assert.equal(other.listen().answers.at(-1)?.type, "accept");
});

Deno.test("a JOIN with a newer cookie takes the turn of the one that waits, and is the one that is answered", () => {
  const stage = new Stage({ holdsJoins: true, capacity: 1000 });
  for (let index = 0; index < 16; index++) {
    const guest = new Guest(stage, { hostname: `10.0.1.${index}`, port: 7000 });
    guest.joinWith(guest.hello());
  }
  const late = new Guest(stage, { hostname: "10.0.0.1", port: 1 });
  const old = late.hello();
  late.joinWith(old);
  stage.run(1000);
  const newer = late.hello();
  late.joinWith(newer);
  late.joinWith(newer);
  late.joinWith(old);
  for (let index = 0; index < 16; index++) answer(stage);
  assert.equal(stage.asked.length, 1);
  assert.deepEqual(stage.asked[0]!.join.cookie, newer);
  answer(stage);
  assert.equal(late.listen().answers.at(-1)?.type, "accept");
  assert.equal(stage.asked.length, 0);
});

Deno.test("of JOINs that wait there are never more than fit, and an address of its own has room longer", () => {
  const stage = new Stage({ holdsJoins: true, capacity: 20_000 });
  const come = (hostname: string, port: number) => {
    const guest = new Guest(stage, { hostname, port });
    if (port % 100 === 0) stage.run(100);
    guest.joinWith(guest.hello());
  };
  for (let index = 0; index < 6500; index++) come("10.0.0.1", 1000 + index);
  assert.equal(stage.core.stats().junk.overflow, 6500 - 16 - 6144);
  for (let index = 0; index < 10; index++) come(`10.0.1.${index}`, 5);
  assert.equal(stage.core.stats().junk.overflow, 6500 - 16 - 6144);
});

Deno.test("what an address did in vain counts for those of its JOINs that wait", () => {
  const stage = new Stage({ holdsJoins: true, capacity: 1000 });
  for (let index = 0; index < 200; index++) {
    const guest = new Guest(stage, { hostname: "10.0.0.1", port: 7000 + index });
    guest.joinWith(guest.hello());
  }
  let examined = 0;
  for (; stage.asked.length > 0; examined++) answer(stage, { kind: "invalid" });
  // Those that were being examined as the first was in vain, and the small burst of a suspected address.
  assert.equal(examined, 16 + 40);
});

Deno.test("one in vain holds up nobody of an address from which many are in", () => {
  const stage = new Stage({ holdsJoins: true, capacity: 1000 });
  const come = (examined: Examined, port: number) => {
    const guest = new Guest(stage, { hostname: "10.0.0.1", port });
    guest.joinWith(guest.hello());
    if (stage.asked.length === 0) return false;
    answer(stage, examined);
    if (guest.listen().answers.at(-1)?.type === "accept") guest.report();
    return true;
  };
  for (let index = 0; index < 8; index++) come(WELCOME, index + 1);
  for (let index = 0; index < 2; index++) come({ kind: "invalid" }, 100 + index);
  const examined = Array.from({ length: 200 }, (_, index) => come(WELCOME, 200 + index));
  assert.ok(examined.every((isExamined) => isExamined));
});

Deno.test("a JOIN that waited in vain is counted", () => {
  const stage = new Stage({ holdsJoins: true, capacity: 1000 });
  for (let index = 0; index < 200; index++) {
    const guest = new Guest(stage, { hostname: "10.0.0.1", port: 7000 + index });
    guest.joinWith(guest.hello());
  }
  while (stage.asked.length > 0) answer(stage, { kind: "invalid" });
  const { unauthentic, overflow } = stage.core.stats().junk;
  assert.deepEqual([unauthentic, overflow], [16 + 40, 200 - 16 - 40]);
});

Deno.test("whoever has not reported and comes from another address needs no second place, also if it waits", () => {
  const stage = new Stage({ holdsJoins: true, capacity: 64 });
  const known: Examined = { ...WELCOME, info: { resume: "a".repeat(22) } };
  const guests = Array.from({ length: 16 }, (_, index) => {
    const guest = new Guest(stage, { hostname: `10.0.${index}.1`, port: 7000 });
    guest.joinWith(guest.hello());
    return guest;
  });
  while (stage.asked.length > 0) answer(stage, known);
  stage.run(10);
  const moved = new Guest(stage, { hostname: "10.0.99.1", port: 7000 }, guests[3]!.clientRandom);
  moved.joinWith(moved.hello());
  assert.equal(stage.asked.length, 1);
  answer(stage, known);
  assert.equal(moved.listen().answers.at(-1)?.type, "accept");
});

Deno.test("who makes JOINs wait again and again keeps no place without a report", () => {
  const stage = new Stage({ holdsJoins: true, capacity: 1000 });
  const silent = new Guest(stage, { hostname: "10.9.9.9", port: 5 });
  const cookie = silent.hello();
  silent.joinWith(cookie);
  answer(stage);
  let asked = 0;
  let unanswered = 0;
  // For nearly ten seconds some always wait, then none for a moment, and so on.
  for (let step = 0; step < 60; step++) {
    for (let count = 0; count < 20; count++, asked++, unanswered++) {
      const hostname = `10.${asked >> 8}.${asked & 255}.1`;
      const guest = new Guest(stage, { hostname, port: 5 });
      guest.joinWith(guest.hello());
    }
    const least = step % 18 === 17 ? 0 : 20;
    for (; unanswered > least; unanswered--) answer(stage, { kind: "invalid" });
    silent.joinWith(cookie);
    stage.run(500);
  }
  assert.equal(silent.joinWith(cookie)?.type, undefined);
});

Deno.test("a JOIN with another client's cookie is not examined", () => {
  const stage = new Stage({ holdsJoins: true });
  const cookie = new Guest(stage).hello();
  const { address, clientRandom } = new Guest(stage);
  stage.receive(serializeAdmission({ type: "join", clientRandom, cookie, info: {} }), address);
  assert.equal(stage.asked.length, 0);
});

Deno.test("knowing a client random and a token is not enough to take a listener's place", () => {
  const stage = new Stage({ holdsJoins: true });
  const known = (letter: string): Examined => ({
    ...WELCOME,
    info: { resume: letter.repeat(22) },
  });
  const victim = applicant(stage);
  answer(stage, known("a"));
  const comeAs = (guest: Guest, examined: Examined) => {
    stage.run(1);
    guest.joinWith(guest.hello());
    answer(stage, examined);
    return guest.listen().answers.at(-1);
  };
  for (const examined of [known("b"), WELCOME]) {
    const thief = new Guest(stage, undefined, victim.clientRandom);
    const said = comeAs(thief, examined);
    assert(said?.type === "reject" && said.code === RejectCode.joinedElsewhere);
  }
  victim.listen().report();
  assert.deepEqual(stage.said("listener-left"), []);
  const itself = new Guest(stage, undefined, victim.clientRandom);
  assert.equal(comeAs(itself, known("a"))?.type, "accept");
  assert.deepEqual(stage.said("listener-left").map(({ reason }) => reason), ["rejoined"]);
  assert(!JSON.stringify(stage.outputs).includes("a".repeat(22)));
});
