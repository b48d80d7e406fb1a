import assert from "node:assert/strict";
import { type Signal, signal } from "@preact/signals";
import type { Sound } from "../../../shared/page/page.ts";
import type { PageMedia } from "../../../shared/page/page_media.ts";
import type { EngineOptions, OpenEngine, SoundEngine } from "../../../viewer/web/player/engine.ts";
import { Player, START_MILLIS } from "../../../viewer/web/player/player.ts";

const MP3: Sound = { codec: "mp3", sampleRate: 44_100, channelCount: 2 };
const MEDIA: PageMedia = { number: 1, lostBefore: 0, mediaTime: 0, frames: [] };

class FakeEngine implements SoundEngine {
  readonly name = "webcodecs";
  readonly wantsMedia = true;
  resumed = 0;
  pushed = 0;
  isStopped = false;
  volumes: number[] = [];
  constructor(readonly options: EngineOptions) {}
  push(): void {
    this.pushed++;
  }
  setVolume(volume: number): void {
    this.volumes.push(volume);
  }
  resume(): void {
    this.resumed++;
  }
  stop(): void {
    this.isStopped = true;
  }
}

/** As far as the player looks at one; the test is the device. */
class FakeContext {
  state = "running";
  resumed = 0;
  onstatechange: (() => void) | null = null;
  constructor(readonly counts: { opened: number; closed: number }) {
    counts.opened++;
  }
  resume(): Promise<void> {
    this.resumed++;
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.counts.closed++;
    return Promise.resolve();
  }
  become(state: string): void {
    this.state = state;
    this.onstatechange?.();
  }
}

/** A browser that opens engines when the test lets it, and has as many kinds of them. */
function setUp(sound: Signal<Sound | null> = signal<Sound | null>(MP3), kinds = 2) {
  const engines: FakeEngine[] = [];
  const wishes: boolean[] = [];
  const counts = { opened: 0, closed: 0 };
  const contexts: FakeContext[] = [];
  const timers = new Set<() => void>();
  let gate: Promise<void> = Promise.resolve();
  let failure: Error | undefined;
  let firstState = "running";
  const open: OpenEngine = async (options) => {
    await gate;
    if (failure) throw failure;
    const engine = new FakeEngine(options);
    engines.push(engine);
    return engine;
  };
  const player = new Player(sound, {
    createContext: () => {
      const context = new FakeContext(counts);
      context.state = firstState;
      contexts.push(context);
      return context as unknown as AudioContext;
    },
    engines: () => Promise.resolve(Array.from({ length: kinds }, () => open)),
    onWantsMedia: (wanted) => wishes.push(wanted),
    readVolume: () => 0.7,
    writeVolume: () => {},
    schedule: (callback, delay) => {
      assert.equal(delay, START_MILLIS);
      timers.add(callback);
      return () => timers.delete(callback);
    },
  });
  return {
    player,
    engines,
    wishes,
    contexts,
    counts,
    sound,
    hold(until: Promise<void>) {
      gate = until;
    },
    fail(error: Error | undefined) {
      failure = error;
    },
    beginAs(state: string) {
      firstState = state;
    },
    /** The time that a start may take is over. */
    wait() {
      for (const callback of [...timers]) {
        timers.delete(callback);
        callback();
      }
    },
    /** Presses play, and lets the newest engine decode. */
    async start() {
      player.toggle();
      await settle();
      engines.at(-1)!.options.onSound();
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

Deno.test("play opens an engine, asks for the sound, and hands it on; pause ends it all", async () => {
  const { player, engines, wishes, counts } = setUp();
  player.toggle();
  assert.equal(player.status.value, "starting");
  await settle();
  assert.equal(player.status.value, "starting", "until sound was decoded");
  assert.equal(wishes.at(-1), true);
  player.push(MEDIA);
  assert.equal(engines[0]!.pushed, 1);
  assert.equal(engines[0]!.options.volume, 0.7);
  engines[0]!.options.onSound();
  assert.equal(player.status.value, "playing");
  player.toggle();
  assert.equal(player.status.value, "stopped");
  assert.equal(wishes.at(-1), false);
  assert.ok(engines[0]!.isStopped);
  assert.deepEqual(counts, { opened: 1, closed: 1 });
});

Deno.test("a player that is stopped while it starts plays nothing later", async () => {
  const { player, engines, wishes, hold } = setUp();
  let open = () => {};
  hold(new Promise((resolve) => open = resolve));
  player.toggle();
  await settle();
  player.toggle();
  assert.equal(player.status.value, "stopped");
  open();
  await settle();
  assert.equal(player.status.value, "stopped");
  assert.ok(engines[0]!.isStopped);
  assert.ok(!wishes.includes(true));
});

Deno.test("an engine that can't play hands over to the other, which is told nothing of the first", async () => {
  const { player, engines, wishes, counts } = setUp();
  player.toggle();
  await settle();
  engines[0]!.options.onFailure();
  await settle();
  assert.equal(engines.length, 2);
  assert.ok(engines[0]!.isStopped);
  assert.equal(wishes.at(-1), true);
  assert.equal(player.status.value, "starting");
  engines[0]!.options.onSound();
  engines[0]!.options.onFailure();
  engines[0]!.options.onInterrupted();
  assert.equal(player.status.value, "starting", "the first speaks to nobody");
  engines[1]!.options.onSound();
  assert.equal(player.status.value, "playing");
  assert.deepEqual(counts, { opened: 1, closed: 0 }, "the context of the click is kept");
});

Deno.test("an engine that fails after an hour hands over too, and each is tried once", async () => {
  const { player, engines, start } = setUp();
  await start();
  engines[0]!.options.onFailure();
  await settle();
  engines[1]!.options.onSound();
  engines[1]!.options.onFailure();
  await settle();
  assert.equal(engines.length, 2);
  assert.equal(player.status.value, "failed");
  assert.match(player.problem.value, /can't play MP3.*Chrome.*\/audio/);
  await start();
  assert.equal(engines.length, 3, "a press of play begins anew");
  assert.equal(player.status.value, "playing");
});

Deno.test("engines that do not open are left, and that is said with what to do", async () => {
  const { player, counts, fail } = setUp();
  fail(new Error("no"));
  player.toggle();
  await settle();
  assert.equal(player.status.value, "failed");
  assert.match(player.problem.value, /can't play MP3/);
  assert.deepEqual(counts, { opened: 1, closed: 1 });
  fail(undefined);
  player.toggle();
  await settle();
  assert.equal(player.status.value, "starting");
  assert.equal(player.problem.value, "");
});

Deno.test("an engine that never opens is left for the other after a bounded time", async () => {
  const { player, engines, hold, wait } = setUp();
  hold(new Promise(() => {}));
  player.toggle();
  await settle();
  hold(Promise.resolve());
  wait();
  await settle();
  assert.equal(engines.length, 1);
  engines[0]!.options.onSound();
  assert.equal(player.status.value, "playing");
});

Deno.test("a start ends after a bounded time: with why, and with what to do", async () => {
  const silent = setUp();
  silent.player.toggle();
  await settle();
  silent.wait();
  assert.equal(silent.player.status.value, "waiting");
  assert.match(silent.player.problem.value, /No sound comes from the host.*by itself/);
  silent.engines[0]!.options.onSound();
  assert.equal(silent.player.status.value, "playing");
  assert.equal(silent.player.problem.value, "");

  const blocked = setUp();
  blocked.beginAs("suspended");
  blocked.player.toggle();
  await settle();
  blocked.engines[0]!.options.onSound();
  assert.equal(blocked.player.status.value, "interrupted", "decoded, and not heard");
  const mute = setUp();
  mute.beginAs("suspended");
  mute.player.toggle();
  await settle();
  mute.wait();
  assert.equal(mute.player.status.value, "failed");
  assert.match(mute.player.problem.value, /did not let the sound begin.*press play once more/);
});

Deno.test("a call is shown as what it is, keeps no sound, and ends by itself or by a press", async () => {
  const { player, contexts, wishes, engines, start } = setUp();
  await start();
  contexts[0]!.become("interrupted");
  assert.equal(player.status.value, "interrupted");
  assert.match(player.problem.value, /Paused by this device.*[Pp]ress play/);
  assert.equal(wishes.at(-1), false);
  contexts[0]!.become("running");
  assert.equal(player.status.value, "playing");
  assert.equal(player.problem.value, "");
  assert.equal(wishes.at(-1), true);

  contexts[0]!.become("suspended");
  const { resumed } = contexts[0]!;
  player.resume();
  assert.equal(contexts[0]!.resumed, resumed + 1, "the page is seen again");
  await settle();
  assert.equal(player.status.value, "interrupted", "the device says when, not the page");
  player.toggle();
  assert.equal(contexts[0]!.resumed, resumed + 2);
  assert.equal(engines[0]!.resumed, 2);
  player.toggle();
  await settle();
  assert.equal(contexts.length, 2, "the second press begins anew");
  engines[1]!.options.onSound();
  assert.equal(player.status.value, "playing");
});

Deno.test("an element that the device pauses is the same; stop ends either", async () => {
  const { player, engines, start } = setUp();
  await start();
  engines[0]!.options.onInterrupted();
  assert.equal(player.status.value, "interrupted");
  assert.equal(player.isOn.value, false);
  player.stop();
  assert.equal(player.status.value, "stopped");
  assert.equal(player.problem.value, "");
});

Deno.test("a browser without sound says so", async () => {
  const { player, contexts, start } = setUp();
  await start();
  contexts[0]!.become("closed");
  assert.equal(player.status.value, "failed");
  assert.match(player.problem.value, /gives the page no sound.*press play/);
});

Deno.test("the same sound continues after a reconnection; another one gets another engine", async () => {
  const { player, engines, sound, start } = setUp();
  await start();
  sound.value = { ...MP3 };
  sound.value = null;
  sound.value = { ...MP3 };
  await settle();
  assert.equal(engines.length, 1);
  sound.value = { codec: "opus", sampleRate: 48_000, channelCount: 2 };
  await settle();
  assert.equal(engines.length, 2);
  assert.ok(engines[0]!.isStopped);
  assert.equal(engines[1]!.options.sound.codec, "opus");
  engines[1]!.options.onSound();
  assert.equal(player.status.value, "playing");
});

Deno.test("without sound there is nothing to start", async () => {
  const { player, counts } = setUp(signal<Sound | null>(null));
  player.toggle();
  await settle();
  assert.equal(player.status.value, "stopped");
  assert.equal(counts.opened, 0);
});

Deno.test("volume and mute reach the engine at once; whoever moves the volume hears it", async () => {
  const { player, engines, start } = setUp();
  const { loudness } = player;
  loudness.setVolume(0.3);
  await start();
  const engine = engines[0]!;
  assert.equal(engine.options.volume, 0.3);
  loudness.toggleMute();
  loudness.toggleMute();
  loudness.step(1);
  loudness.step(-2);
  loudness.toggleMute();
  loudness.step(1);
  assert.deepEqual(engine.volumes.slice(1), [0, 0.3, 0.35, 0.25, 0, 0.3]);
  loudness.setVolume(0.98);
  loudness.step(1);
  loudness.step(1);
  assert.equal(loudness.volume.value, 1);
  loudness.setVolume(0);
  loudness.toggleMute();
  assert.equal(loudness.volume.value, 0.5, "silence of the volume's own ends too");
});
