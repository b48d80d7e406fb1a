import type { Rng } from "../shared/core/rng.ts";
import type { Millis } from "../shared/core/units.ts";
import type { Ciphers } from "../shared/secrecy/ciphers.ts";
import { GroupEpoch } from "../shared/secrecy/group_epoch.ts";
import { MASTER_KEY_BYTES } from "../shared/secrecy/srtp_keys.ts";

const EPOCH_MILLIS: Millis = 10 * 60_000;
/** Who hasn't got the next key by then waits for it, and not the others for him. */
const SWITCH_AFTER_MILLIS: Millis = 1000;
const TELL_AGAIN_MILLIS: Millis = 250;
/** A crowd is told bit by bit, so that its keys don't crowd out the sound. */
const TOLD_AT_ONCE = 100;
const TELLING_MILLIS: Millis = 10;
/**
 * Each that leaves by himself costs a key for everybody who stays: that is put off so that no more than
 * a hundred keys a second go out for it.
 */
const MILLIS_PER_LISTENER: Millis = 10;
const SHORTEST_PUTTING_OFF_MILLIS: Millis = 1000;

/** Who is told keys. */
export interface KeyHolder {
  readonly hasLeft: boolean;
}

/** One key for one listener. */
export interface KeyToTell<Holder extends KeyHolder> {
  readonly to: Holder;
  readonly epoch: GroupEpoch;
}

/**
 * The keys of the audience: a new one every ten minutes, and when somebody has gone who knows the old
 * one. It is told to all who stay until they say that they have it, and used once they do.
 */
export class EpochKeys<Holder extends KeyHolder = KeyHolder> {
  readonly #ciphers: Ciphers;
  readonly #rng: Rng;
  #current: GroupEpoch;
  #next: GroupEpoch | undefined;
  #renewAt: Millis;
  #switchAt: Millis = Infinity;
  /** Who hasn't said yet that they have the newest key. */
  #untold = new Set<Holder>();
  #queue: Holder[] = [];
  #tellAt: Millis = Infinity;

  constructor(ciphers: Ciphers, rng: Rng, now: Millis) {
    this.#ciphers = ciphers;
    this.#rng = rng;
    this.#current = this.#make(1);
    this.#renewAt = now + EPOCH_MILLIS;
  }

  /** What is sealed with now. */
  get current(): GroupEpoch {
    return this.#current;
  }

  /** The current one and, while it is being told, the next. */
  get all(): readonly GroupEpoch[] {
    return this.#next ? [this.#current, this.#next] : [this.#current];
  }

  get deadline(): Millis {
    return Math.min(this.#renewAt, this.#switchAt, this.#tellAt);
  }

  /** Somebody was put out: what is sealed from the next key on is not for him. */
  onPutOut(now: Millis): void {
    this.#renewAt = now;
  }

  /** Somebody has left by himself, and may have kept the key. */
  onDeparture(listenersLeft: number, now: Millis): void {
    const delay = Math.max(SHORTEST_PUTTING_OFF_MILLIS, listenersLeft * MILLIS_PER_LISTENER);
    this.#renewAt = Math.min(this.#renewAt, now + delay);
  }

  onAcknowledged(holder: Holder, epoch: number): void {
    if (epoch === this.#newest.epoch) this.#untold.delete(holder);
  }

  /** @returns whom to tell the newest key now; call when {@linkcode deadline} is reached. */
  poll(holders: readonly Holder[], now: Millis): KeyToTell<Holder>[] {
    if (now >= this.#renewAt) this.#renew(holders, now);
    this.#switchWhenTold(now);
    return this.#tell(now);
  }

  #renew(holders: readonly Holder[], now: Millis): void {
    this.#next = this.#make(this.#newest.epoch + 1);
    this.#renewAt = now + EPOCH_MILLIS;
    const switchAt = now + SWITCH_AFTER_MILLIS + holders.length / TOLD_AT_ONCE * TELLING_MILLIS;
    // Who leaves again and again while somebody keeps silent must not put the change off for ever.
    this.#switchAt = Math.min(this.#switchAt, switchAt);
    this.#untold = new Set(holders);
    this.#queue = [...holders];
    this.#tellAt = now;
  }

  #switchWhenTold(now: Millis): void {
    for (const holder of this.#untold) if (holder.hasLeft) this.#untold.delete(holder);
    if (!this.#next || (this.#untold.size > 0 && now < this.#switchAt)) return;
    this.#current = this.#next;
    this.#next = undefined;
    this.#switchAt = Infinity;
  }

  #tell(now: Millis): KeyToTell<Holder>[] {
    if (this.#untold.size === 0) this.#tellAt = Infinity;
    if (now < this.#tellAt) return [];
    if (this.#queue.length === 0) this.#queue = [...this.#untold];
    const told = this.#queue.splice(0, TOLD_AT_ONCE).filter((holder) => this.#untold.has(holder));
    this.#tellAt = now + (this.#queue.length > 0 ? TELLING_MILLIS : TELL_AGAIN_MILLIS);
    return told.map((to) => ({ to, epoch: this.#newest }));
  }

  get #newest(): GroupEpoch {
    return this.#next ?? this.#current;
  }

  #make(epoch: number): GroupEpoch {
    return new GroupEpoch(this.#ciphers, epoch, this.#rng.bytes(MASTER_KEY_BYTES));
  }
}
