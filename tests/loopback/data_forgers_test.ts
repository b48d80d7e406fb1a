import assert from "node:assert/strict";
import { viewOf } from "../../shared/core/bytes.ts";
import { SequenceUnwrapper } from "../../shared/core/seq.ts";
import { parseRtp, type RtpPacket, serializeRtp } from "../../shared/rtp/rtp.ts";
import type { SplitHost } from "../fakes/split_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { HOST } from "../fakes/virtual_world.ts";
import { DataScene, USUAL } from "./data_scene.ts";
import { assertExact } from "./scenario.ts";

/** Two machines beside that of the origin: near and far, one with a clock that is 7 s ahead. */
const EDGES = [{ linkMillis: 2, clockAhead: 0 }, { linkMillis: 40, clockAhead: 7000 }];
const PATH = { loss: 0.02, delayMillis: 10, jitterMillis: 5 };

Deno.test("listeners of two edges get the same messages through losses, late ones the last; every ledger is exact", () => {
  const world = { seed: 4, towardsListener: () => PATH, towardsHost: () => PATH };
  const scene = new DataScene(USUAL, world, { edges: EDGES, waitFor: 2 });
  const split = scene.host.core as unknown as SplitHost;
  const join = () => {
    const index = scene.world.listeners.length;
    split.route({ hostname: `10.0.1.${index}`, port: 40_000 + index }, index % 2);
    return scene.addListener({ latency: 250 });
  };
  const first = [join(), join()];
  scene.start();
  scene.run(1500);
  const late = [join(), join()];
  const joinedAt = scene.world.now;
  scene.run(1200);
  for (const listener of first) {
    const counts = scene.givenBy(listener).map(({ count }) => count);
    assert.ok(counts.length > 2 * USUAL.rate);
    assert.deepEqual(counts, counts.map((_, index) => index + 1), "from the first one on");
  }
  for (const listener of late) {
    assert.ok(scene.givenBy(listener)[0]!.at - joinedAt < 600);
    assert.equal(scene.world.channel(listener, "data").messagesDropped, 0);
  }
  scene.finish();
  for (const listener of [...first, ...late]) assertExact(scene.world, listener);
});

/** What another listener sends that has the group's key, in the host's name: right before each packet of the host. */
function forgeBeside(
  scene: DataScene,
  listener: VirtualListener,
  forge: (packet: RtpPacket) => RtpPacket | undefined,
): void {
  const sequences = new SequenceUnwrapper();
  const { ssrc } = scene.host.core.channels.find(({ name }) => name === "data")!;
  scene.world.net.watch((datagram, from) => {
    const epoch = [...scene.host.epochs.values()].at(-1);
    const header = parseRtp(datagram);
    if (from.port !== HOST.port || !epoch || !header.ok || header.value.ssrc !== ssrc) return;
    const index = sequences.unwrap(header.value.sequenceNumber);
    const opened = parseRtp(epoch.rtp.unprotect(datagram, index)!);
    const forged = opened.ok ? forge(opened.value) : undefined;
    if (!forged) return;
    const protectedIndex = index + forged.sequenceNumber - header.value.sequenceNumber;
    const sealed = epoch.rtp.protect(serializeRtp(forged), protectedIndex);
    listener.core.receive(sealed, HOST, listener.time(scene.world.now));
  });
}

const FORGERIES: Readonly<Record<string, (packet: RtpPacket) => RtpPacket>> = {
  "other bytes": (packet) => {
    const payload = packet.payload.slice();
    payload[30]! ^= 1;
    return { ...packet, payload };
  },
  "a number 2^31 ahead": (packet) => {
    const payload = packet.payload.slice();
    viewOf(payload).setUint32(0, 2 ** 31 + viewOf(payload).getUint32(0));
    return { ...packet, payload };
  },
  "a length of 4 MB": (packet) => {
    const payload = packet.payload.slice();
    viewOf(payload).setUint32(8, 4_000_000);
    return { ...packet, payload };
  },
};

for (const [name, forge] of Object.entries(FORGERIES)) {
  Deno.test(`another listener forges ${name} before every tenth packet: all messages come, and none of its own`, () => {
    const path = { delayMillis: 20, jitterMillis: 5 };
    const world = { seed: 4, towardsListener: () => path, towardsHost: () => path };
    const scene = new DataScene(USUAL, world, { waitFor: 1 });
    const listener = scene.addListener({ latency: 200 });
    scene.start();
    let packets = 0;
    forgeBeside(scene, listener, (packet) => packets++ % 10 === 0 ? forge(packet) : undefined);
    scene.run(3000);
    assert.ok(packets > 1000);
    scene.pause();
    scene.run(1000);
    // The values and pictures of each were compared with the source's.
    const counts = scene.givenBy(listener).map(({ count }) => count);
    assert.ok(counts.length > 2.8 * USUAL.rate);
    const missed = counts.at(-1)! - counts[0]! + 1 - counts.length;
    assert.equal(scene.world.channel(listener, "data").messagesDropped, missed);
    assert.equal(missed, 0);
    assert.ok(Math.max(...scene.ages(listener)) < 250);
  });
}
