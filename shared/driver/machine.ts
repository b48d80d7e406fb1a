import type { Clock, WallClock } from "./clock.ts";
import type { Ciphers } from "../secrecy/ciphers.ts";
import type { Rng } from "../core/rng.ts";
import type { Address, DatagramSocket, SocketUse } from "./socket.ts";

/** What a command needs of the real world; `main.ts` passes it in, and tests pass in their own. */
export interface Machine {
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** Fit for secrets. */
  readonly rng: Rng;
  readonly ciphers: Ciphers;
  /**
   * Binds a UDP socket; port 0 lets the system choose.
   *
   * @throws CommandError when the address is not available; it names the address and what to do.
   */
  openSocket(local: Address, use?: SocketUse): DatagramSocket;
}

/** The reader of standard output. */
export interface OutputReader {
  /** Whether so much waits for it that more should not be written before {@linkcode catchUp}. */
  readonly isBehind: boolean;
  /** Resolves when it has read most of what waits, or is gone. */
  catchUp(): Promise<void>;
}

/**
 * Where a command prints. Printing never waits and never throws: a slow reader or a full disk must not
 * delay sending or playing. Text that finds no room is left out and counted.
 */
export interface Terminal {
  /**
   * Writes to standard output as is.
   *
   * @param worth "status" for a text that the next one replaces; such texts are left out first.
   */
  out(text: string, worth?: "news" | "status"): void;
  /** How far the reader of standard output is behind; absent when everything is taken at once. */
  readonly reader?: OutputReader;
  /** Writes to standard error as is. */
  err(text: string): void;
  /** Whether standard output is a terminal, where a line can be rewritten. */
  readonly isTerminal: boolean;
  /** Whether to use colour: standard output is a terminal and NO_COLOR is not set. */
  readonly color: boolean;
  /** Whether it shows more than ASCII. */
  readonly isUnicode: boolean;
  /** 0 where it is not known, as in some pseudo terminals; so is {@linkcode rows}. */
  columns(): number;
  rows(): number;
}
