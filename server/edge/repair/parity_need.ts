import type { Millis } from "../../../shared/core/units.ts";
import type { Protection } from "../../../shared/rtp/fec.ts";

/** What a listener reported about consecutive packets whose playout time is over. */
export interface PlayedReport {
  readonly packets: number;
  /** Packets that could not be played. */
  readonly lost: number;
  /** Packets that the network lost, and that were played because they were repaired. */
  readonly repaired: number;
}

/** The network path to a listener, its latency, and the pace of the stream. */
export interface Path {
  readonly roundTripMillis: Millis;
  readonly jitterMillis: Millis;
  /** The playout latency of the listener. */
  readonly latencyMillis: Millis;
  /** From one packet of the stream to the next. */
  readonly packetMillis: Millis;
}

/** A listener requests a missing packet this long after its time at the earliest, to allow for reordering. */
const ASKING_MILLIS: Millis = 20;
/** The time that parity needs to arrive, besides some jitter. */
const LEAST_MARGIN_MILLIS: Millis = 10;
const JITTERS_IN_MARGIN = 3;
/** The share of packets that may stay lost. */
const RESIDUAL_BOUND = 0.005;
/** Reports are judged together once they cover this much, since a single one may cover only a few packets. */
const WINDOW_MILLIS: Millis = 4000;
/** Fewer lost packets than this begin no protection: in a short window the bound may be below one packet. */
const FEWEST_LOST = 3;
/** Protection begins after this many bad windows in a row; an outage, which no parity repairs, is shorter. */
const BAD_WINDOWS = 2;
const FIRST_HOLD_MILLIS: Millis = 30_000;
const LONGEST_HOLD_MILLIS: Millis = 600_000;
/** A burst longer than this is an outage. */
const MAX_COLUMNS = 16;
/** From cheap to strong: `rows` packets share one parity packet; the strongest level protects rows as well. */
const LEVELS = [
  { rows: 10, hasRowParity: false },
  { rows: 5, hasRowParity: false },
  { rows: 3, hasRowParity: false },
  { rows: 2, hasRowParity: false },
  { rows: 2, hasRowParity: true },
] as const;
const OFF = -1;

/**
 * Decides whether one listener needs parity, and which protection. It is off unless retransmission fails:
 * when the round trip is too long for a retransmission and a packet was lost, or when too many packets stay
 * lost for two windows.
 *
 * A block spans as many packets as fit into the latency. The first level is chosen by the share of losses, as
 * if each packet were lost independently. If they come in bursts, too many stay lost; then fewer packets share
 * a parity packet, which makes the rows longer, and with them the bursts that can be repaired.
 *
 * After a hold time without trouble a weaker protection is tried, finally none. If that fails, the hold time
 * is doubled.
 */
export class ParityNeed {
  #level = OFF;
  #protection: Protection | undefined;
  #window = { since: 0, packets: 0, lost: 0, repaired: 0 };
  #badWindows = 0;
  #quietSince: Millis = -Infinity;
  #hold: Millis = FIRST_HOLD_MILLIS;
  #loweredAt: Millis = -Infinity;

  /** Undefined while no parity is needed, or none fits into the latency. */
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
    // For a distant listener the weakest protection stays until nothing at all is lost.
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

  /** Doubles the hold time once for each try of a weaker protection. */
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

  /** The cheapest level that meets the bound for independent losses, else the strongest without row parity. */
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

  /** The next level in that direction that fits into the latency; OFF when there is none. */
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

/** The packets from the first one of a block to the parity that restores it, as far as the latency allows. */
function spanOf({ latencyMillis, jitterMillis, packetMillis }: Path): number {
  const margin = LEAST_MARGIN_MILLIS + JITTERS_IN_MARGIN * jitterMillis;
  return packetMillis > 0 ? Math.floor((latencyMillis - margin) / packetMillis) : 0;
}

function protect(level: number, path: Path): Protection | undefined {
  const { rows, hasRowParity } = LEVELS[level]!;
  const columns = Math.min(Math.floor(spanOf(path) / rows), MAX_COLUMNS);
  return columns >= (hasRowParity ? 2 : 1) ? { columns, rows, hasRowParity } : undefined;
}
