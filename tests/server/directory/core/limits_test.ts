import assert from "node:assert/strict";
import { Directory } from "../../../../server/directory/core/directory.ts";
import { LIMITS, networkOf } from "../../../../server/directory/core/limits.ts";
import { personId } from "../../../../server/directory/core/people.ts";
import { RateLimiter } from "../../../../server/directory/core/rate_limits.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { START } from "../../kit.ts";

const ASKED = {
  ...{ title: "A x B", sport: "football", home: "A", away: "B" },
  ...{ visibility: "public" as const, seats: 9 },
};
const BEAT = { addresses: ["192.0.2.7:5004"], hostKey: "k", state: "live" as const, seatsTaken: 1 };
const CREATIONS = 10_000;
const MINUTE = 60_000;

function person(index: number) {
  const publicKey = `${String(index).padStart(42, "x")}A`;
  return { id: personId(publicKey), publicKey, name: `P${index}` };
}

/** Many creations in a minute, while another person lives on. */
function flood(attacker: (index: number) => { who: number; from: string }) {
  const directory = new Directory({ rng: new SeededRng(1) });
  const [fan, fanAddress] = [person(999_999), "198.51.100.1"];
  const own = directory.create(fan, ASKED, fanAddress, START);
  assert(own.ok);
  const codes = new Map<string, number>();
  for (let index = 0; index < CREATIONS; index++) {
    const now = START + index * MINUTE / CREATIONS;
    const { who, from } = attacker(index);
    const made = directory.create(person(who), ASKED, from, now);
    const code = made.ok ? "made" : made.code;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (!made.ok) assert(made.kind === "too-many" && made.retryAfterMillis! > 0, made.code);
    if (index % 1000 !== 0) continue;
    assert(directory.admitRequest(fanAddress, now).ok);
    assert(directory.admitPerson(fan, now).ok);
    assert(directory.heartbeat(fan, own.value.id, BEAT, now).ok);
    assert(directory.create(fan, ASKED, fanAddress, now).ok);
    assert(directory.join(fan, own.value.id, now).ok);
  }
  return codes;
}

Deno.test("10 000 creations in a minute: one person or address makes few, and others go on", () => {
  const { burst, perSecond } = LIMITS.publicRates.creations;
  const most = burst + 60 * perSecond;
  const byOne = flood(() => ({ who: 1, from: "203.0.113.7" }));
  assert(byOne.get("made")! <= most, `${byOne.get("made")}`);
  const byMany = flood((index) => ({ who: index, from: "203.0.113.7" }));
  assert(byMany.get("made")! <= most, `${byMany.get("made")}`);
  assert.equal(byMany.get("too-many"), CREATIONS - byMany.get("made")!);
});

Deno.test("a person at many addresses, or at this machine, has few broadcasts at a time", () => {
  const wanderer = flood((index) => ({ who: 1, from: `203.0.${index >> 8}.${index & 255}` }));
  assert(wanderer.get("made")! <= 2 * LIMITS.broadcastsOfPerson, `${wanderer.get("made")}`);
  const local = flood((index) => ({ who: index, from: "127.0.0.1" }));
  const { burst, perSecond } = LIMITS.localRates.creations;
  assert(local.get("made")! <= burst + 60 * perSecond);
});

Deno.test("an IPv6 subscriber is one, whatever the rest of the address", () => {
  assert.equal(networkOf("2001:db8:0:1::5"), networkOf("2001:0db8:0:0001:ffff:1:2:3"));
  assert.notEqual(networkOf("2001:db8:0:1::5"), networkOf("2001:db8:0:2::5"));
  assert.equal(networkOf("::1"), "0:0:0:0::/64");
  assert.equal(networkOf("fe80::1%eth0"), networkOf("fe80::2"));
  assert.equal(networkOf("192.0.2.1"), "192.0.2.1");
});

Deno.test("a rate lets its burst through, then so many a second, and tells how long to wait", () => {
  const limiter = new RateLimiter(10);
  const rate = { burst: 3, perSecond: 2 };
  const take = (millis: number) => limiter.take("a", rate, START + millis);
  assert.deepEqual([take(0), take(0), take(0)], [0, 0, 0]);
  assert.equal(take(0), 500);
  assert.equal(take(499) > 0, true);
  assert.equal(take(500), 0);
  assert.equal(limiter.take("b", rate, START), 0);
});

Deno.test("of too many keys the ones that ask are remembered, and the number has a bound", () => {
  const limiter = new RateLimiter(2);
  const rate = { burst: 1, perSecond: 0.001 };
  assert.equal(limiter.take("a", rate, START), 0);
  for (const other of ["b", "c", "d"]) {
    limiter.take(other, rate, START);
    assert(limiter.take("a", rate, START) > 0);
  }
});

Deno.test("this machine has more room than a stranger, by whatever name it asks", () => {
  const count = (from: string) => {
    const directory = new Directory({ rng: new SeededRng(1) });
    let taken = 0;
    while (directory.admitRequest(from, START).ok) taken++;
    return taken;
  };
  const { publicRates, localRates } = LIMITS;
  for (const local of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "192.168.1.5", "fd00::5"]) {
    assert.equal(count(local), localRates.requests.burst, local);
  }
  for (const stranger of ["203.0.113.7", "2001:db8::1", "::ffff:203.0.113.7"]) {
    assert.equal(count(stranger), publicRates.requests.burst, stranger);
  }
});
