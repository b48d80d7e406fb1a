import assert from "node:assert/strict";
import type { Examined } from "../../../../server/tokens/token_examiner.ts";
import { RejectCode, serializeAdmission } from "../../../../shared/admission/admission.ts";
import { Guest, Stage } from "../../kit.ts";

const WELCOME: Examined = { kind: "answer", info: { name: "Ann" }, grant: { kind: "granted" } };

function answer(stage: Stage, examined: Examined = WELCOME, which = 0): void {
  const [asked] = stage.asked.splice(which, 1);
  stage.tell((core) => core.onExamined(asked!.id, examined, stage.now));
}

/** A guest whose JOIN is being looked into. */
function applicant(stage: Stage): Guest {
  const guest = new Guest(stage);
  guest.joinWith(guest.hello());
  return guest;
}

Deno.test("a JOIN is answered once it was looked into, and its copies wait for nothing", () => {
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

Deno.test("what nobody honest would send gets no answer and is counted", () => {
  const stage = new Stage({ holdsJoins: true });
  const guest = applicant(stage);
  answer(stage, { kind: "invalid" });
  assert.deepEqual(guest.listen().answers.map(({ type }) => type), ["retry"]);
  assert.equal(stage.core.stats().junk.unauthentic, 1);
  assert.deepEqual(stage.said("rejected"), []);
});

Deno.test("the last place goes to whose JOIN was looked into first", () => {
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

Deno.test("an outcome nobody waits for changes nothing", () => {
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

Deno.test("what is looked into at a time is bounded, and what is beyond is counted", () => {
  const stage = new Stage({ holdsJoins: true });
  for (let index = 0; index < 100; index++) {
    const guest = new Guest(stage, { hostname: `10.0.${index % 200}.1`, port: 7000 + index });
    guest.joinWith(guest.hello());
  }
  assert.equal(stage.asked.length, 16);
  assert.equal(stage.core.stats().junk.overflow, 84);
});

Deno.test("a JOIN with another's cookie is not even looked into", () => {
  const stage = new Stage({ holdsJoins: true });
  const cookie = new Guest(stage).hello();
  const { address, clientRandom } = new Guest(stage);
  stage.receive(serializeAdmission({ type: "join", clientRandom, cookie, info: {} }), address);
  assert.equal(stage.asked.length, 0);
});

Deno.test("who has seen a client random, and has a token, can't take its listener's place", () => {
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
