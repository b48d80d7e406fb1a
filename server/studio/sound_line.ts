import type { Millis } from "../../shared/core/units.ts";
import { HELD_UP_MILLIS, LATE_MILLIS, RECOVERED_MILLIS } from "./live_sound_times.ts";

/** What is done so that a packet gets its place. */
export interface Placing {
  /** When it begins, by the host's clock; undefined when it is left out. */
  readonly at: Millis | undefined;
  /** How many packets of silence come before it, each as long as it is. */
  readonly inserted: number;
  /** Whether it is left out because it came far too late. */
  readonly isLate: boolean;
}

/** The sound may be this far from its time; nobody hears that it is. */
const TOLERANCE_MILLIS: Millis = 40;
/** A difference counts when this many packets in a row have it: a single one may only have been delayed. */
const WITNESSES = 25;
/** Sound that is missing is noticed sooner: as long as it is not, what follows leaves before its time, and late. */
const HOLE_MILLIS: Millis = 50;
const HOLE_WITNESSES = 5;

/**
 * Puts packets of sound one after another on the host's clock. A sound card counts samples by a clock of its
 * own, which is off by up to 100 ppm, 360 ms in an hour: without correction the sound would run out or pile up.
 * So silence is inserted, or a packet left out, when the sound is off by more than {@linkcode TOLERANCE_MILLIS}.
 * What comes too late is left out (live_sound_times.ts).
 */
export class SoundLine {
  /** Where the next packet begins; undefined before the first and after a hold-up. */
  #end: Millis | undefined;
  /** When a packet came too late last; undefined when sound comes in time again. */
  #heldUpAt: Millis | undefined;
  /** How much later than its place each of the last packets was captured. */
  #offs: Millis[] = [];

  /** @param at when the packet was captured, by the host's clock. @param length of the packet. */
  place(at: Millis, length: Millis, now: Millis): Placing {
    if (this.#mustWait(now - at, now)) return { at: undefined, inserted: 0, isLate: true };
    if (this.#end === undefined || at - this.#end > LATE_MILLIS) this.#begin(at);
    this.#note(at - this.#end!);
    const [least, most] = [Math.min(...this.#offs), Math.max(...this.#offs)];
    const isSure = this.#offs.length === WITNESSES;
    if (isSure && most < -TOLERANCE_MILLIS) {
      this.#shift(length);
      return { at: undefined, inserted: 0, isLate: false };
    }
    const missing = Math.max(isSure ? least : 0, this.#hole);
    const inserted = missing > TOLERANCE_MILLIS ? Math.floor(missing / length) - 1 : 0;
    return { at: this.#advance(Math.max(inserted, 0), length), inserted, isLate: false };
  }

  /** What comes next has nothing to do with what was before. */
  restart(): void {
    this.#end = undefined;
    this.#heldUpAt = undefined;
  }

  /** How much sound is missing; 0 when it is little, or not sure. */
  get #hole(): Millis {
    if (this.#offs.length < HOLE_WITNESSES) return 0;
    const least = Math.min(...this.#offs.slice(-HOLE_WITNESSES));
    return least > HOLE_MILLIS ? least : 0;
  }

  #mustWait(late: Millis, now: Millis): boolean {
    if (late > LATE_MILLIS) this.#heldUpAt = now;
    if (this.#heldUpAt === undefined) return false;
    if (late > RECOVERED_MILLIS && now - this.#heldUpAt < HELD_UP_MILLIS) return true;
    this.restart();
    return false;
  }

  #begin(at: Millis): void {
    this.#end = at;
    this.#offs = [];
  }

  #note(off: Millis): void {
    this.#offs.push(off);
    if (this.#offs.length > WITNESSES) this.#offs.shift();
  }

  /** @param by how much the place of what follows moves back, against when it was captured. */
  #shift(by: Millis): void {
    this.#offs = this.#offs.map((off) => off + by);
  }

  /** @returns where the packet begins, behind what was inserted. */
  #advance(inserted: number, length: Millis): Millis {
    const at = this.#end! + inserted * length;
    this.#end = at + length;
    this.#shift(-inserted * length);
    return at;
  }
}
