import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import type { LiveData } from "../../../../shared/page/page.ts";
import type { DataValues } from "../../../../shared/data/data_values.ts";
import { LiveDataPlayer } from "../../../../viewer/web/data/live_data.ts";
import { PicturePlayer } from "../../../../viewer/web/data/picture_player.ts";
import { message } from "../../fakes/data.ts";

/** A browser that paints when the test says so. */
class Scene {
  now = 0;
  readonly wishes: boolean[] = [];
  readonly said: string[] = [];
  readonly drawn: string[] = [];
  readonly data = signal<LiveData | null>({ isSent: true });
  readonly isOver = signal(false);
  readonly player: LiveDataPlayer;
  #frames: (() => void)[] = [];
  #number = 0;

  constructor() {
    const requestFrame = (callback: () => void) => this.#frames.push(callback);
    const createWorker = () => ({ postMessage() {}, onmessage: null, onerror: null });
    const picture = new PicturePlayer({ createWorker, requestFrame });
    this.player = new LiveDataPlayer(this.data, picture, {
      now: () => this.now,
      requestFrame,
      onWantsData: (wanted) => this.wishes.push(wanted),
      announce: (sentence) => this.said.push(sentence),
    }, this.isOver);
    this.player.attach({
      onMessage: () => this.drawn.push("message"),
      onBeat: () => this.drawn.push("beat"),
    });
    this.paint();
    this.drawn.length = 0;
  }

  /** @param step how many messages of the viewer this one is after the one before. */
  send(count: number, values: DataValues, step = 1): void {
    this.#number += step;
    this.player.push({
      kind: "message",
      number: this.#number,
      age: 0,
      message: message(count, values),
    });
  }

  paint(millis = 0): void {
    this.now += millis;
    const frames = this.#frames;
    this.#frames = [];
    for (const frame of frames) frame();
  }

  start(...values: { name: string; last?: number | string }[]): void {
    this.startOf(0, ...values);
  }

  startOf(epoch: number, ...values: { name: string; last?: number | string }[]): void {
    const bins = new Float64Array();
    const history = {
      isFirst: true,
      epoch,
      newest: 0,
      values: values.map((value) => ({ ...value, bins })),
    };
    this.player.push({ kind: "history", history });
  }
}

Deno.test("data is wanted while the broadcast has some and the page is seen", () => {
  const scene = new Scene();
  scene.player.isVisible.value = false;
  scene.player.isVisible.value = true;
  scene.data.value = { isSent: false };
  scene.data.value = null;
  assert.deepEqual(scene.wishes, [true, false, true, false]);
});

Deno.test("values stand in the order of the set-up, then of appearance, and keep their places", () => {
  const { player, send } = bound(new Scene());
  send(1, { z: 1, b: 1 });
  assert.deepEqual(player.names.value, ["z", "b"]);
  player.push({ kind: "setup", setup: { values: { a: {}, b: {} } } });
  assert.deepEqual(player.names.value, ["a", "b", "z"]);
  send(2, { y: 1, a: 1 });
  assert.deepEqual(player.names.value, ["a", "b", "z", "y"]);
  assert.equal(player.known("z")?.value, 1);
});

Deno.test("each message is drawn before the next paint, words at most ten times a second", () => {
  const scene = new Scene();
  for (let count = 1; count <= 60; count++) {
    scene.send(count, { a: count });
    scene.paint(1000 / 60);
  }
  const beats = scene.drawn.filter((what) => what === "beat").length;
  assert.equal(scene.drawn.length - beats, 60);
  assert.ok(beats >= 8 && beats <= 10, `${beats} beats`);
  scene.send(61, { a: 61 });
  scene.send(62, { a: 62 });
  scene.paint();
  assert.equal(scene.drawn.filter((what) => what === "message").length, 61);
  assert.equal(scene.player.count, 62);
});

Deno.test("lines reach to the newest message, which moves back while nothing comes, until the end", () => {
  const scene = new Scene();
  const newest = () => scene.player.points("a").seconds.at(-1);
  scene.send(1, { a: 1 });
  assert.equal(newest(), 0);
  scene.now += 90_000;
  assert.equal(newest(), -90);
  scene.isOver.value = true;
  assert.equal(newest(), 0, "nothing is of now any more");
  scene.isOver.value = false;
  scene.now += 211_000;
  assert.equal(newest(), undefined, "it is older than the chart");
});

Deno.test("while nothing comes lines are drawn twice a second, and once after the end", () => {
  const scene = new Scene();
  const beatsIn = (millis: number) => {
    scene.drawn.length = 0;
    for (let passed = 0; passed < millis; passed += 250) {
      scene.now += 250;
      scene.player.tick();
      scene.paint();
    }
    return scene.drawn.filter((what) => what === "beat").length;
  };
  assert.equal(beatsIn(2000), 0, "there is nothing to draw");
  scene.send(1, { a: 1 });
  scene.paint(100);
  assert.equal(beatsIn(2000), 4);
  scene.isOver.value = true;
  assert.equal(beatsIn(2000), 1);
  assert.equal(beatsIn(2000), 0);
});

Deno.test("words of the last message follow, even if nothing more comes", () => {
  const scene = new Scene();
  scene.send(1, { a: 1 });
  scene.paint(100);
  scene.send(2, { a: 2 });
  scene.paint(10);
  assert.equal(scene.player.summary.value?.count, 1);
  scene.now += 250;
  scene.player.tick();
  scene.paint();
  assert.equal(scene.player.summary.value?.count, 2);
});

Deno.test("after three intervals without a message values are stale, and no more after the next", () => {
  const scene = new Scene();
  for (let count = 1; count <= 4; count++) scene.send(count, { a: 1 }), scene.paint(1000);
  const staleAfter = (millis: number) => {
    scene.now += millis;
    scene.player.tick();
    return scene.player.staleSeconds.value;
  };
  assert.deepEqual([staleAfter(1900), staleAfter(200), staleAfter(5000)], [0, 3, 8]);
  scene.send(5, { a: 1 });
  assert.equal(staleAfter(0), 0);
});

Deno.test("a page that opens late knows from the viewer how old a message is, and how often they come", () => {
  const { player } = new Scene();
  const history = { isFirst: true, epoch: 0, newest: 0, interval: 1000, values: [] };
  player.push({ kind: "history", history });
  player.push({ kind: "message", number: 7, age: 9000, message: message(1, { a: 1 }) });
  player.tick();
  assert.equal(player.staleSeconds.value, 9);
});

Deno.test("messages that this page missed are counted, those before its start are not", () => {
  const scene = new Scene();
  scene.send(1, {}, 100);
  scene.send(2, {}, 1);
  scene.send(9, {}, 7);
  assert.equal(scene.player.skipped.value, 6);
  scene.player.restart();
  scene.start();
  scene.send(30, {}, 50);
  assert.equal(scene.player.skipped.value, 6);
});

Deno.test("another broadcast begins without values of the first", () => {
  const scene = new Scene();
  scene.send(1, { a: 1 });
  scene.paint();
  scene.start();
  scene.paint(100);
  assert.deepEqual([scene.player.names.value, scene.player.hasMessage.value], [[], false]);
  scene.start({ name: "b", last: 5 });
  assert.equal(scene.player.known("b")?.value, 5);
  assert.equal(scene.player.known("a"), undefined);
});

Deno.test("a page that was not seen while the broadcast changed shows nothing of the one before", () => {
  const scene = new Scene();
  const { player } = scene;
  scene.start({ name: "a", last: 1 });
  scene.send(1, { a: 1 });
  scene.paint();
  player.choose("a");
  scene.start({ name: "a", last: 2 }, { name: "c", last: 3 });
  assert.deepEqual([player.names.value, player.chosen], [["a", "c"], "a"]);
  player.push({ kind: "setup", setup: { values: { b: { title: "B" } } } });
  scene.startOf(1, { name: "b", last: 5 });
  assert.deepEqual([player.names.value, player.chosen, player.count], [["b"], "b", undefined]);
  assert.equal(player.setupOf("b").title, "B");
});

Deno.test("a set-up that comes before the first message holds, for a page that opens between the two as well", () => {
  const scene = new Scene();
  const setUp = (title: string) =>
    scene.player.push({ kind: "setup", setup: { values: { a: { title } } } });
  setUp("Beam");
  scene.start();
  assert.equal(scene.player.setupOf("a").title, "Beam");
  scene.send(1, { a: 1 });
  scene.start();
  assert.deepEqual(scene.player.names.value, [], "that of another broadcast does not");
  setUp("Current");
  scene.send(1, { a: 1 });
  scene.start({ name: "a", last: 1 });
  assert.equal(scene.player.setupOf("a").title, "Current");
  setUp("Rate");
  scene.send(2, { a: 1 });
  scene.start();
  assert.equal(scene.player.setupOf("a").title, undefined);
});

Deno.test("the first value that can be drawn is in the chart until another is chosen", () => {
  const { player, send } = bound(new Scene());
  send(1, { mode: "run", energy: 1, wave: [1, 2] });
  assert.equal(player.chosen, "energy");
  player.choose("wave");
  assert.equal(player.chosen, "wave");
});

Deno.test("screen readers hear which values passed a limit, once, and several in one sentence", () => {
  const scene = new Scene();
  const setup = { warn: [0, 1] as const, alarm: [-1, 2] as const };
  const names = ["a", "b", "c", "d", "e"];
  const values = Object.fromEntries(
    names.map((name) => [name, { ...setup, title: name.toUpperCase() }]),
  );
  scene.player.push({ kind: "setup", setup: { values } });
  const all = (value: number) => Object.fromEntries(names.map((name) => [name, value]));
  const pass = (count: number, values: DataValues, millis: number) => {
    scene.send(count, values);
    scene.paint(millis);
  };
  pass(1, { ...all(0), a: 1.5 }, 200);
  pass(2, { ...all(0), a: 3 }, 200);
  pass(3, { ...all(0), a: 1.5 }, 4000);
  assert.deepEqual(scene.said, ["A: warning"]);
  pass(4, all(3), 4000);
  pass(5, all(0), 4000);
  assert.deepEqual(scene.said.slice(1), [
    "A: alarm, B: alarm, C: alarm, and 2 more",
    "A: normal again, B: normal again, C: normal again, and 2 more",
  ]);
});

Deno.test("more than a thousand names are left out, and said", () => {
  const scene = new Scene();
  const { player, send } = bound(scene);
  const values = (from: number) =>
    Object.fromEntries(Array.from({ length: 700 }, (_, at) => [`v${from + at}`, at]));
  send(1, values(0));
  assert.equal(player.isFull.value, false);
  send(2, values(700));
  assert.equal(player.names.value.length, 1000);
  assert.equal(player.isFull.value, true);
  scene.start();
  assert.equal(player.isFull.value, false, "another broadcast has none so far");
});

function bound(scene: Scene) {
  return { player: scene.player, send: scene.send.bind(scene) };
}
