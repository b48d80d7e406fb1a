import assert from "node:assert/strict";
import { PauseWatch } from "../../../server/studio/pause_watch.ts";
import type { Millis } from "../../../shared/core/units.ts";

/** A channel, and what listeners were told of it: `paused 1500`, with the time. */
class Channel {
  readonly told: string[] = [];
  readonly watch = new PauseWatch("audio");
  now: Millis = 0;

  /** Something comes every 20 ms. */
  come(millis: Millis): void {
    for (const end = this.now + millis; this.now < end; this.now += 20) {
      this.#note(this.watch.onFrame([], this.now));
      this.#note(this.watch.advance(this.now));
    }
  }

  /** Nothing comes. */
  stop(millis: Millis): void {
    const end = this.now + millis;
    while (this.watch.deadline <= end) {
      this.now = Math.max(this.now, this.watch.deadline);
      this.#note(this.watch.advance(this.now));
    }
    this.now = end;
  }

  #note(outputs: readonly { readonly kind: string }[]): void {
    for (const { kind } of outputs) this.told.push(`${kind} ${this.now}`);
  }
}

Deno.test("a page that comes back goes on at once", () => {
  const channel = new Channel();
  channel.come(60_000);
  channel.stop(5000);
  channel.come(60_000);
  channel.stop(5000);
  channel.come(60_000);
  assert.deepEqual(channel.told, [
    "paused 61480",
    "resumed 65000",
    "paused 126480",
    "resumed 130000",
  ]);
});

Deno.test("a page that stops every few seconds goes on only when it has come for a while, then longer", () => {
  for (const [comes, stops] of [[1000, 1600], [3000, 1600], [5000, 2000]] as const) {
    const channel = new Channel();
    for (let time = 0; time < 40; time++) {
      channel.come(comes);
      channel.stop(stops);
    }
    assert.ok(channel.told.length <= 9, `${channel.told}`);
    assert.match(channel.told.at(-1)!, /paused/, "while it stops and comes it pauses");
    channel.come(31_000);
    assert.match(channel.told.at(-1)!, /resumed/, "it goes on in the end");
    channel.come(60_000);
    channel.stop(2000);
    const before = channel.told.length;
    channel.come(100);
    assert.equal(channel.told.length, before + 1, "once it was steady, it goes on at once again");
  }
});

Deno.test("a pause is told within two seconds, also when the channel has gone on a moment ago", () => {
  const channel = new Channel();
  channel.come(100);
  channel.stop(3000);
  channel.come(100);
  channel.stop(3000);
  const [first, on, second] = channel.told.map((text) => Number(text.split(" ")[1]));
  assert.deepEqual([first, on, second], [1580, 3100, 4680]);
});

Deno.test("a channel that begins anew owes nothing to the one before it", () => {
  const channel = new Channel();
  for (let time = 0; time < 5; time++) {
    channel.come(1000);
    channel.stop(2000);
  }
  channel.watch.stop();
  channel.told.length = 0;
  channel.come(1000);
  channel.stop(2000);
  channel.come(100);
  assert.deepEqual(channel.told.map((text) => text.split(" ")[0]), ["paused", "resumed"]);
});
