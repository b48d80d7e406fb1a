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
import { START } from "./pages.ts";

export const FACTS: StudioFacts = {
  link: "streamer://192.0.2.1:5004/?t=x",
  ways: [{ address: "192.0.2.1:5004", link: "streamer://192.0.2.1:5004/?t=x" }],
  capacity: 100,
  isPlain: false,
  tokens: "shared",
  sources: { sound: { isBrowser: true }, screen: { isBrowser: true } },
  screen: {},
};
export const ANN: ListenerRow = {
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
export const BOB: ListenerRow = {
  id: "00000000000000bb",
  address: { hostname: "192.0.2.10", port: 4000 },
  age: 100,
  channels: [],
};
export const STATS: ServerStats = {
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
export class Stage {
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

export class TestPage {
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
