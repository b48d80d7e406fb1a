import { PastFetcher } from "../../../../client/receiving/past/past_fetcher.ts";
import { type Netem, Netem as Path, type NetemOptions } from "../../../../scripts/network/netem.ts";
import { type PastAnswer, PastAnswers } from "../../../../server/edge/past/past_answers.ts";
import { PastStore } from "../../../../server/edge/past/past_store.ts";
import { type Rng, SeededRng } from "../../../../shared/core/rng.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import { BLOCK_ENTRIES, type PastEntry, writeBlock } from "../../../../shared/event/blocks.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../../shared/rtcp/rtcp.ts";
import type { EventSigner } from "../../../../shared/secrecy/signed_event.ts";
import { nodeCiphers } from "../../../../shared/system/node_ciphers.ts";

const START: Millis = 1_763_600_000_000;
const SEED = new SeededRng(8).bytes(32);
const broadcastId = "0123456789abcdef";
const SIGNER: EventSigner = { ciphers: nodeCiphers, seed: SEED, broadcastId };
export const VERIFIER = {
  ciphers: nodeCiphers,
  signingKey: nodeCiphers.signingKeyOf(SEED),
  broadcastId,
};
const LISTENER_SSRC = 0x01020304;
const HOST_SSRC = 0xfeedbeef;
/** More virtual time than any scene takes. */
const LONGEST_MILLIS: Millis = 600_000;

/** An entry whose count alone can be read, as long when deflated as one of a match. */
function entryOf(count: number, rng: Rng): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ count, id: rng.bytes(60).toHex() }));
}

/** A signed block of 64 entries. */
export function blockAt(firstCount: number): Uint8Array {
  const rng = new SeededRng(firstCount);
  const entries = Array.from(
    { length: BLOCK_ENTRIES },
    (_, index) => entryOf(firstCount + index, rng),
  );
  return writeBlock(firstCount, entries, SIGNER);
}

export interface SceneOptions {
  readonly up?: NetemOptions;
  readonly down?: NetemOptions;
  /** Changes a fragment on its way; undefined leaves it as it is. */
  readonly forge?: (answer: PastAnswer) => PastAnswer | undefined;
}

/** A host with past events and a listener that fetches them, in virtual time over two network paths. */
export class PastScene {
  now = START;
  readonly store = new PastStore();
  readonly fetcher: PastFetcher;
  readonly counts: number[] = [];
  readonly junk: string[] = [];
  largestWindow = 0;
  mostOpen = 0;
  isBusy = false;
  answers: PastAnswers<object>;
  readonly #options: SceneOptions;
  readonly #up: Netem;
  readonly #down: Netem;
  readonly #listener = {};

  constructor(options: SceneOptions = {}) {
    this.#options = options;
    this.#up = new Path({ seed: 1, ...options.up });
    this.#down = new Path({ seed: 2, ...options.down });
    this.answers = this.#openAnswers();
    this.fetcher = new PastFetcher({
      verifier: VERIFIER,
      onJunk: (name) => this.junk.push(name),
    });
  }

  get elapsed(): Millis {
    return this.now - START;
  }

  get paths() {
    return { up: this.#up.others, down: this.#down.others };
  }

  /** Gives the host all full blocks up to `count`, but for some. */
  fill(count: number, without: readonly number[] = []): void {
    for (let first = 1; first + BLOCK_ENTRIES - 1 <= count; first += BLOCK_ENTRIES) {
      if (!without.includes(first)) this.store.put(first, blockAt(first));
    }
  }

  /** The host begins anew; what waited there is gone. */
  restartHost(): void {
    this.answers = this.#openAnswers();
  }

  /** While true, nothing gets through. */
  set isCut(isCut: boolean) {
    this.#up.isCut = this.#down.isCut = isCut;
  }

  run(millis: Millis): void {
    this.runUntil(() => false, this.now + millis);
  }

  /** @returns whether it came true in time. */
  runUntil(condition: () => boolean, until = START + LONGEST_MILLIS): boolean {
    while (!condition()) {
      const deadline = Math.min(
        this.#up.deadline ?? Infinity,
        this.#down.deadline ?? Infinity,
        this.answers.deadline,
        this.fetcher.deadline,
      );
      if (deadline > until) {
        this.now = Math.max(this.now, Math.min(until, START + LONGEST_MILLIS));
        return condition();
      }
      this.now = Math.max(this.now, deadline);
      this.#step();
    }
    return true;
  }

  #step(): void {
    for (const datagram of this.#up.poll(this.now)) {
      for (const message of messagesOf(datagram)) {
        if (message.type === "pastRequest") {
          this.answers.onRequest(this.#listener, message, this.now);
        }
      }
    }
    this.answers.advance(this.now);
    for (const datagram of this.#down.poll(this.now)) {
      for (const message of messagesOf(datagram)) {
        if (message.type === "pastFragment") this.fetcher.onFragment(message, this.now);
      }
    }
    this.#takeEntries();
    this.largestWindow = Math.max(this.largestWindow, this.fetcher.windowSize);
    this.mostOpen = Math.max(this.mostOpen, this.fetcher.openCount);
    for (const requests of this.#requests()) this.#up.push(serializeRtcp(requests), this.now);
  }

  *#requests(): Generator<RtcpMessage[]> {
    const poll = () => this.fetcher.poll(LISTENER_SSRC, this.now);
    for (let requests = poll(); requests.length > 0; requests = poll()) yield requests;
  }

  #takeEntries(): void {
    const take = () => this.fetcher.take();
    for (let entries = take(); entries; entries = take()) {
      this.counts.push(...entries.map(({ count }: PastEntry) => count));
    }
  }

  #openAnswers(): PastAnswers<object> {
    return new PastAnswers<object>({
      store: this.store,
      send: (_listener, answer) => this.#send(this.#options.forge?.(answer) ?? answer),
      hasLeft: () => false,
      isBusy: () => this.isBusy,
      now: this.now,
    });
  }

  #send(answer: PastAnswer): void {
    const head = { type: "pastFragment", ssrc: HOST_SSRC, listenerSsrc: LISTENER_SSRC } as const;
    this.#down.push(serializeRtcp([{ ...head, ...answer }]), this.now);
  }
}

function messagesOf(datagram: Uint8Array): readonly RtcpMessage[] {
  const messages = parseRtcp(datagram);
  return messages.ok ? messages.value : [];
}
