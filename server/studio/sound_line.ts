import type { Millis } from "../../shared/core/units.ts";

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
/** An origin sends sound 300 ms after it came (`HEADROOM_MILLIS`): what is later than this can't be sent in time. */
const LATE_MILLIS: Millis = 250;
/** After a hold-up sound is taken again when it comes this soon. */
const RECOVERED_MILLIS: Millis = 60;

/**
 * Puts packets of sound one after another on the host's clock. A sound card counts samples by a clock of its
 * own, which is off by up to 100 ppm, 360 ms in an hour: without correction the sound would run out or pile up.
 * So silence is inserted, or a packet left out, when the sound is off by more than {@linkcode TOLERANCE_MILLIS}.
 * After a hold-up, late packets are left out, and the sound begins again at its right time.
 */
export class SoundLine {
  /** Where the next packet begins; undefined before the first and after a hold-up. */
  #end: Millis | undefined;
  #isHeldUp = false;
  /** How much later than its place each of the last packets was captured. */
  #offs: Millis[] = [];

  /** @param at when the packet was captured, by the host's clock. @param length of the packet. */
  place(at: Millis, length: Millis, now: Millis): Placing {
    if (this.#mustWait(now - at)) return { at: undefined, inserted: 0, isLate: true };
    if (this.#end === undefined || at - this.#end > LATE_MILLIS) this.#begin(at);
    this.#note(at - this.#end!);
    const [least, most] = [Math.min(...this.#offs), Math.max(...this.#offs)];
    const isSure = this.#offs.length === WITNESSES;
    if (isSure && most < -TOLERANCE_MILLIS) {
      this.#shift(length);
      return { at: undefined, inserted: 0, isLate: false };
    }
    const inserted = isSure && least > TOLERANCE_MILLIS ? Math.floor(least / length) - 1 : 0;
    return { at: this.#advance(Math.max(inserted, 0), length), inserted, isLate: false };
  }

  /** What comes next has nothing to do with what was before. */
  restart(): void {
    this.#end = undefined;
    this.#isHeldUp = false;
  }

  #mustWait(late: Millis): boolean {
    if (late > LATE_MILLIS) this.#isHeldUp = true;
    if (!this.#isHeldUp) return false;
    if (late > RECOVERED_MILLIS) return true;
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
