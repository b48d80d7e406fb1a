import assert from "node:assert/strict";
import type { ListenerOutput } from "../../client/interface/output.ts";
import { type PageData, PageDataCollector } from "../../shared/page/page_data.ts";
import { parsePageMedia } from "../../shared/page/page_media.ts";
import { AudioRelay } from "../../viewer/audio_relay.ts";
import { Hub, type Outgoing } from "../../viewer/hub.ts";
import { PageModel } from "../../viewer/model.ts";
import { Relay } from "../../viewer/relay.ts";
import { message } from "./fakes/data.ts";
import { joined, sampleEvent, SERVER } from "./fakes/outputs.ts";

/** A relay with one page, which has its first snapshot. */
class Scene {
  now = 0;
  readonly audio = new AudioRelay();
  readonly page;
  readonly #hub: Hub;
  readonly #relay: Relay;

  constructor() {
    const now = () => this.now;
    const model = new PageModel(SERVER, 0);
    this.#hub = new Hub({ snapshot: () => ({ now: this.now, state: model.state() }), now });
    this.#relay = new Relay({ model, hub: this.#hub, audio: this.audio, now });
    this.page = this.#hub.join(() => {})!;
    this.give();
  }

  /** @returns what the page gets. */
  give(...outputs: ListenerOutput[]): Outgoing[] {
    for (const output of outputs) this.#relay.take(output);
    const taken: Outgoing[] = [];
    for (let next = this.page.take(); next !== undefined; next = this.page.take()) taken.push(next);
    return taken;
  }
}

const kindsOf = (messages: readonly Outgoing[]) =>
  messages.map((one) => typeof one === "string" ? JSON.parse(one).kind : "binary");

/** `setup`, `history`, `message 3`. */
function dataOf(messages: readonly Outgoing[]): string[] {
  const collector = new PageDataCollector();
  const describe = (data: PageData) =>
    "message" in data ? `${data.kind} ${data.message.head.count}` : data.kind;
  return messages.filter((one) => typeof one !== "string").flatMap((part) => {
    const data = collector.push(part);
    assert(data.ok);
    return data.value ? [describe(data.value)] : [];
  });
}

const sound = (channel: "audio" | "data", first: number): ListenerOutput => ({
  kind: "audio",
  channel,
  frames: [{ bytes: Uint8Array.of(first), sampleCount: 1152, sampleRate: 44_100 }],
  mediaTime: 0,
  lostBefore: 0,
});

const data = (count: number, channel: "data" | "screen" = "data"): ListenerOutput => ({
  kind: "data",
  channel,
  message: message(count, { energy: count }),
  at: 0,
});

Deno.test("state goes to a page as changes, and anew where a change can't tell it", () => {
  const scene = new Scene();
  assert.deepEqual(kindsOf(scene.give(joined())), ["snapshot"]);
  const event = { kind: "event", channel: "events", event: sampleEvent({ count: 1 }) } as const;
  assert.deepEqual(kindsOf(scene.give(event)), ["event"]);
});

Deno.test("sound goes to pages that want it and to players, and is counted in any case", async () => {
  const scene = new Scene();
  scene.give(joined(), sound("audio", 1));
  const reader = scene.audio.open()!.body.getReader();
  scene.page.setWantsMedia(true);
  const [message, ...more] = scene.give(sound("audio", 2), sound("data", 9));
  const media = parsePageMedia(message as Uint8Array);
  assert(media.ok);
  assert.deepEqual([media.value.number, more], [2, []]);
  assert.deepEqual([...(await reader.read()).value!], [2]);
  await reader.cancel();
});

Deno.test("live data goes to pages that want it; that of another broadcast begins anew", () => {
  const scene = new Scene();
  scene.page.setWants("data", true);
  scene.give(joined());
  const setup = { kind: "data-setup", setup: { values: { energy: { unit: "MeV" } } } } as const;
  assert.deepEqual(dataOf(scene.give(setup, data(1))), ["setup", "message 1"]);
  assert.deepEqual(dataOf(scene.give(data(2, "screen"), data(3))), ["message 3"]);
  assert.deepEqual(dataOf(scene.give(joined({}, true))), [], "the same broadcast goes on");
  const another = joined({ broadcastId: "00000000000000dd" });
  assert.deepEqual(dataOf(scene.give(another)), ["history"]);
  assert.deepEqual(dataOf(scene.give(data(1))), ["message 1"]);
});
