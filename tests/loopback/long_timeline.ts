import assert from "node:assert/strict";
import type { BroadcastStore, HostKeys } from "../../server/origin/timeline/broadcast_store.ts";
import { Timeline } from "../../server/origin/timeline/timeline.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { BLOCK_ENTRIES, readBlock } from "../../shared/event/blocks.ts";
import { serializeEvent } from "../../shared/event/event.ts";
import { type EventVerifier, verifyEvent } from "../../shared/secrecy/signed_event.ts";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import { concat } from "../../shared/core/bytes.ts";
import type { Proof } from "../../client/receiving/past/proofs.ts";
import { START } from "../fakes/virtual_listener.ts";
import { foul } from "./scenario.ts";

/** Entries that are stored together: a script need not wait for the disk each time. */
const BATCH = 2000;
const CONTENT =
  "The referee has a word with the captain of the visitors after that challenge, number";

/**
 * Stores a timeline of that many events, as a host that has run for hours leaves it, but without waiting.
 *
 * @param keys those of the host, which signs; absent when the broadcast is sent in clear.
 */
export function fillStore(store: BroadcastStore, count: number, keys: HostKeys | undefined): void {
  const { broadcastId } = store.load();
  const signer = keys && { ciphers: nodeCiphers, seed: keys.signing, broadcastId };
  if (keys) store.saveKeys(keys);
  const timeline = new Timeline(new SeededRng(count), {
    journal: store,
    ...(signer && { signer }),
  });
  for (let first = 0; first < count; first += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, count - first) }, (_, index) => ({
      ...foul(first + index),
      content: `${CONTENT} ${first + index + 1}.`,
      score: `${Math.floor((first + index) / 10_000)} x 0`,
    }));
    timeline.appendAll(events, START - (count - first) * 10);
  }
}

/** Asserts that a proof is the host's, and proves this very entry. */
export function assertProves(
  proof: Proof | undefined,
  entry: Parameters<typeof serializeEvent>[0],
  verifier: EventVerifier,
): void {
  assert.ok(proof, `a proof of entry ${entry.count}`);
  const json = serializeEvent(entry);
  if (proof.kind === "signature") {
    assert.ok(verifyEvent(verifier, concat(proof.signature, json)).ok, `signature ${entry.count}`);
    return;
  }
  const entries = readBlock(proof.block, verifier);
  assert.ok(entries.ok, `block ${proof.firstCount}`);
  assert.equal(entries.value.length, BLOCK_ENTRIES);
  const proven = entries.value[entry.count - proof.firstCount]!;
  assert.deepEqual(proven.payload, json);
}
