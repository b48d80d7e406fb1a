import assert from "node:assert/strict";
import type { CheckedMessage } from "../../server/origin/data/message_check.ts";
import { MessageCollector } from "../../client/receiving/messages/message_collector.ts";
import type { DataMessage } from "../../shared/data/data_message.ts";
import { type DataVerifier, openCollected } from "../../shared/data/signed_data.ts";
import type { RtpPacket } from "../../shared/rtp/rtp.ts";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import type { Stage } from "./kit.ts";

export interface ReadMessage extends DataMessage {
  /** Of its packets; not unwrapped. */
  readonly timestamp: number;
}

/** The messages that packets make whole, in the order in which they do. */
export function messagesIn(packets: readonly RtpPacket[], verifier?: DataVerifier): ReadMessage[] {
  const collector = new MessageCollector();
  return packets.flatMap(({ payload, timestamp, ssrc }) => {
    const collected = collector.push(payload, timestamp);
    assert(collected.ok);
    if (!collected.value) return [];
    const opened = openCollected(collected.value, verifier, ssrc);
    assert(opened.ok);
    return [{ ...opened.value, timestamp }];
  });
}

/** Whether what came is what was pushed: the values, and the picture's own hash. */
export function assertIs(came: DataMessage, pushed: CheckedMessage): void {
  assert.deepEqual(came.head.values, pushed.values);
  assert.equal(came.head.image?.sha256, hashOf(pushed));
}

export function hashOf({ image }: CheckedMessage): string | undefined {
  return image && nodeCiphers.sha256(image.bytes).toHex();
}

/** Pushes messages at an interval, as a source of the network does. */
export function pushAll(stage: Stage, all: readonly CheckedMessage[], interval: number): Stage {
  for (const message of all) {
    stage.tell((core) => core.pushData(message, stage.now)).run(interval);
  }
  return stage;
}
