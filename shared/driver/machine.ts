import type { Clock, WallClock } from "./clock.ts";
import type { Ciphers } from "../secrecy/ciphers.ts";
import type { Rng } from "../core/rng.ts";
import type { Address, DatagramSocket } from "./socket.ts";

/** The real things a command needs, handed in by `main.ts` so that tests can hand in others. */
export interface Machine {
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** Fit for secrets. */
  readonly rng: Rng;
  readonly ciphers: Ciphers;
  /**
   * Binds a UDP socket; port 0 lets the system choose.
   *
   * @throws CommandError when the address can't be had, naming it and what to do.
   */
  openSocket(local: Address): DatagramSocket;
}

/**
 * Where a command prints. To print never waits and never throws: whoever does not read, or a disk that is
 * full, must not hold up what is sent or heard. What then finds no room is left out and counted.
 */
export interface Terminal {
  /**
   * Writes to standard output as is.
   *
   * @param worth "status" when the next one makes up for one that is left out: those go first.
   */
  out(text: string, worth?: "news" | "status"): void;
  /** Writes to standard error as is. */
  err(text: string): void;
  /** Whether standard output is a terminal, so that a line may be rewritten. */
  readonly isTerminal: boolean;
  /** Whether colour is wanted: a terminal, and no NO_COLOR. */
  readonly color: boolean;
  columns(): number;
}
