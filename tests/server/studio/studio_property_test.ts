import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MatchControl } from "../../../server/studio/match/match_control.ts";
import type { PageQueue } from "../../../server/studio/pages/page_queue.ts";
import { StudioCore } from "../../../server/studio/studio_core.ts";
import type { StudioOutput } from "../../../server/studio/studio_output.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { serializeStudioMedia } from "../../../shared/studio/studio_media.ts";
import { parseStudioToPage } from "../../../shared/studio/studio_messages.ts";
import { runs } from "../../runs.ts";
import { deltaFrame, keyFrame, opus, SCREEN, SOUND, START } from "./pages.ts";

/** Any pages, whatever they send and whenever they come, go and stand still. */
const COMMANDS = [
  SOUND,
  SCREEN,
  { ...SCREEN, codec: "vp8" },
  { ...SOUND, channelCount: 1 },
  { ...SOUND, codec: "mp3" },
  { kind: "sound-stop" },
  { kind: "screen-stop" },
  { kind: "take-over" },
  { kind: "put-out", id: "p", listener: "00000000000000aa", isTokenRevoked: true },
  { kind: "match", id: "a", do: "event", title: "Goal", origin: "Home" },
  { kind: "match", id: "b", do: "event", title: "Kick-off", origin: "" },
  { kind: "match", id: "c", do: "undo" },
  { kind: "match", id: "d", do: "start" },
].map((message) => JSON.stringify(message));

const media = fc.record({
  kind: fc.constantFrom("sound" as const, "screen" as const),
  isKey: fc.constant(false),
  at: fc.double({ min: 0, max: 1e9, noNaN: true }),
  bytes: fc.constantFrom(opus(), keyFrame(), deltaFrame(), Uint8Array.of(1)),
}).map(serializeStudioMedia);
const action = fc.oneof(
  fc.record({ act: fc.constant("join" as const), name: fc.constantFrom("page-one", "page-two") }),
  fc.record({ act: fc.constant("leave" as const) }),
  fc.record({
    act: fc.constant("text" as const),
    text: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...COMMANDS) }, fc.json(), fc.string()),
  }),
  fc.record({ act: fc.constant("bytes" as const), bytes: fc.oneof(media, fc.uint8Array()) }),
  fc.record({ act: fc.constant("wait" as const), millis: fc.integer({ min: 0, max: 7000 }) }),
  fc.record({ act: fc.constant("read" as const) }),
);

type Channel = "audio" | "screen";
interface Given {
  readonly act: "join" | "leave" | "text" | "bytes" | "wait" | "read";
  readonly name?: string;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  readonly millis?: Millis;
}

/** A studio with pages, which checks everything that comes out of it. */
class World {
  readonly #studio = new StudioCore({
    facts: {
      link: "streamer://h:1/",
      ways: [],
      capacity: 9,
      isPlain: false,
      tokens: "open",
      sources: { sound: { isBrowser: true }, screen: { isBrowser: true } },
      screen: {},
    },
    control: new MatchControl({ language: "en" }, START),
    eventRoom: () => 10,
  });
  readonly #pages: PageQueue[] = [];
  readonly #channels: Record<Channel, string> = { audio: "off", screen: "off" };
  #now: Millis = START;

  do(which: number, given: Given): void {
    const page = this.#pages[which % Math.max(1, this.#pages.length)];
    if (given.act === "join") this.#join(given.name);
    else if (given.act === "wait") this.#pass(given.millis!);
    else if (page) this.#doAt(page, given);
    this.#pass(0);
    this.#check();
    const { driver } = this.#studio.pages;
    assert.ok(driver === undefined || this.#pages.includes(driver));
  }

  #join(name: string | undefined): void {
    const joined = this.#studio.join(name, () => {}, this.#now);
    assert.equal(joined === undefined, this.#pages.length >= 8);
    if (joined) this.#pages.push(joined);
  }

  #doAt(page: PageQueue, { act, text, bytes }: Given): void {
    if (act === "text") return this.#studio.onText(page, text!, this.#now);
    if (act === "bytes") return this.#studio.onBytes(page, bytes!, this.#now);
    if (act === "read") return readAll(page);
    this.#pages.splice(this.#pages.indexOf(page), 1);
    this.#studio.leave(page);
  }

  /** Each wake-up does something: no deadline stands still. */
  #pass(millis: Millis): void {
    const end = this.#now + millis;
    for (let wakes = 0; this.#studio.deadline <= end; wakes++) {
      assert.ok(wakes < 500, "it wakes for nothing");
      this.#now = Math.max(this.#now, this.#studio.deadline);
      this.#studio.advance(this.#now);
      this.#check();
    }
    this.#now = end;
  }

  #check(): void {
    for (let output = this.#studio.pollOutput(); output; output = this.#studio.pollOutput()) {
      this.#checkOne(output);
    }
  }

  #checkOne(output: StudioOutput): void {
    switch (output.kind) {
      case "sound-started":
        return this.#change("audio", ["off"], "live");
      case "screen-started":
        return this.#change("screen", ["off"], "live");
      case "sound-stopped":
        return this.#change("audio", ["live", "paused"], "off");
      case "screen-stopped":
        return this.#change("screen", ["live", "paused"], "off");
      case "paused":
        return this.#change(output.channel, ["live"], "paused");
      case "resumed":
        return this.#change(output.channel, ["paused"], "live");
      case "sound":
        return this.#change("audio", ["live"], "live");
      case "picture":
        return this.#change("screen", ["live"], "live");
    }
  }

  #change(channel: Channel, before: readonly string[], after: string): void {
    assert.ok(before.includes(this.#channels[channel]), `${this.#channels[channel]} to ${after}`);
    this.#channels[channel] = after;
  }
}

function readAll(page: PageQueue): void {
  for (let json = page.take(); json !== undefined; json = page.take()) {
    assert.ok(parseStudioToPage(json).ok, json);
  }
}

Deno.test("whatever pages do, one at most drives, channels begin and end in order, and nothing is in vain", () => {
  const actions = fc.array(fc.tuple(fc.nat(7), action), { maxLength: 150 });
  const property = fc.property(actions, (actions) => {
    const world = new World();
    for (const [which, given] of actions) world.do(which, given);
  });
  fc.assert(property, runs(300));
});
