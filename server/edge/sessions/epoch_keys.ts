import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Ciphers } from "../../../shared/secrecy/ciphers.ts";
import { GroupEpoch } from "../../../shared/secrecy/group_epoch.ts";
import { MASTER_KEY_BYTES } from "../../../shared/secrecy/srtp_keys.ts";

const EPOCH_MILLIS: Millis = 10 * 60_000;
/** The host switches to the next key after this time; a listener that lacks it waits for it alone. */
const SWITCH_AFTER_MILLIS: Millis = 1000;
const TELL_AGAIN_MILLIS: Millis = 250;
/** Keys are sent to a crowd in batches of this size, at this interval, so that they leave room for the sound. */
const TOLD_AT_ONCE = 100;
const TELLING_MILLIS: Millis = 10;
/**
 * When a listener leaves by itself, all others need a new key. The change is delayed by this time per
 * listener, so that at most a hundred keys per second are sent for it.
 */
const MILLIS_PER_LISTENER: Millis = 10;
const SHORTEST_PUTTING_OFF_MILLIS: Millis = 1000;

/** A receiver of keys. */
export interface KeyHolder {
  readonly hasLeft: boolean;
}

/** The keys that one listener is to be sent in one datagram. */
export interface KeysToTell<Holder extends KeyHolder> {
  readonly to: Holder;
  /** One or two, the older first. */
  readonly epochs: readonly GroupEpoch[];
}

/** A key, and the listeners that have not acknowledged it. */
interface Telling<Holder extends KeyHolder> {
  readonly epoch: GroupEpoch;
  readonly untold: Set<Holder>;
}

/**
 * The keys that all listeners share, one per epoch. A new key is made every ten minutes, and when a listener
 * has left that knows the old one. It is sent to each listener until the listener acknowledges it, and is used
 * once all have, or after {@linkcode SWITCH_AFTER_MILLIS}.
 *
 * A listener that lacks the current key as well is sent both at once, so that nobody has a key without the one
 * used before it. A key that is replaced before it was used is dropped.
 */
export class EpochKeys<Holder extends KeyHolder = KeyHolder> {
  readonly #ciphers: Ciphers;
  readonly #rng: Rng;
  #current: Telling<Holder>;
  #next: Telling<Holder> | undefined;
  #renewAt: Millis;
  #switchAt: Millis = Infinity;
  /** The listeners of this round that have not been sent the keys; some may have acknowledged since. */
  #queue: Holder[] = [];
  #tellAt: Millis = Infinity;
  #toldAt: Millis = -Infinity;

  constructor(ciphers: Ciphers, rng: Rng, now: Millis) {
    this.#ciphers = ciphers;
    this.#rng = rng;
    this.#current = this.#make(1, []);
    this.#renewAt = now + EPOCH_MILLIS;
  }

  /** The epoch whose key is in use. */
  get current(): GroupEpoch {
    return this.#current.epoch;
  }

  /** The current epoch and, while its key is being sent, the next one. */
  get all(): readonly GroupEpoch[] {
    return this.#tellings.map(({ epoch }) => epoch);
  }

  get deadline(): Millis {
    return Math.min(this.#renewAt, this.#switchAt, this.#tellAt);
  }

  /** A listener was put out, and must not be able to open what is sent from now on. */
  onPutOut(now: Millis): void {
    this.#renewAt = now;
  }

  /** A listener has left, and may have kept the key. */
  onDeparture(listenersLeft: number, now: Millis): void {
    const delay = Math.max(SHORTEST_PUTTING_OFF_MILLIS, listenersLeft * MILLIS_PER_LISTENER);
    this.#renewAt = Math.min(this.#renewAt, now + delay);
  }

  /** A listener acknowledges a key. Each one is acknowledged separately: having one does not imply the other. */
  onAcknowledged(holder: Holder, epoch: number): void {
    this.#tellings.find((telling) => telling.epoch.epoch === epoch)?.untold.delete(holder);
  }

  /** The listener has left: it is sent no key any more. */
  forget(holder: Holder): void {
    for (const { untold } of this.#tellings) untold.delete(holder);
  }

  /**
   * @param holders all listeners, who are asked for only when there is a new key.
   * @returns which listeners are to be sent which keys now; call when {@linkcode deadline} is reached.
   */
  poll(holders: () => readonly Holder[], now: Millis): KeysToTell<Holder>[] {
    if (now >= this.#renewAt) this.#renew(holders(), now);
    this.#switchWhenTold(now);
    return this.#tell(now);
  }

  #renew(holders: readonly Holder[], now: Millis): void {
    const { epoch } = (this.#next ?? this.#current).epoch;
    this.#next = this.#make(epoch + 1, holders);
    this.#renewAt = now + EPOCH_MILLIS;
    const switchAt = now + SWITCH_AFTER_MILLIS + holders.length / TOLD_AT_ONCE * TELLING_MILLIS;
    // Never later than planned: repeated departures must not delay the switch for ever.
    this.#switchAt = Math.min(this.#switchAt, switchAt);
    // The listeners whose turn is next keep it; otherwise the last ones might never get the key.
    this.#queue = [...new Set([...this.#queue, ...holders])];
    this.#tellAt = Math.max(now, this.#toldAt + TELLING_MILLIS);
  }

  #switchWhenTold(now: Millis): void {
    if (!this.#next || (this.#next.untold.size > 0 && now < this.#switchAt)) return;
    this.#current = this.#next;
    this.#next = undefined;
    this.#switchAt = Infinity;
  }

  #tell(now: Millis): KeysToTell<Holder>[] {
    if (this.#tellings.every(({ untold }) => untold.size === 0)) this.#rest();
    if (now < this.#tellAt) return [];
    if (this.#queue.length === 0) {
      this.#queue = [...new Set(this.#tellings.flatMap(({ untold }) => [...untold]))];
    }
    const told = this.#queue.splice(0, TOLD_AT_ONCE).map((to) => this.#keysFor(to));
    this.#toldAt = now;
    this.#tellAt = now + (this.#queue.length > 0 ? TELLING_MILLIS : TELL_AGAIN_MILLIS);
    return told.filter(({ epochs }) => epochs.length > 0);
  }

  #rest(): void {
    this.#tellAt = Infinity;
    this.#queue = [];
  }

  #keysFor(to: Holder): KeysToTell<Holder> {
    const tellings = this.#tellings.filter(({ untold }) => untold.has(to));
    return { to, epochs: tellings.map(({ epoch }) => epoch) };
  }

  /** The current key and, if there is one, the next. */
  get #tellings(): Telling<Holder>[] {
    return this.#next ? [this.#current, this.#next] : [this.#current];
  }

  #make(number: number, holders: readonly Holder[]): Telling<Holder> {
    const epoch = new GroupEpoch(this.#ciphers, number, this.#rng.bytes(MASTER_KEY_BYTES));
    return { epoch, untold: new Set(holders) };
  }
}
