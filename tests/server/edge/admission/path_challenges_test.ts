import assert from "node:assert/strict";
import { SeededRng } from "../../../../shared/core/rng.ts";
import type { Address } from "../../../../shared/driver/socket.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../../shared/rtcp/rtcp.ts";
import { goal, Guest, Stage } from "../../kit.ts";

const ELSEWHERE: Address = { hostname: "10.7.7.7", port: 7777 };

function setUp() {
  const stage = new Stage();
  const guest = new Guest(stage, { hostname: "10.0.0.1", port: 4000 });
  guest.join();
  stage.run(0);
  const ssrc = guest.info!.listenerSsrc;
  const accepted = guest.answers.find((answer) => answer.type === "accept")!;
  const report = serializeRtcp([
    { type: "receiverReport", ssrc, reports: [] },
    { type: "sourceDescription", ssrc, cname: "a listener" },
  ]);
  return { stage, guest, ssrc, report, connectionId: accepted.connectionId };
}

function challengesTo(stage: Stage, address: Address) {
  return stage.take(address).map((datagram) => {
    const [message] = readAll(datagram);
    assert.equal(message?.type, "pathChallenge");
    return { datagram, challenge: (message as { challenge: Uint8Array }).challenge };
  });
}

function readAll(datagram: Uint8Array): RtcpMessage[] {
  const messages = parseRtcp(datagram);
  assert(messages.ok);
  return messages.value;
}

function respond(
  { stage, ssrc, connectionId }: ReturnType<typeof setUp>,
  challenge: Uint8Array,
  from = ELSEWHERE,
  changes: { connectionId?: bigint } = {},
): void {
  const response = { type: "pathResponse", ssrc, connectionId, challenge, ...changes } as const;
  stage.receive(serializeRtcp([response]), from);
}

Deno.test("a listener that reports from another address and answers the challenge is moved there", () => {
  const world = setUp();
  const { stage, guest, report } = world;
  stage.receive(report, ELSEWHERE);
  const [asked, ...more] = challengesTo(stage, ELSEWHERE);
  assert.deepEqual(more, []);
  guest.listen();
  stage.tell((core) => core.pushEvent(goal("before"), stage.now));
  assert.equal(guest.packets("events").length, 1, "media goes to the old address until then");
  assert.deepEqual(stage.take(ELSEWHERE), []);

  respond(world, asked!.challenge);
  const [moved] = stage.said("listener-moved");
  assert.deepEqual([moved!.address, moved!.before], [ELSEWHERE, guest.address]);
  stage.tell((core) => core.pushEvent(goal("after"), stage.now));
  assert.equal(stage.take(ELSEWHERE).length, 1);
  assert.equal(guest.packets("events").length, 1);
  assert.equal(stage.said("listener-joined").length, 1);
  stage.run(15_000);
  stage.receive(report, ELSEWHERE);
  stage.run(15_000);
  assert.deepEqual(stage.said("listener-left"), [], "its reports count from there");
});

Deno.test("a wrong response moves nothing: another challenge, connection id or address, or too late", () => {
  const world = setUp();
  const { stage, report, connectionId } = world;
  stage.receive(report, ELSEWHERE);
  const [asked] = challengesTo(stage, ELSEWHERE);
  const { challenge } = asked!;
  respond(world, challenge.map((byte) => byte ^ 1));
  respond(world, challenge, ELSEWHERE, { connectionId: connectionId ^ 1n });
  respond(world, challenge, { ...ELSEWHERE, port: 1 });
  assert.deepEqual(stage.said("listener-moved"), []);
  stage.run(4000);
  respond(world, challenge);
  assert.deepEqual(stage.said("listener-moved"), []);
});

Deno.test("messages from an unproven address are ignored", () => {
  const { stage, guest, report, ssrc } = setUp();
  for (let second = 0; second < 21; second++) {
    stage.run(1000);
    stage.receive(report, ELSEWHERE);
    stage.receive(serializeRtcp([{ type: "goodbye", ssrcs: [ssrc] }]), ELSEWHERE);
    if (second < 18) assert.deepEqual(stage.said("listener-left"), []);
  }
  assert.deepEqual(stage.said("listener-left").map(({ reason }) => reason), ["silent"]);
  assert.deepEqual(stage.said("listener-moved"), []);
  assert.equal(guest.heard("goodbye").length, 0);
});

Deno.test("an unproven address never gets more bytes than came from it, and few at all", () => {
  const { stage, report, ssrc } = setUp();
  const rng = new SeededRng(3);
  const victims = Array.from({ length: 8 }, (_, index) => ({ ...ELSEWHERE, port: 100 + index }));
  const got = new Map<Address, number>();
  const sent = new Map<Address, number>();
  const short = serializeRtcp([{ type: "goodbye", ssrcs: [ssrc] }]);
  for (let step = 0; step < 5000; step++) {
    const victim = victims[Math.floor(rng.float() * victims.length)]!;
    const datagram = rng.float() < 0.5 ? report : short;
    sent.set(victim, (sent.get(victim) ?? 0) + datagram.length);
    stage.receive(datagram, victim);
    for (const answer of stage.take(victim)) {
      got.set(victim, (got.get(victim) ?? 0) + answer.length);
    }
    assert((got.get(victim) ?? 0) <= sent.get(victim)!);
    stage.run(1);
  }
  const total = [...got.values()].reduce((sum, bytes) => sum + bytes, 0);
  // Four addresses at a time, each with five challenges of 20 bytes per second.
  assert(total <= 5.2 * 4 * 5 * 20, `${total} bytes`);
});

Deno.test("a datagram that is shorter than a challenge is not answered", () => {
  const { stage, ssrc } = setUp();
  const short = serializeRtcp([{ type: "goodbye", ssrcs: [ssrc] }]);
  for (let second = 0; second < 10; second++) {
    stage.receive(short, ELSEWHERE);
    stage.run(1000);
  }
  assert.deepEqual(stage.take(ELSEWHERE), []);
  assert.equal(stage.core.stats().junk.unprovenAddress, 10);
});

Deno.test("two listeners that swap addresses are both moved", () => {
  const world = setUp();
  const { stage, guest } = world;
  const other = new Guest(stage, ELSEWHERE);
  other.join();
  stage.receive(world.report, ELSEWHERE);
  const [asked] = stage.take(ELSEWHERE).flatMap(readAll).filter(({ type }) =>
    type === "pathChallenge"
  ) as { challenge: Uint8Array }[];
  respond(world, asked!.challenge);
  const [first] = stage.said("listener-moved");
  assert.deepEqual(first!.address, ELSEWHERE);
  const otherSsrc = other.info!.listenerSsrc;
  const { connectionId } = other.answers.find((answer) => answer.type === "accept")!;
  stage.take(guest.address);
  const report = { type: "receiverReport", ssrc: otherSsrc, reports: [] } as const;
  const name = { type: "sourceDescription", ssrc: otherSsrc, cname: "other" } as const;
  stage.receive(serializeRtcp([report, name]), guest.address);
  const { challenge } = challengesTo(stage, guest.address)[0]!;
  const response = { type: "pathResponse", ssrc: otherSsrc, connectionId, challenge } as const;
  stage.receive(serializeRtcp([response]), guest.address);
  assert.deepEqual(stage.said("listener-moved")[1]!.address, guest.address);
  stage.tell((core) => core.pushEvent(goal(), stage.now));
  assert.equal(stage.take(ELSEWHERE).length, 1);
  assert.equal(stage.take(guest.address).length, 1);
  assert.equal(stage.core.stats().listeners, 2);
});
