import { SeededRng } from "../../shared/core/rng.ts";
import type { Clock } from "../../shared/driver/clock.ts";
import type { ServeOptions } from "../interface/config.ts";
import { type DataSource, openDataSource } from "../origin/data/io/data_source.ts";
import { readSetupFile } from "../origin/data/io/setup_file.ts";
import { SimulatedSource } from "../origin/data/io/simulated_source.ts";
import type { DataInput } from "./pumps/data_pump.ts";
import type { Notices } from "./notices.ts";

export interface OpenDataOptions {
  readonly options: Pick<
    ServeOptions,
    "data" | "dataSetup" | "simulateData" | "interval" | "speed"
  >;
  /** Of the simulated data. */
  readonly seed: number;
  readonly clock: Clock;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

/**
 * Opens the live data. A server that is not there, or a pipe without a writer, delays nothing: the data begins later.
 *
 * @throws CommandError when a file can't be opened, or the set-up is wrong.
 */
export async function openData(
  given: OpenDataOptions,
  notices: Notices,
): Promise<DataInput | undefined> {
  const source = await openSource(given, notices);
  if (!source) return undefined;
  source.onNotice = (text) => notices.say(text);
  const { interval, speed } = given.options;
  return { source, isSpacedByTime: interval === undefined, ...(speed && { speed }) };
}

async function openSource(
  { options, seed, clock, signal }: OpenDataOptions,
  notices: Notices,
): Promise<DataSource | undefined> {
  const { data, dataSetup, simulateData, interval } = options;
  if (simulateData) {
    const rng = new SeededRng(seed);
    return new SimulatedSource({ rng, clock, signal, ...(interval && { interval }) });
  }
  if (data === undefined) return undefined;
  const setup = dataSetup === undefined ? undefined : await readSetupFile(dataSetup);
  const onWaiting = (text: string) => notices.sayWaiting(text);
  return await openDataSource(data, { clock, signal, onWaiting, ...(setup && { setup }) });
}
