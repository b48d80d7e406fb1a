import assert from "node:assert/strict";
import { type ScreenView, screenWords } from "../../../../viewer/web/model/screen_words.ts";

const FINE: ScreenView = {
  screen: { codec: "h264", isShared: true, isHeld: false },
  end: undefined,
  isInTouch: true,
  hasPicture: true,
  isPaused: false,
  isHeldLong: false,
  isBehind: false,
  problem: null,
};

function words(changes: Partial<ScreenView>): string {
  const { tone, title, text } = screenWords({ ...FINE, ...changes });
  return `${tone}: ${title} ${text}`.trim();
}

Deno.test("a picture that moves is live; one that stands still says why and until when", () => {
  assert.equal(words({}), "live: Live");
  const held = "held: Picture held:";
  assert.match(
    words({ isHeldLong: true }),
    new RegExp(`${held} a part of it was lost.*next whole`),
  );
  assert.match(
    words({ isPaused: true, isHeldLong: true }),
    new RegExp(`${held} the host's screen pauses.*when the host shares again`),
  );
  assert.match(
    words({ isPaused: true, hasPicture: false }),
    /^wait: The host's screen pauses.*when the host shares again/,
  );
  assert.match(
    words({ isBehind: true }),
    new RegExp(`${held} this browser fell behind.*key frame`),
  );
  assert.match(words({ isInTouch: false }), new RegExp(`${held} nothing comes from the host`));
});

Deno.test("without a picture the words say what is awaited, or that there is none", () => {
  assert.match(
    words({ hasPicture: false, isHeldLong: true }),
    /^wait: Waiting for the first picture/,
  );
  const stopped = { ...FINE.screen, isShared: false };
  assert.match(words({ screen: stopped }), /^over: The host has stopped sharing/);
  assert.match(
    words({ end: "The broadcast is over", screen: stopped, hasPicture: false }),
    /^over: .*is over\.$/,
  );
  assert.match(
    words({ end: "The host has ended your session", isInTouch: false }),
    /^over: The host has ended your session\. This is its last picture/,
  );
});

Deno.test("a browser that can't show the screen says why and what to do", () => {
  const problem = (problem: ScreenView["problem"]) => words({ problem, hasPicture: false });
  assert.match(problem("insecure"), /^problem: .*plain http.*127\.0\.0\.1.*https/);
  assert.match(problem("noDecoder"), /^problem: .*WebCodecs.*Firefox/);
  assert.match(problem("codec"), /^problem: .*H\.264.*Another browser/);
});
