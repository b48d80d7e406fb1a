import assert from "node:assert/strict";
import { LockScreen } from "../../../viewer/web/player/lock_screen.ts";

const WORDS = { title: "Flamengo 2 x 1 Palmeiras", artist: "2nd half" };

/** A browser with a Media Session, and how often its metadata was set. */
function setUp() {
  const handlers = new Map<string, () => void>();
  let metadata: unknown = null;
  const seen = { sets: 0, played: 0, paused: 0, pressed: [] as string[] };
  const session = {
    playbackState: "none",
    get metadata() {
      return metadata;
    },
    set metadata(next) {
      metadata = next;
      seen.sets++;
    },
    setActionHandler(action: string, handler: () => void) {
      if (action === "stop") throw new TypeError("no such action");
      handlers.set(action, handler);
    },
  };
  const companion = {
    play: () => Promise.resolve(void seen.played++),
    pause: () => void seen.paused++,
  };
  const actions = {
    play: () => void seen.pressed.push("play"),
    stop: () => void seen.pressed.push("stop"),
  };
  const screen = new LockScreen(session as unknown as MediaSession, companion, actions);
  return { screen, session, seen, handlers, companion, actions };
}

Object.assign(globalThis, {
  MediaMetadata: class {
    constructor(init: MediaMetadataInit) {
      Object.assign(this, init);
    }
  },
});

Deno.test("the lock screen shows the match once sound was wanted, with the score, and is told changes alone", () => {
  const { screen, session, seen } = setUp();
  screen.show(WORDS, "stopped", "");
  assert.deepEqual([session.playbackState, session.metadata], ["none", null]);
  screen.show(WORDS, "starting", "");
  screen.show(WORDS, "playing", "webcodecs");
  assert.equal(session.playbackState, "playing");
  const { title, artist, artwork } = session.metadata as MediaMetadata;
  assert.deepEqual([title, artist, artwork.length], [WORDS.title, WORDS.artist, 2]);
  assert.equal(seen.sets, 1);
  screen.show({ ...WORDS, title: "Flamengo 3 x 1 Palmeiras" }, "playing", "webcodecs");
  assert.equal(seen.sets, 2);
  for (const status of ["interrupted", "stopped", "failed"] as const) {
    screen.show(WORDS, status, "");
    assert.equal(session.playbackState, "paused");
  }
});

Deno.test("silence goes along with Web Audio, and not with an element that plays itself", () => {
  const { screen, seen } = setUp();
  screen.show(WORDS, "starting", "webcodecs");
  assert.deepEqual([seen.played, seen.paused], [0, 0]);
  screen.show(WORDS, "playing", "webcodecs");
  assert.deepEqual([seen.played, seen.paused], [1, 0]);
  screen.show(WORDS, "playing", "element");
  assert.deepEqual([seen.played, seen.paused], [1, 1]);
  screen.show(WORDS, "stopped", "");
  assert.deepEqual([seen.played, seen.paused], [1, 1]);
});

Deno.test("the buttons of the lock screen are those of the page, where the browser has them", () => {
  const { handlers, seen, companion, actions } = setUp();
  handlers.get("play")!();
  handlers.get("pause")!();
  assert.deepEqual(seen.pressed, ["play", "stop"]);
  const without = new LockScreen(undefined, companion, actions);
  without.show(WORDS, "playing", "webcodecs");
  assert.equal(seen.played, 0);
});
