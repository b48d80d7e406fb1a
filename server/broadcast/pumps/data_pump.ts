import type { Millis } from "../../../shared/core/units.ts";
import type { Clock } from "../../../shared/driver/clock.ts";
import { FilePace } from "../../origin/data/file_pace.ts";
import type { CheckedMessage } from "../../origin/data/message_check.ts";
import type { DataSource } from "../../origin/data/io/data_source.ts";

export interface DataSink {
  /** Whether a message that is pushed now supersedes none. */
  readonly hasRoom: boolean;
  /** Whether it accepts no more. */
  readonly isClosed: boolean;
  push(message: CheckedMessage): void;
}

/** Live data, and how fast it is read. */
export interface DataInput extends DataPace {
  readonly source: DataSource;
}

export interface DataPace {
  /**
   * Whether the messages of a file are as far apart as their times, `speed` times as fast. If not, and for messages
   * without a time, the next one leaves as soon as the sink has room.
   */
  readonly isSpacedByTime: boolean;
  readonly speed?: number;
}

export interface DataPumpOptions extends DataPace {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Resolves when the broadcast starts. What would be superseded until then waits for it. */
  readonly started: Promise<unknown>;
}

/** How often to look whether the sink has room again. */
const ROOM_WAIT_MILLIS: Millis = 5;
/** What has a pace of its own waits so long for room; then newer messages supersede older ones. */
const PATIENCE_MILLIS: Millis = 250;

/**
 * Reads live data into the sink until the source ends. A file without times loses nothing: it is read only as fast
 * as its messages leave. The newest message of a network counts, so it is pushed at once.
 */
export async function pumpData(
  source: DataSource,
  sink: DataSink,
  { clock, signal, started, isSpacedByTime, speed }: DataPumpOptions,
): Promise<void> {
  const pace = new FilePace(speed);
  for await (const message of source.messages()) {
    if (source.kind !== "network") await started;
    const isTimed = source.kind === "file" && isSpacedByTime && message.time !== undefined;
    if (isTimed) await clock.sleepUntil(pace.dueAt(message.time, clock.now()), signal);
    const until = clock.now() + patienceOf(source, isTimed);
    while (!sink.hasRoom && !sink.isClosed && clock.now() < until && !signal.aborted) {
      await clock.sleepUntil(clock.now() + ROOM_WAIT_MILLIS, signal);
    }
    if (signal.aborted || sink.isClosed) return;
    sink.push(message);
  }
}

function patienceOf({ kind }: DataSource, isTimed: boolean): Millis {
  if (kind === "network") return 0;
  return kind === "pipe" || isTimed ? PATIENCE_MILLIS : Infinity;
}
