import assert from "node:assert/strict";
import type { CheckedMessage } from "../../../../../server/origin/data/message_check.ts";
import {
  type DataSource,
  type DataSourceOptions,
  openDataSource,
} from "../../../../../server/origin/data/io/data_source.ts";
import type { DataSetup } from "../../../../../shared/data/data_setup.ts";
import { systemClock } from "../../../../../shared/system/system_clock.ts";

/** A source of `--data`, read in the background. */
export class RunningSource {
  readonly messages: CheckedMessage[] = [];
  readonly notices: string[] = [];
  readonly setups: DataSetup[] = [];
  readonly source: DataSource;
  readonly #stop: AbortController;
  readonly #reading: Promise<void>;

  private constructor(source: DataSource, stop: AbortController) {
    this.source = source;
    this.#stop = stop;
    source.onNotice = (text) => this.notices.push(text);
    source.onSetup = (setup) => this.setups.push(setup);
    this.#reading = this.#read();
  }

  static async open(
    location: string,
    options: Partial<DataSourceOptions> = {},
  ): Promise<RunningSource> {
    const stop = new AbortController();
    const source = await openDataSource(location, {
      clock: systemClock,
      signal: stop.signal,
      ...options,
    });
    return new RunningSource(source, stop);
  }

  get values(): unknown[] {
    return this.messages.map(({ values }) => values);
  }

  /** Waits until the source has ended. */
  async end(): Promise<void> {
    await this.#reading;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  /** Waits until `isDone`. The limit is generous, so that only a broken program reaches it. */
  async until(isDone: () => boolean, what: string): Promise<void> {
    for (let turn = 0; turn < 3000; turn++) {
      if (isDone()) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail(`${what} did not happen; notices: ${this.notices.join(" | ")}`);
  }

  async #read(): Promise<void> {
    for await (const message of this.source.messages()) this.messages.push(message);
  }
}

/** Everything of a location that ends. */
export async function readAll(
  location: string,
  options: Partial<DataSourceOptions> = {},
): Promise<RunningSource> {
  const running = await RunningSource.open(location, options);
  await running.end();
  return running;
}

export async function inTempFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
