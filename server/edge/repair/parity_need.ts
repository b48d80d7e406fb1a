import type { Millis } from "../../../shared/core/units.ts";
import type { Protection } from "../../../shared/rtp/fec.ts";

/** What a listener reported of some packets that were to be played one after the other. */
export interface PlayedReport {
  readonly packets: number;
  /** Could not be played. */
  readonly lost: number;
  /** Lost on the network, and played because they were repaired. */
  readonly repaired: number;
}

/** The way to a listener, and the stream that goes it. */
export interface Path {
  readonly roundTripMillis: Millis;
  readonly jitterMillis: Millis;
  /** How long the listener holds sound back. */
  readonly latencyMillis: Millis;
  /** From one packet of the stream to the next. */
  readonly packetMillis: Millis;
}

/** A missing packet is asked for this much after its time, at the earliest (reordering is waited out). */
const ASKING_MILLIS: Millis = 20;
/** Parity arrives later than it was sent by this and some jitter. */
const LEAST_MARGIN_MILLIS: Millis = 10;
const JITTERS_IN_MARGIN = 3;
/** What may stay lost. */
const RESIDUAL_BOUND = 0.005;
/** Reports are judged together when they cover this much: a single one may be of a few packets. */
const WINDOW_MILLIS: Millis = 4000;
/** Of a short window the bound may be less than a packet: fewer than this begin no protection. */
const FEWEST_LOST = 3;
/** Windows in a row that must be bad: an outage, which no parity repairs, fills one or two. */
const BAD_WINDOWS = 2;
const FIRST_HOLD_MILLIS: Millis = 30_000;
const LONGEST_HOLD_MILLIS: Millis = 600_000;
/** A burst longer than this is an outage. */
const MAX_COLUMNS = 16;
/** Packets per parity packet, from cheap to strong; the strongest protects rows as well. */
const LEVELS = [
  { rows: 10, hasRowParity: false },
  { rows: 5, hasRowParity: false },
  { rows: 3, hasRowParity: false },
  { rows: 2, hasRowParity: false },
  { rows: 2, hasRowParity: true },
] as const;
const OFF = -1;

/**
 * Whether one listener needs parity, and which. It is off unless repair by retransmission fails: the
 * round trip is too long to ask again and something was lost, or too much stays lost for two windows.
 *
 * A block spans as many packets as fit the latency. How many of them share a parity packet is first
 * chosen by the loss, as if losses were single; when they come in bursts too much stays lost, and
 * fewer share one, which makes the rows, and with them the bursts that are repaired, longer.
 *
 * When it has been quiet for a while a weaker protection is tried, at last none; a try that fails
 * doubles the while.
 */
export class ParityNeed {
  #level = OFF;
  #protection: Protection | undefined;
  #window = { since: 0, packets: 0, lost: 0, repaired: 0 };
  #badWindows = 0;
  #quietSince: Millis = -Infinity;
  #hold: Millis = FIRST_HOLD_MILLIS;
  #loweredAt: Millis = -Infinity;

  /** Undefined while none is needed, or none fits the latency. */
  get protection(): Protection | undefined {
    return this.#protection;
  }

  onReport(report: PlayedReport, path: Path, now: Millis): void {
    if (report.packets === 0) return;
    this.#add(report, path, now);
    const isLosing = report.lost + report.repaired > 0;
    const isFar = path.roundTripMillis + ASKING_MILLIS > path.latencyMillis;
    if (this.#level === OFF && isFar && isLosing) return this.#start(path, now);
    const isWindowOver = now - this.#window.since >= WINDOW_MILLIS;
    if (isWindowOver) this.#judge(isFar, path, now);
    if (!this.#fits(path)) this.#choose(this.#level, path);
  }

  #judge(isFar: boolean, path: Path, now: Millis): void {
    const { packets, lost, repaired } = this.#window;
    const isEnough = lost >= FEWEST_LOST || this.#level !== OFF;
    const isBad = isEnough && lost / packets > RESIDUAL_BOUND;
    this.#badWindows = isBad ? this.#badWindows + 1 : 0;
    // Far away, the weakest protection is only given up when there is nothing to protect from.
    const isNeeded = isFar && lost + repaired > 0 && this.#next(this.#level, -1, path) === OFF;
    if (isBad || isNeeded) this.#quietSince = now;
    const isQuiet = this.#level !== OFF && now - this.#quietSince >= this.#hold;
    if (this.#badWindows >= BAD_WINDOWS) this.#strengthen(path, now);
    else if (isQuiet) this.#weaken(path, now);
    else this.#beginWindow();
  }

  #start(path: Path, now: Millis): void {
    const { packets, lost, repaired } = this.#window;
    this.#enter(this.#levelFor((lost + repaired) / packets, path), path, now);
  }

  #strengthen(path: Path, now: Millis): void {
    this.#noteFailedTry(now);
    const { packets, lost, repaired } = this.#window;
    const share = packets > 0 ? (lost + repaired) / packets : 0;
    const level = this.#level === OFF
      ? this.#levelFor(share, path)
      : this.#next(this.#level, 1, path);
    if (level !== OFF) this.#enter(level, path, now);
    else this.#beginWindow();
  }

  /** Once for each try: what gets worse after it is not its failure. */
  #noteFailedTry(now: Millis): void {
    if (now - this.#loweredAt > this.#hold) return;
    this.#hold = Math.min(this.#hold * 2, LONGEST_HOLD_MILLIS);
    this.#loweredAt = -Infinity;
  }

  #weaken(path: Path, now: Millis): void {
    this.#loweredAt = now;
    this.#enter(this.#next(this.#level, -1, path), path, now);
  }

  #enter(level: number, path: Path, now: Millis): void {
    this.#choose(level, path);
    this.#badWindows = 0;
    this.#quietSince = now;
    this.#beginWindow();
  }

  /** The cheapest level that leaves no more than the bound if losses are single, else the last without rows. */
  #levelFor(lossShare: number, path: Path): number {
    let level = OFF;
    for (let next = this.#next(OFF, 1, path); next !== OFF; next = this.#next(next, 1, path)) {
      if (LEVELS[next]!.hasRowParity) break;
      level = next;
      const left = lossShare * (1 - (1 - lossShare) ** LEVELS[level]!.rows);
      if (left <= RESIDUAL_BOUND) break;
    }
    return level;
  }

  /** The next level in that direction which fits the latency; OFF when there is none. */
  #next(level: number, step: 1 | -1, path: Path): number {
    for (let next = level + step; next >= 0 && next < LEVELS.length; next += step) {
      if (protect(next, path)) return next;
    }
    return OFF;
  }

  #choose(level: number, path: Path): void {
    this.#protection = level === OFF ? undefined : protect(level, path);
    this.#level = this.#protection ? level : OFF;
  }

  #fits(path: Path): boolean {
    const { columns = 0, rows = 0 } = this.#protection ?? {};
    return columns * rows <= spanOf(path);
  }

  #add({ packets, lost, repaired }: PlayedReport, { packetMillis }: Path, now: Millis): void {
    if (this.#window.packets === 0) this.#window.since = now - packets * packetMillis;
    this.#window.packets += packets;
    this.#window.lost += lost;
    this.#window.repaired += repaired;
  }

  #beginWindow(): void {
    this.#window = { since: 0, packets: 0, lost: 0, repaired: 0 };
  }
}

/** Packets that may pass from the first of a block to the parity that brings it back. */
function spanOf({ latencyMillis, jitterMillis, packetMillis }: Path): number {
  const margin = LEAST_MARGIN_MILLIS + JITTERS_IN_MARGIN * jitterMillis;
  return packetMillis > 0 ? Math.floor((latencyMillis - margin) / packetMillis) : 0;
}

function protect(level: number, path: Path): Protection | undefined {
  const { rows, hasRowParity } = LEVELS[level]!;
  const columns = Math.min(Math.floor(spanOf(path) / rows), MAX_COLUMNS);
  return columns >= (hasRowParity ? 2 : 1) ? { columns, rows, hasRowParity } : undefined;
}
