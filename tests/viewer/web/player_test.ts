import assert from "node:assert/strict";
import { type Signal, signal } from "@preact/signals";
import type { Sound } from "../../../shared/page/page.ts";
import type { PageMedia } from "../../../shared/page/page_media.ts";
import type { EngineOptions, SoundEngine } from "../../../viewer/web/player/engine.ts";
import { Player } from "../../../viewer/web/player/player.ts";

const MP3: Sound = { codec: "mp3", sampleRate: 44_100, channelCount: 2 };
const MEDIA: PageMedia = { number: 1, lostBefore: 0, mediaTime: 0, frames: [] };

class FakeEngine implements SoundEngine {
  readonly wantsMedia = true;
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
  stop(): void {
    this.isStopped = true;
  }
}

/** A browser that opens engines when the test lets it. */
function setUp(sound: Signal<Sound | null> = signal<Sound | null>(MP3)) {
  const engines: FakeEngine[] = [];
  const wishes: boolean[] = [];
  const contexts = { opened: 0, closed: 0 };
  let gate: Promise<void> = Promise.resolve();
  let failure: Error | undefined;
  const player = new Player(sound, {
    createContext: () => {
      contexts.opened++;
      const context = {
        resume: () => Promise.resolve(),
        close: () => Promise.resolve(contexts.closed++),
      };
      return context as unknown as AudioContext;
    },
    openEngine: async (options) => {
      await gate;
      if (failure) throw failure;
      const engine = new FakeEngine(options);
      engines.push(engine);
      return engine;
    },
    onWantsMedia: (wanted) => wishes.push(wanted),
    readVolume: () => 0.7,
    writeVolume: () => {},
  });
  return {
    player,
    engines,
    wishes,
    contexts,
    sound,
    hold(until: Promise<void>) {
      gate = until;
    },
    fail(error: Error | undefined) {
      failure = error;
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

Deno.test("play opens an engine, asks for the sound, and hands it on; pause ends it all", async () => {
  const { player, engines, wishes, contexts } = setUp();
  player.toggle();
  assert.equal(player.status.value, "starting");
  await settle();
  assert.equal(player.status.value, "playing");
  assert.equal(wishes.at(-1), true);
  player.push(MEDIA);
  assert.equal(engines[0]!.pushed, 1);
  assert.equal(engines[0]!.options.volume, 0.7);
  player.toggle();
  assert.equal(player.status.value, "stopped");
  assert.equal(wishes.at(-1), false);
  assert.ok(engines[0]!.isStopped);
  assert.deepEqual(contexts, { opened: 1, closed: 1 });
});

Deno.test("a player that is stopped while it starts plays nothing later", async () => {
  const { player, engines, wishes, hold } = setUp();
  let open = () => {};
  hold(new Promise((resolve) => open = resolve));
  player.toggle();
  player.toggle();
  assert.equal(player.status.value, "stopped");
  open();
  await settle();
  assert.equal(player.status.value, "stopped");
  assert.ok(engines[0]!.isStopped);
  assert.ok(!wishes.includes(true));
});

Deno.test("a browser's refusal is shown, and play can be pressed again", async () => {
  const { player, contexts, fail } = setUp();
  fail(new Error("no"));
  player.toggle();
  await settle();
  assert.equal(player.status.value, "failed");
  assert.match(player.problem.value, /press play once more/);
  assert.deepEqual(contexts, { opened: 1, closed: 1 });
  fail(undefined);
  player.toggle();
  await settle();
  assert.equal(player.status.value, "playing");
  assert.equal(player.problem.value, "");
});

Deno.test("an engine that gives up is shown with its own message", async () => {
  const { player, engines } = setUp();
  player.toggle();
  await settle();
  engines[0]!.options.onFailure("This browser can't decode the sound");
  assert.equal(player.status.value, "failed");
  assert.equal(player.problem.value, "This browser can't decode the sound");
  assert.ok(engines[0]!.isStopped);
});

Deno.test("the same sound continues after a reconnection; another one gets another engine", async () => {
  const { player, engines, sound } = setUp();
  player.toggle();
  await settle();
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
  assert.equal(player.status.value, "playing");
});

Deno.test("without sound there is nothing to start", async () => {
  const { player, contexts } = setUp(signal<Sound | null>(null));
  player.toggle();
  await settle();
  assert.equal(player.status.value, "stopped");
  assert.equal(contexts.opened, 0);
});

Deno.test("the volume reaches the engine at once", async () => {
  const { player, engines } = setUp();
  player.setVolume(0.3);
  player.toggle();
  await settle();
  assert.equal(engines[0]!.options.volume, 0.3);
  player.setVolume(0.1);
  assert.deepEqual(engines[0]!.volumes, [0.1]);
});
