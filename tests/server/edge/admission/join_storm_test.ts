import assert from "node:assert/strict";
import type { Examined } from "../../../../server/tokens/token_examiner.ts";
import { RejectCode, serializeAdmission } from "../../../../shared/admission/admission.ts";
import { Guest, Stage, START } from "../../kit.ts";

const ATTACKERS = [2, 3, 4, 5].map((last) => `192.0.2.${last}`);
const WELCOME: Examined = { kind: "answer", info: {}, grant: { kind: "granted" } };
const REFUSED: Examined = {
  ...WELCOME,
  grant: { kind: "refused", code: RejectCode.unauthorized, reason: "no such token" },
};

/** A host under a storm; it counts examinations, and the test gives the outcome of the attackers' JOINs. */
class Storm {
  readonly stage = new Stage({ holdsJoins: true });
  looked = 0;
  #sent = 0;
  /** Their client randoms. */
  readonly #attackers = new Set<string>();
  readonly #tickets: { readonly guest: Guest; readonly cookie: Uint8Array }[] = [];

  /** @param cookies how many each attacker has. */
  constructor(readonly finding: Examined, cookies: number) {
    for (let index = 0; index < cookies * ATTACKERS.length; index++) {
      const hostname = ATTACKERS[index % ATTACKERS.length]!;
      const guest = new Guest(this.stage, { hostname, port: 4000 + index });
      this.#attackers.add(guest.clientRandom.toHex());
      this.#tickets.push({ guest, cookie: guest.hello() });
      if (index % 100 === 99) this.stage.run(200);
    }
  }

  /** Four JOINs per millisecond, each sealed differently; `honest` is called once per millisecond. */
  blow(millis: number, honest: () => void = () => {}): void {
    for (let millisecond = 0; millisecond < millis; millisecond++) {
      for (let copy = 0; copy < ATTACKERS.length; copy++) this.#throwOne();
      honest();
      this.stage.sent.length = 0;
      this.stage.run(1);
    }
  }

  answer(): void {
    const { stage } = this;
    for (const { id, join } of stage.asked.splice(0)) {
      const isBogus = this.#attackers.has(join.clientRandom.toHex());
      if (isBogus) this.looked++;
      const examined = isBogus ? this.finding : WELCOME;
      stage.tell((core) => core.onExamined(id, examined, stage.now));
    }
  }

  #throwOne(): void {
    const { guest, cookie } = this.#tickets[this.#sent++ % this.#tickets.length]!;
    const info = { name: `${this.#sent}` };
    const { clientRandom, address } = guest;
    this.stage.receive(serializeAdmission({ type: "join", clientRandom, cookie, info }), address);
    this.answer();
  }
}

Deno.test("one JOIN is examined per cookie, and its copies get the same answer", () => {
  const storm = new Storm({ kind: "invalid" }, 1);
  storm.blow(1000);
  assert.equal(storm.looked, ATTACKERS.length);
  assert.equal(
    storm.stage.core.stats().junk.unauthentic,
    storm.stage.core.stats().junk.unauthentic,
  );
  const refused = new Stage({ access: { kind: "tokens", tokens: ["right"] } });
  const guest = new Guest(refused);
  const cookie = guest.hello();
  const answers = [1, 2, 3].map(() => guest.joinWith(cookie, { token: "wrong" }));
  assert.deepEqual(answers.map((answer) => answer?.type), ["reject", "reject", "reject"]);
});

for (
  const [what, finding] of [["can't be opened", { kind: "invalid" }], [
    "have a wrong token",
    REFUSED,
  ]] as const
) {
  Deno.test(`of JOINs that ${what} few are examined, however many cookies there are`, () => {
    const storm = new Storm(finding, 400);
    const before = storm.looked;
    storm.blow(2000);
    // Each address has its small burst and rate, after the first JOIN in vain.
    assert.ok(storm.looked - before <= ATTACKERS.length * (1 + 40 + 2 * 20), `${storm.looked}`);
  });
}

Deno.test("in a storm an honest listener is admitted with its first cookie and its first JOIN", () => {
  const storm = new Storm({ kind: "invalid" }, 400);
  storm.blow(1000);
  const { stage } = storm;
  let joined = 0;
  for (let count = 0; count < 20; count++) {
    const guest = new Guest(stage, { hostname: `198.51.100.${count}`, port: 5 });
    storm.blow(20);
    const cookie = guest.hello();
    storm.blow(20);
    guest.joinWith(cookie);
    storm.answer();
    if (guest.listen().answers.at(-1)?.type === "accept") joined++;
  }
  assert.equal(joined, 20);
});

Deno.test("requests for cookies alone take nothing from listeners that have a cookie", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  const cookie = guest.hello();
  for (let index = 0; index < 10_000; index++) {
    const from = { hostname: `10.${index >> 8}.${index & 255}.1`, port: 1 };
    const { clientRandom } = guest;
    stage.receive(serializeAdmission({ type: "hello", clientRandom }), from);
  }
  assert.ok(stage.core.stats().junk.overflow! > 1000);
  assert.equal(guest.joinWith(cookie)?.type, "accept");
});

Deno.test("after a minute, JOINs of a suspected address are examined like others again", () => {
  const stage = new Stage({ access: { kind: "tokens", tokens: ["right"] } });
  const at = (index: number) => new Guest(stage, { hostname: ATTACKERS[0]!, port: 100 + index });
  at(0).join({ token: "wrong" });
  const letIn = (first: number) =>
    Array.from({ length: 90 }, (_, index) => at(first + index)).filter((guest) => {
      const answer = guest.join({ token: "right" });
      if (answer?.type === "accept") guest.leave();
      return answer?.type === "accept";
    }).length;
  assert.equal(letIn(1000), 40);
  stage.run(60_000);
  assert.equal(letIn(2000), 90);
  assert.ok(stage.now - START < 100_000);
});
