import assert from "node:assert/strict";
import { MatchControl } from "../../../server/studio/match/match_control.ts";
import type { PageQueue } from "../../../server/studio/pages/page_queue.ts";
import { StudioCore, type StudioFacts } from "../../../server/studio/studio_core.ts";
import type { StudioOutput } from "../../../server/studio/studio_output.ts";
import type { ListenerRow } from "../../../server/interface/listener_row.ts";
import type { ServerOutput, ServerStats } from "../../../server/interface/output.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { serializeStudioMedia, type StudioMedia } from "../../../shared/studio/studio_media.ts";
import {
  parseStudioToPage,
  serializeStudioMessage,
  type StudioToHost,
  type StudioToPage,
} from "../../../shared/studio/studio_messages.ts";
import { deltaFrame, keyFrame, opus, SCREEN, SOUND, START } from "./pages.ts";

const FACTS: StudioFacts = {
  link: "streamer://192.0.2.1:5004/?t=x",
  ways: [{ address: "192.0.2.1:5004", link: "streamer://192.0.2.1:5004/?t=x" }],
  capacity: 100,
  isPlain: false,
  tokens: "shared",
  sources: { sound: { isBrowser: true }, screen: { isBrowser: true } },
  screen: {},
};
const ANN: ListenerRow = {
  id: "00000000000000aa",
  address: { hostname: "192.0.2.9", port: 4000 },
  name: "Ann",
  tokenName: "Ann",
  tokenId: "t1",
  age: 5000,
  roundTrip: 12,
  latency: 400,
  channels: [{ channel: "audio", fractionLost: 0.05, packetsLost: 10, jitter: 2 }],
};
const BOB: ListenerRow = {
  id: "00000000000000bb",
  address: { hostname: "192.0.2.10", port: 4000 },
  age: 100,
  channels: [],
};
const STATS: ServerStats = {
  kind: "stats",
  listeners: 2,
  packetsSent: 1000,
  bytesSent: 90_000,
  retransmitted: 3,
  fecPacketsSent: 4,
  packetsEncrypted: 500,
  unanswered: {},
  keyFrameRequests: 0,
  pastFragmentsSent: 0,
  pastUnanswered: {},
  overflowed: 5,
  sendsRefused: 6,
  sendErrors: { EPERM: 6 },
  channels: [],
  junk: {},
};

/** A studio with its pages; every message passes through the bytes of the wire. */
class Stage {
  now: Millis = START;
  room = Infinity;
  readonly outputs: StudioOutput[] = [];
  readonly studio: StudioCore;

  constructor(facts: Partial<StudioFacts> = {}, more: { durationMillis?: Millis } = {}) {
    const control = new MatchControl({ language: "en" }, this.now);
    const eventRoom = () => this.room;
    this.studio = new StudioCore({ facts: { ...FACTS, ...facts }, control, eventRoom, ...more });
  }

  open(name?: string): TestPage {
    const queue = this.studio.join(name, () => {}, this.now);
    assert.ok(queue);
    return new TestPage(this, queue);
  }

  tell(output: ServerOutput): void {
    this.studio.onOutput(output, this.now);
    this.drain();
  }

  /** Time passes; the studio is woken when it wants to be. */
  pass(millis: Millis): void {
    const end = this.now + millis;
    while (this.studio.deadline <= end) {
      this.now = Math.max(this.now, this.studio.deadline);
      this.studio.advance(this.now);
      this.drain();
    }
    this.now = end;
  }

  drain(): void {
    for (let output = this.studio.pollOutput(); output; output = this.studio.pollOutput()) {
      this.outputs.push(output);
    }
  }

  /** The kinds of the outputs since the last call. */
  takeKinds(): string[] {
    return this.outputs.splice(0).map(({ kind }) => kind);
  }
}

class TestPage {
  constructor(readonly stage: Stage, readonly queue: PageQueue) {}

  say(message: StudioToHost): void {
    this.sayText(serializeStudioMessage(message));
  }

  sayText(text: string): void {
    this.stage.studio.onText(this.queue, text, this.stage.now);
    this.stage.drain();
  }

  bring(kind: StudioMedia["kind"], bytes: Uint8Array): void {
    const at = (this.stage.now - START) * 1000 + 1e6;
    this.bringBytes(serializeStudioMedia({ kind, isKey: false, at, bytes }));
  }

  bringBytes(bytes: Uint8Array): void {
    this.stage.studio.onBytes(this.queue, bytes, this.stage.now);
    this.stage.drain();
  }

  leave(): void {
    this.stage.studio.leave(this.queue);
  }

  /** What it was told since the last call; a page refuses what it can't read. */
  heard(): StudioToPage[] {
    const messages: StudioToPage[] = [];
    for (let text = this.queue.take(); text !== undefined; text = this.queue.take()) {
      const read = parseStudioToPage(text);
      assert.ok(read.ok, text);
      messages.push(read.value);
    }
    return messages;
  }

  heardOf<Kind extends StudioToPage["kind"]>(kind: Kind) {
    return this.heard().filter((message) => message.kind === kind) as Extract<
      StudioToPage,
      { kind: Kind }
    >[];
  }
}

Deno.test("a page is told everything at once, and the first one drives", () => {
  const stage = new Stage();
  const first = stage.open();
  const heard = first.heard();
  assert.deepEqual(heard.map(({ kind }) => kind), [
    "studio",
    "match-setup",
    "match-state",
    "media",
    "listeners",
    "counts",
    "driving",
  ]);
  assert.deepEqual(heard[0], { kind: "studio", ...FACTS, isDriving: true });
  assert.deepEqual(heard.at(-1), { kind: "driving", isDriving: true, isOther: false });
  const second = stage.open();
  assert.deepEqual(second.heardOf("driving"), [
    { kind: "driving", isDriving: false, isOther: true },
  ]);
});

Deno.test("a page that does not drive is refused, until it asks to take over; the former is told", () => {
  const stage = new Stage();
  const [first, second] = [stage.open(), stage.open()];
  first.heard();
  second.heard();
  first.say(SCREEN);
  second.say({ kind: "match", id: "m1", do: "start" });
  second.say({ kind: "put-out", id: "p1", listener: ANN.id });
  second.say(SOUND);
  second.bring("sound", opus());
  const refusals = second.heard();
  assert.deepEqual(refusals.map((told) => [told.kind, "ok" in told && told.ok]), [
    ["match-answer", false],
    ["answer", false],
    ["answer", false],
  ]);
  for (const told of refusals) {
    assert.match("text" in told ? told.text ?? "" : "", /drives.*take over/);
  }
  assert.deepEqual(stage.takeKinds(), []);
  assert.equal(stage.studio.junk.get("notDriving"), 4);

  second.say({ kind: "take-over", id: "t1" });
  const taken = second.heard();
  assert.deepEqual(taken.filter(({ kind }) => kind === "answer"), [
    { kind: "answer", id: "t1", ok: true },
  ]);
  assert.deepEqual(taken.at(-1), { kind: "driving", isDriving: true, isOther: false });
  assert.deepEqual(first.heardOf("driving"), [
    { kind: "driving", isDriving: false, isOther: true },
  ]);
  second.bring("screen", keyFrame());
  assert.deepEqual(stage.takeKinds(), ["warning"], "it says first what it sends");
  second.say(SOUND);
  second.bring("sound", opus());
  first.bring("sound", opus());
  assert.deepEqual(stage.takeKinds(), ["sound-started", "sound"]);
});

Deno.test("a page that is loaded again drives again, even when its old connection ends late", () => {
  const stage = new Stage();
  const watching = stage.open("watching");
  watching.leave();
  const page = stage.open("the-driving-page");
  const other = stage.open("another-page");
  const again = stage.open("the-driving-page");
  again.heard();
  other.heard();
  page.leave();
  assert.deepEqual(again.heardOf("driving").at(-1), {
    kind: "driving",
    isDriving: true,
    isOther: false,
  });
  again.leave();
  assert.deepEqual(other.heardOf("driving").at(-1), {
    kind: "driving",
    isDriving: false,
    isOther: false,
  });
  const last = stage.open();
  assert.equal(last.heardOf("driving").at(-1)?.isDriving, true);
});

Deno.test("a page that is gone pauses its channels within two seconds, and resumes them when it is back", () => {
  const stage = new Stage();
  const page = stage.open();
  page.say(SOUND);
  page.say(SCREEN);
  page.bring("sound", opus());
  page.bring("screen", keyFrame());
  assert.deepEqual(stage.takeKinds(), ["sound-started", "sound", "screen-started", "picture"]);
  page.leave();
  stage.pass(2000);
  assert.deepEqual(stage.takeKinds(), ["paused", "paused"]);
  stage.pass(60_000);
  const back = stage.open();
  back.bring("sound", opus());
  assert.deepEqual(stage.takeKinds(), ["warning"], "a page says first what it sends");
  back.say(SOUND);
  back.say(SCREEN);
  back.bring("sound", opus());
  back.bring("screen", deltaFrame());
  back.bring("screen", keyFrame());
  assert.deepEqual(stage.takeKinds(), ["resumed", "sound", "warning", "resumed", "picture"]);
  back.say({ kind: "screen-stop" });
  assert.deepEqual(stage.takeKinds(), ["screen-stopped"]);
});

Deno.test("what is no message, too long or of another codec is refused, counted and said", () => {
  const stage = new Stage();
  const page = stage.open();
  page.heard();
  page.sayText("hello");
  page.sayText(" ".repeat(5000));
  page.bringBytes(Uint8Array.of(9, 9, 9));
  page.bring("sound", new Uint8Array(9000));
  assert.deepEqual(page.heard().map((told) => "ok" in told && told.ok), new Array(4).fill(false));
  assert.deepEqual(stage.takeKinds(), ["warning", "warning"], "one of each name a minute");
  assert.deepEqual(
    [stage.studio.junk.get("malformedPageMessage"), stage.studio.junk.get("oversized")],
    [2, 2],
  );
  page.say({ ...SOUND, kind: "sound-format", codec: "aac" } as StudioToHost);
  page.bring("sound", opus());
  assert.deepEqual(stage.takeKinds(), ["warning", "warning"]);
});

Deno.test("a medium that has another source is refused with the reason, and not many times a second", () => {
  const reason = "The sound comes from match.mp3 (--audio)";
  const stage = new Stage({
    sources: { sound: { isBrowser: false, reason }, screen: { isBrowser: true } },
  });
  const page = stage.open();
  page.heard();
  page.say(SOUND);
  for (let packet = 0; packet < 50; packet++) page.bring("sound", opus());
  assert.deepEqual(page.heard(), [{ kind: "answer", ok: false, text: reason }]);
  assert.deepEqual(stage.takeKinds(), []);
});

Deno.test("an event goes out after its time to be undone; while the timeline is full it stays", () => {
  const stage = new Stage();
  const page = stage.open();
  page.heard();
  const goal = { kind: "match", do: "event", title: "Goal", origin: "Home" } as const;
  page.say({ ...goal, id: "goal-1" });
  const [answer, state] = page.heard();
  assert.ok(answer?.kind === "match-answer" && answer.id === "goal-1" && answer.ok);
  assert.ok(state?.kind === "match-state" && state.waiting.length === 1);
  stage.room = 0;
  stage.pass(10_000);
  assert.deepEqual(stage.takeKinds(), []);
  stage.room = 1;
  stage.pass(200);
  const [output] = stage.outputs;
  assert.ok(output?.kind === "events");
  assert.deepEqual(output.events.map(({ score, event: { id } }) => [id, score]), [
    ["goal-1", "1 x 0"],
  ]);
  stage.takeKinds();
  page.say({ ...goal, id: "goal-2" });
  stage.studio.end();
  stage.drain();
  assert.deepEqual(stage.takeKinds(), ["events"], "the end of the broadcast waits for nothing");
});

Deno.test("a broadcast that ends by itself sends what was pressed last before it does", () => {
  const stage = new Stage({}, { durationMillis: 10_000 });
  const page = stage.open();
  stage.tell({ kind: "started", at: stage.now });
  stage.pass(9000);
  page.say({ kind: "match", do: "event", title: "Goal", origin: "Home", id: "late-goal" });
  stage.pass(899);
  assert.deepEqual(stage.takeKinds(), []);
  stage.pass(2);
  assert.deepEqual(stage.takeKinds(), ["events"]);
  stage.pass(60_000);
  assert.deepEqual(stage.takeKinds(), []);
});

Deno.test("many changes of the match are told ten times a second at most, and the last one always", () => {
  const stage = new Stage();
  const page = stage.open();
  stage.pass(1000);
  page.heard();
  let told = 0;
  for (let change = 0; change < 100; change++) {
    page.say({ kind: "match", id: `m${change}`, do: change % 2 ? "stop" : "start" });
    stage.pass(10);
    told += page.heardOf("match-state").length;
  }
  assert.ok(told >= 9 && told <= 11, `${told}`);
  page.say({ kind: "match", id: "last", do: "start" });
  stage.pass(100);
  assert.equal(page.heardOf("match-state").at(-1)?.clock.isRunning, true);
});

Deno.test("who listens is told with losses in percent; counts have rates", () => {
  const stage = new Stage();
  const page = stage.open();
  page.heard();
  stage.studio.onListeners([ANN, BOB]);
  stage.tell(STATS);
  stage.now += 2000;
  stage.tell({
    kind: "rejected",
    address: ANN.address,
    code: 1403,
    reason: "no token",
  } as ServerOutput);
  stage.tell({ ...STATS, packetsSent: 1500, bytesSent: 100_000 });
  const heard = page.heard();
  const table = heard.find(({ kind }) => kind === "listeners");
  assert.ok(table?.kind === "listeners");
  assert.deepEqual([table.total, table.capacity], [2, 100]);
  assert.deepEqual(table.rows[0], {
    id: ANN.id,
    address: "192.0.2.9:4000",
    name: "Ann",
    tokenName: "Ann",
    hasOwnToken: true,
    ageMillis: 5000,
    roundTripMillis: 12,
    latencyMillis: 400,
    lossPercent: { audio: 5 },
  });
  assert.deepEqual(heard.at(-1), {
    kind: "counts",
    listeners: 2,
    packetsPerSecond: 250,
    bytesPerSecond: 5000,
    packets: 1500,
    refused: 1,
    resent: 3,
    parity: 4,
    overflow: 11,
  });
});

Deno.test("a listener is put out by its id; its own token is revoked when asked, and only then", () => {
  const stage = new Stage();
  const page = stage.open();
  stage.studio.onListeners([ANN, BOB]);
  page.heard();
  page.say({ kind: "put-out", id: "1", listener: "00000000000000cc" });
  page.say({ kind: "put-out", id: "2", listener: BOB.id, isTokenRevoked: true });
  assert.deepEqual(stage.takeKinds(), []);
  page.say({ kind: "put-out", id: "3", listener: BOB.id });
  assert.deepEqual(stage.outputs.splice(0), [{ kind: "put-out", listener: BOB.id }]);
  assert.deepEqual(page.heardOf("answer").map(({ id, ok }) => [id, ok]), [
    ["1", false],
    ["2", false],
    ["3", true],
  ]);
  page.say({ kind: "put-out", id: "4", listener: ANN.id, isTokenRevoked: true });
  const [out, revocation] = stage.outputs.splice(0);
  assert.deepEqual(out, { kind: "put-out", listener: ANN.id });
  assert.ok(revocation?.kind === "revoke" && revocation.tokenId === "t1");
  assert.deepEqual(page.heard(), []);
  stage.studio.onRevoked(revocation, "the file can't be written");
  const [answer] = page.heardOf("answer");
  assert.ok(answer?.id === "4" && !answer.ok);
  assert.match(answer.text!, /not revoked: the file can't be written/);
});

Deno.test("the page that drives is told to send less when many listeners lose, and what they need", () => {
  const stage = new Stage();
  const [page, other] = [stage.open(), stage.open()];
  page.say({ ...SCREEN, bitrate: 2_000_000 } as StudioToHost);
  page.heard();
  other.heard();
  stage.tell({ kind: "key-frame-wanted", channel: "screen" });
  for (let second = 0; second <= 5; second++) {
    stage.tell({ kind: "losses", channel: "screen", listeners: 9, lossy: 1 });
    stage.now += 1000;
  }
  assert.deepEqual(page.heardOf("screen-control"), [
    { kind: "screen-control", isKeyFrameWanted: true },
    { kind: "screen-control", bitrate: 1_700_000 },
  ]);
  assert.deepEqual(other.heardOf("screen-control"), []);
  page.leave();
  const back = stage.open();
  back.heard();
  back.say({ kind: "take-over" });
  back.say({ ...SCREEN, bitrate: 2_000_000 } as StudioToHost);
  assert.deepEqual(back.heardOf("screen-control"), [
    { kind: "screen-control", bitrate: 1_700_000 },
  ]);
});

Deno.test("pages see what the broadcast says of its channels, notices and its end", () => {
  const stage = new Stage();
  const page = stage.open();
  page.heard();
  const audio = { channel: "audio", codec: "opus" } as const;
  stage.tell({ kind: "channel-started", ...audio, ssrc: 1 });
  assert.equal(page.heardOf("media").at(-1)?.sound.state, "live");
  stage.tell({ kind: "channel-paused", ...audio });
  assert.equal(page.heardOf("media").at(-1)?.sound.state, "paused");
  stage.tell({ kind: "channel-resumed", ...audio });
  stage.tell({ kind: "channel-ended", ...audio, ssrc: 1 });
  assert.equal(page.heardOf("media").at(-1)?.sound.state, "off");
  stage.tell({ kind: "notice", level: "warning", text: "x".repeat(2000) });
  stage.tell({ kind: "ended", reason: "interrupted" });
  const heard = page.heard();
  assert.deepEqual(heard.map(({ kind }) => kind), ["notice", "ended"]);
});

Deno.test("a page that does not read loses the oldest messages but no state; too many pages are refused", () => {
  const stage = new Stage();
  const page = stage.open();
  for (let number = 0; number < 1000; number++) {
    stage.tell({ kind: "notice", level: "info", text: String(number) });
    stage.studio.onListeners([ANN]);
  }
  const heard = page.heard();
  assert.ok(heard.length <= 256);
  assert.equal(heard.filter(({ kind }) => kind === "listeners").length, 1);
  assert.equal(heard.filter(({ kind }) => kind === "studio").length, 1);
  assert.ok(stage.studio.pages.losses.get("messageDropped") > 700);
  for (let more = 0; more < 7; more++) stage.open();
  assert.equal(stage.studio.join(undefined, () => {}, stage.now), undefined);
  assert.equal(stage.studio.pages.losses.get("pageRefused"), 1);
});

Deno.test("a listener's name can't turn the text around it, and an advertised name of any length is shown", () => {
  const ways = [{ address: `${"a".repeat(253)}:65535`, link: "streamer://192.0.2.1:5004/" }];
  const stage = new Stage({ ways });
  const page = stage.open();
  stage.studio.onListeners([
    { ...ANN, name: "\u202eAnn\u0007", tokenName: "<b>Ann" },
    { ...BOB, name: "\u202e " },
  ]);
  const heard = page.heard();
  assert.ok(heard.some((message) => message.kind === "studio" && message.ways.length === 1));
  const table = heard.findLast(({ kind }) => kind === "listeners");
  assert.ok(table?.kind === "listeners");
  assert.deepEqual(table.rows.map(({ name, tokenName }) => [name, tokenName]), [
    ["Ann", "<b>Ann"],
    [undefined, undefined],
  ]);
});
