import assert from "node:assert/strict";
import type { ListenerOutput } from "../../client/interface/output.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { VirtualListener } from "../../tests/fakes/virtual_listener.ts";

/** Follows one listener: its events must be the whole timeline, in order, each once. */
export class Follower {
  /** The count of the last event. */
  count = 0;
  isConnected = false;
  connectedSince: Millis = Infinity;
  end: Extract<ListenerOutput, { kind: "ended" }> | undefined;
  rejoins = 0;
  silences = 0;

  constructor(readonly listener: VirtualListener) {}

  /** Checks the listener's outputs since the last call, and drops them. */
  follow(timeline: readonly TimelineEvent[], now: Millis): void {
    for (const output of this.listener.outputs.splice(0)) this.#take(output, timeline, now);
  }

  #take(output: ListenerOutput, timeline: readonly TimelineEvent[], now: Millis): void {
    switch (output.kind) {
      case "event":
        return this.#takeEvent(output.event, timeline);
      case "timeline-reset":
        this.count = 0;
        return;
      case "joined":
        if (output.again) this.rejoins++;
        return;
      case "connection":
        this.isConnected = output.state === "connected";
        this.connectedSince = this.isConnected ? now : Infinity;
        if (output.state === "silent") this.silences++;
        return;
      case "ended":
        this.end = output;
    }
  }

  #takeEvent(event: TimelineEvent, timeline: readonly TimelineEvent[]): void {
    assert.equal(event.count, ++this.count, `listener ${this.listener.index}: out of order`);
    assert.deepEqual(event, timeline[event.count - 1], `listener ${this.listener.index}`);
  }
}
