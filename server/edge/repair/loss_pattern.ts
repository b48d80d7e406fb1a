/** So many losses are looked back on, more or less. */
const REMEMBERED_LOSSES = 32;
/** What a path is taken for before it was known. */
const FIRST_GUESS = 0.3;
/**
 * Where each packet is lost by itself, this share of losses follows another loss only when the network
 * loses so many packets that no repair is of use.
 */
const BURSTY_FROM = 0.38;

/** Whether a listener loses packets one by one, or in bursts that take their repair as well. */
export class LossPattern {
  #shareInRow = FIRST_GUESS;

  /** @param isInRow whether the packet before it was lost too. */
  onLoss(isInRow: boolean): void {
    this.#shareInRow += (Number(isInRow) - this.#shareInRow) / REMEMBERED_LOSSES;
  }

  get isBursty(): boolean {
    return this.#shareInRow > BURSTY_FROM;
  }
}
