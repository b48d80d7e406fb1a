import assert from "node:assert/strict";
import { type Signal, signal } from "@preact/signals";
import type { Screen } from "../../../../shared/page/page.ts";
import { fit } from "../../../../viewer/web/screen/painter.ts";
import { type ScreenAdapter, ScreenPlayer } from "../../../../viewer/web/screen/screen_player.ts";
import { fakeDecoders, FakePicture, vp8 } from "./fake_decoder.ts";

const SHARED: Screen = { codec: "vp8", isShared: true, isHeld: false };

function setUp(changes: Partial<ScreenAdapter> = {}, first: Screen | null = SHARED) {
  const { made, create } = fakeDecoders();
  const screen: Signal<Screen | null> = signal(first);
  const wishes: boolean[] = [];
  const frames: (() => void)[] = [];
  const clock = { now: 0 };
  const player = new ScreenPlayer(screen, {
    createDecoder: create,
    isSecure: true,
    now: () => clock.now,
    onWantsScreen: (wanted) => wishes.push(wanted),
    requestFrame: (callback) => frames.push(callback),
    devicePixelRatio: () => 1,
    ...changes,
  });
  return {
    player,
    screen,
    wishes,
    made,
    clock,
    /** The browser paints. */
    paint: () => frames.splice(0).forEach((callback) => callback()),
    get latest() {
      return made.at(-1)!;
    },
  };
}

Deno.test("frames are wanted while a screen is shared and the page is seen", () => {
  const { player, screen, wishes } = setUp({}, null);
  assert.deepEqual(wishes, [false]);
  screen.value = SHARED;
  screen.value = { ...SHARED, isHeld: true };
  player.isVisible.value = false;
  player.isVisible.value = true;
  screen.value = { ...SHARED, isShared: false };
  assert.deepEqual(wishes, [false, true, false, true, false]);
});

Deno.test("a picture is shown with its size, and is gone when the host stops sharing", () => {
  const scene = setUp();
  const { player, screen, paint } = scene;
  assert.equal(player.hasPicture.value, false);
  player.push(vp8(1, true));
  assert.equal(player.size.value?.width, 320);
  assert.equal(player.hasPicture.value, false);
  scene.latest.run();
  paint();
  assert.equal(player.hasPicture.value, true);
  screen.value = { ...SHARED, isShared: false };
  assert.equal(player.hasPicture.value, false);
  assert.equal(player.size.value, null);
});

Deno.test("of all pictures two are open at most, and none when it is over", () => {
  const scene = setUp();
  const { player, screen, paint } = scene;
  const before = FakePicture.open;
  for (let number = 0; number < 50; number++) {
    player.push(vp8(number, number % 10 === 0));
    scene.latest.run();
    if (number % 3 === 0) paint();
    assert.ok(FakePicture.open - before <= 2);
  }
  screen.value = null;
  paint();
  assert.equal(FakePicture.open, before);
});

Deno.test("a hidden page decodes nothing, keeps its picture, and goes on with a key frame", () => {
  const scene = setUp();
  const { player, made, paint } = scene;
  player.push(vp8(1, true));
  scene.latest.run();
  paint();
  player.isVisible.value = false;
  assert.equal(scene.latest.state, "closed");
  player.push(vp8(2));
  assert.equal(made.length, 1);
  assert.equal(player.hasPicture.value, true);
  player.isVisible.value = true;
  player.push(vp8(3));
  assert.equal(made.length, 1);
  player.push(vp8(4, true));
  assert.equal(made.length, 2);
});

Deno.test("a page that opens late draws where it has caught up, and now and then on the way", () => {
  const scene = setUp();
  const { player, clock } = scene;
  const before = FakePicture.open;
  player.push(vp8(0, true));
  for (let number = 1; number < 100; number++) player.push(vp8(number));
  scene.latest.run(50);
  // The first, which is drawn at once; those after it are passed over.
  assert.equal(FakePicture.open - before, 1);
  assert.ok(player.hasPicture.value);
  clock.now += 500;
  const decoded = scene.latest.decoded.length;
  scene.latest.run(1);
  assert.equal(scene.latest.decoded.length, decoded + 1);
  scene.paint();
  scene.latest.run();
  scene.paint();
  assert.equal(FakePicture.open - before, 1);
});

Deno.test("a browser without WebCodecs wants no frames, and says which of two reasons it has", () => {
  for (const [isSecure, problem] of [[false, "insecure"], [true, "noDecoder"]] as const) {
    const { player, wishes } = setUp({ createDecoder: undefined, isSecure });
    assert.equal(player.problem.value, problem);
    player.push(vp8(1, true));
    assert.deepEqual(wishes, [false]);
  }
});

Deno.test("a codec that the browser does not have ends the wish for frames", () => {
  const scene = setUp();
  scene.player.push(vp8(1, true));
  scene.latest.fail("NotSupportedError");
  assert.equal(scene.player.problem.value, "codec");
  assert.deepEqual(scene.wishes, [true, false]);
});

Deno.test("a page that fell behind says so until the next key frame", () => {
  const { player } = setUp();
  player.push(vp8(0, true));
  for (let number = 1; number < 20; number++) player.push(vp8(number, false, 1024 * 1024));
  assert.equal(player.isBehind.value, true);
  player.push(vp8(20, true));
  assert.equal(player.isBehind.value, false);
});

Deno.test("a picture fits into its box in its own shape, and is never made larger", () => {
  const picture = { displayWidth: 1280, displayHeight: 720 };
  const fitted = (width: number, height: number) => Object.values(fit(picture, { width, height }));
  assert.deepEqual(fitted(640, 360), [640, 360]);
  assert.deepEqual(fitted(640, 1000), [640, 360]);
  assert.deepEqual(fitted(5000, 360), [640, 360]);
  assert.deepEqual(fitted(5000, 5000), [1280, 720]);
  assert.deepEqual(fitted(357.5, 201.1), [358, 201]);
  assert.deepEqual(fitted(0, 0), [1280, 720]);
});
