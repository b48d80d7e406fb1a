import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Ciphers } from "../../../shared/secrecy/ciphers.ts";
import { GroupEpoch } from "../../../shared/secrecy/group_epoch.ts";
import { MASTER_KEY_BYTES } from "../../../shared/secrecy/srtp_keys.ts";

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

/** What one listener is to be told at once. */
export interface KeysToTell<Holder extends KeyHolder> {
  readonly to: Holder;
  /** One or two, the older first. */
  readonly epochs: readonly GroupEpoch[];
}

/** A key, and who hasn't said yet that they have it. */
interface Telling<Holder extends KeyHolder> {
  readonly epoch: GroupEpoch;
  readonly untold: Set<Holder>;
}

/**
 * The keys of the audience: a new one every ten minutes, and when somebody has gone who knows the old
 * one. It is told to all who stay until they say that they have it, and used once they do.
 *
 * Who hasn't got the key in use when the next one comes is told both at once: nobody ever has a key
 * without the one that is used before it. A key that is replaced before it was used is forgotten.
 */
export class EpochKeys<Holder extends KeyHolder = KeyHolder> {
  readonly #ciphers: Ciphers;
  readonly #rng: Rng;
  #current: Telling<Holder>;
  #next: Telling<Holder> | undefined;
  #renewAt: Millis;
  #switchAt: Millis = Infinity;
  /** Whom to tell in this round, if they are still to be told. */
  #queue: Holder[] = [];
  #tellAt: Millis = Infinity;
  #toldAt: Millis = -Infinity;

  constructor(ciphers: Ciphers, rng: Rng, now: Millis) {
    this.#ciphers = ciphers;
    this.#rng = rng;
    this.#current = this.#make(1, []);
    this.#renewAt = now + EPOCH_MILLIS;
  }

  /** What is sealed with now. */
  get current(): GroupEpoch {
    return this.#current.epoch;
  }

  /** The current one and, while it is being told, the next. */
  get all(): readonly GroupEpoch[] {
    return this.#tellings.map(({ epoch }) => epoch);
  }

  get deadline(): Millis {
    return Math.min(this.#renewAt, this.#switchAt, this.#tellAt);
  }

  /** Somebody was put out: what is sealed from the next key on is not for him. */
  onPutOut(now: Millis): void {
    this.#renewAt = now;
  }

  /** A listener has left, and may have kept the key. */
  onDeparture(listenersLeft: number, now: Millis): void {
    const delay = Math.max(SHORTEST_PUTTING_OFF_MILLIS, listenersLeft * MILLIS_PER_LISTENER);
    this.#renewAt = Math.min(this.#renewAt, now + delay);
  }

  /** Each key is to be acknowledged for itself: to have one says nothing of the other. */
  onAcknowledged(holder: Holder, epoch: number): void {
    this.#tellings.find((telling) => telling.epoch.epoch === epoch)?.untold.delete(holder);
  }

  /** @returns whom to tell which keys now; call when {@linkcode deadline} is reached. */
  poll(holders: readonly Holder[], now: Millis): KeysToTell<Holder>[] {
    if (now >= this.#renewAt) this.#renew(holders, now);
    this.#forgetWhoLeft();
    this.#switchWhenTold(now);
    return this.#tell(now);
  }

  #renew(holders: readonly Holder[], now: Millis): void {
    const { epoch } = (this.#next ?? this.#current).epoch;
    this.#next = this.#make(epoch + 1, holders);
    this.#renewAt = now + EPOCH_MILLIS;
    const switchAt = now + SWITCH_AFTER_MILLIS + holders.length / TOLD_AT_ONCE * TELLING_MILLIS;
    // Who leaves again and again while somebody keeps silent must not put the change off for ever.
    this.#switchAt = Math.min(this.#switchAt, switchAt);
    // Those whose turn was next keep it, or the last of a crowd would never be told.
    this.#queue = [...new Set([...this.#queue, ...holders])];
    this.#tellAt = Math.max(now, this.#toldAt + TELLING_MILLIS);
  }

  #forgetWhoLeft(): void {
    for (const { untold } of this.#tellings) {
      for (const holder of untold) if (holder.hasLeft) untold.delete(holder);
    }
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

  /** Of the key in use and, while there is one, of the next. */
  get #tellings(): Telling<Holder>[] {
    return this.#next ? [this.#current, this.#next] : [this.#current];
  }

  #make(number: number, holders: readonly Holder[]): Telling<Holder> {
    const epoch = new GroupEpoch(this.#ciphers, number, this.#rng.bytes(MASTER_KEY_BYTES));
    return { epoch, untold: new Set(holders) };
  }
}
