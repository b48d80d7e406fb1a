import assert from "node:assert/strict";
import { PAGE_HEADER } from "../../../../shared/page/page_directory.ts";
import type {
  ListenerMoment,
  NetworkMoment,
  PacketRecord,
  PathChange,
  PathSettings,
} from "../../../../shared/page/page_network.ts";
import { parseMoment } from "../../../../shared/page/page_network.ts";
import { NetworkModel } from "../../../../scripts/demo/web/model/network_model.ts";
import { SettingsSender } from "../../../../scripts/demo/web/model/settings_sender.ts";

const START = { loss: 0.02, delayMillis: 15, duplicate: 0.005, reorder: 0.01 };

function moment(
  packets: readonly PacketRecord[],
  changes: Partial<ListenerMoment> = {},
  at = 10_000,
): NetworkMoment {
  const listener = (number: number) => ({ number, settings: START, packets, ...changes });
  return { at, channel: "audio", start: START, listeners: [1, 2, 3].map(listener) };
}

function packet(sequence: number, changes: Partial<PacketRecord> = {}): PacketRecord {
  return { sequence, sentAt: sequence, ...changes };
}

Deno.test("a frozen picture stands still while the ledgers go on; then it goes on where it would be", () => {
  const model = new NetworkModel();
  model.take(moment([packet(1)]));
  const [lane] = model.lanes.value;
  model.freeze(true);
  model.take(moment([packet(1, { receivedAt: 20 }), packet(2)]));
  assert.equal(model.packetsOf(lane!).newest, 1);
  assert.equal(model.packetsOf(lane!).packets.get(1)!.receivedAt, undefined);
  model.freeze(false);
  assert.equal(model.packetsOf(lane!).newest, 2);
});

Deno.test("a frozen picture keeps its last loss and its table of losses", () => {
  const model = new NetworkModel();
  const lostAt = (sequence: number) =>
    moment([packet(sequence, { isDropped: true, isMissed: true })]);
  model.take(lostAt(1));
  const [lane] = model.lanes.value;
  model.freeze(true);
  model.take(lostAt(2));
  assert.equal(model.lastLossOf(lane!)?.sequence, 1);
  assert.equal(model.lostPackets().length, 3);
  model.freeze(false);
  assert.equal(model.lastLossOf(lane!)?.sequence, 2);
});

Deno.test("what is kept is bounded, and another channel begins anew", () => {
  const model = new NetworkModel();
  for (let sequence = 1; sequence <= 2000; sequence++) {
    model.take(moment([packet(sequence, { isDropped: true, isMissed: true })]));
  }
  const [lane] = model.lanes.value;
  assert.equal(model.packetsOf(lane!).packets.size, 256);
  assert.equal(model.lostPackets().length, 12);
  assert.equal(model.lostPackets()[0]!.packet.sequence, 2000);
  model.lookAt("screen");
  assert.equal(model.packetsOf(lane!).packets.size, 0);
  model.take(moment([packet(5)]));
  assert.equal(model.packetsOf(lane!).packets.size, 0, "a moment of the channel before");
});

Deno.test("a loss is in the table when its story is over, or has been open for a second", () => {
  const model = new NetworkModel();
  model.take(moment([packet(9500, { isDropped: true })]));
  assert.equal(model.lostPackets().length, 0);
  model.take(moment([packet(9600)], {}, 10_600));
  assert.equal(model.lostPackets().length, 3);
});

Deno.test("paths that differ are told where all are moved together, but not where one is", () => {
  const model = new NetworkModel();
  model.take(moment([]));
  assert.equal(model.isMixed("loss"), false);
  model.lanes.value[1]!.settings = { ...START, loss: 0.5 };
  model.tick.value++;
  assert.equal(model.isMixed("loss"), true);
  assert.equal(model.shown.value?.loss, 0.02);
  model.target.value = 2;
  assert.equal(model.isMixed("loss"), false);
  assert.equal(model.shown.value?.loss, 0.5);
});

Deno.test("one request at a time; while it is under way only the newest values wait", async () => {
  const model = new NetworkModel();
  model.take(moment([]));
  const bodies: unknown[] = [];
  const answers: ((response: Response) => void)[] = [];
  const sender = new SettingsSender(model, (path, { method, headers, body }) => {
    assert.deepEqual([path, method], ["/network/settings", "POST"]);
    assert.equal(new Headers(headers).get(PAGE_HEADER), "1");
    bodies.push(JSON.parse(String(body)));
    return new Promise((resolve) => answers.push(resolve));
  });
  const all = sender.change({ loss: 0.1 });
  for (const loss of [0.2, 0.3, 0.4]) sender.change({ loss });
  assert.equal(model.shown.value?.loss, 0.4);
  answers[0]!(Response.json({ paths: [START, START, START] }));
  while (answers.length < 2) await Promise.resolve();
  answers[1]!(Response.json({ paths: [1, 2, 3].map(() => ({ ...START, loss: 0.4 })) }));
  await all;
  assert.deepEqual(bodies, [{ path: "all", loss: 0.1 }, { path: "all", loss: 0.4 }]);
  assert.equal(model.shown.value?.loss, 0.4);
  assert.equal(model.problem.value, "");
});

Deno.test("a change of all paths during a request is not lost when a single one is moved after it", async () => {
  const model = new NetworkModel();
  model.take(moment([]));
  const bodies: PathChange[] = [];
  const paths = [START, START, START];
  const isHeld = Promise.withResolvers<void>();
  const sender = new SettingsSender(model, async (_, { body }) => {
    const { path, ...settings } = JSON.parse(String(body)) as PathChange;
    bodies.push({ path, ...settings });
    await isHeld.promise;
    for (const at of paths.keys()) {
      if (path === "all" || path === at + 1) paths[at] = { ...paths[at]!, ...settings };
    }
    return Response.json({ paths });
  });
  const move = (path: PathChange["path"], settings: Partial<PathSettings>) => {
    model.target.value = path;
    return sender.change(settings);
  };
  const done = move(1, { loss: 0.1 });
  move(2, { loss: 0.2, reorder: 0.3 });
  move("all", { loss: 0.4, delayMillis: 60 });
  move(3, { loss: 0.5 });
  assert.equal(model.shown.value?.loss, 0.5);
  model.target.value = "all";
  assert.equal(model.shown.value?.loss, 0.4);
  assert.deepEqual(["loss", "delayMillis"].map((name) => model.isMixed(name as "loss")), [
    true,
    false,
  ]);
  isHeld.resolve();
  await done;
  assert.deepEqual(bodies, [
    { path: 1, loss: 0.1 },
    { path: "all", loss: 0.4, delayMillis: 60 },
    { path: 2, reorder: 0.3 },
    { path: 3, loss: 0.5 },
  ]);
  const all = { ...START, loss: 0.4, delayMillis: 60 };
  assert.deepEqual(paths, [all, { ...all, reorder: 0.3 }, { ...all, loss: 0.5 }]);
  assert.deepEqual(model.lanes.value.map(({ settings }) => settings), paths);
  assert.deepEqual(model.moved.value, []);
});

Deno.test("what the demo was started with is known to a page that is opened later", () => {
  const model = new NetworkModel();
  model.take(moment([], { settings: { ...START, loss: 0.5 } }));
  assert.deepEqual(model.start, START);
  assert.equal(model.shown.value?.loss, 0.5);
});

Deno.test("what is refused is told, and the slider goes back", async () => {
  const model = new NetworkModel();
  model.take(moment([]));
  const detail = "The loss must be a number from 0 to 0.9";
  const refusing = new SettingsSender(
    model,
    () => Promise.resolve(Response.json({ detail }, { status: 422 })),
  );
  await refusing.change({ loss: 7 });
  assert.equal(model.problem.value, detail);
  assert.equal(model.shown.value?.loss, 0.02);
  const gone = new SettingsSender(model, () => Promise.reject(new Error("gone")));
  await gone.change({ loss: 0.5 });
  assert.match(model.problem.value, /does not answer/);
});

Deno.test("what is not a moment is dropped", () => {
  assert.ok(parseMoment(JSON.stringify(moment([packet(1)]))).ok);
  for (const text of ["", "{", "null", "{}", `{"at":1,"channel":"x","listeners":[]}`]) {
    assert.equal(parseMoment(text).ok, false, text);
  }
});
