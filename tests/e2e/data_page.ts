import type { Page } from "playwright-core";
import { systemMachine } from "../../shared/system/system_machine.ts";
import type { ChannelInfo } from "../../shared/admission/channel_description.ts";
import { CODECS } from "../../shared/media/channel.ts";
import type { DataMessage } from "../../shared/data/data_message.ts";
import type { DataSetup } from "../../shared/data/data_setup.ts";
import { openViewer } from "../../viewer/command/run.ts";
import { FakeSession } from "../viewer/fakes/fake_session.ts";
import { acceptInfo, joined } from "../viewer/fakes/outputs.ts";
import { buildPage } from "./browser.ts";

/** How a host describes its live data. */
export const DATA: ChannelInfo = {
  channel: "data",
  kind: "messages",
  codec: "data",
  ...CODECS.data,
  ssrc: 4,
  sequenceBase: 0,
  nextSequence: 0,
  timestampBase: 0,
  aheadMillis: 0,
};

/** A viewer's page whose listener gets the messages that the test sends. */
export class DataScene implements AsyncDisposable {
  readonly session = new FakeSession();
  #viewer: Awaited<ReturnType<typeof openViewer>> | undefined;

  /** Opens the page of a listener that has joined. @param withMatch with sound and events beside the data. */
  async open(withMatch = false): Promise<string> {
    await buildPage();
    const http = { hostname: "127.0.0.1", port: 0 };
    const address = { host: "127.0.0.1", port: 5004, http };
    this.#viewer = await openViewer(address, systemMachine, this.session);
    const others = withMatch ? acceptInfo().channels : [];
    const changes = { channels: [DATA, ...others] };
    this.session.emit(joined(withMatch ? changes : { ...changes, match: undefined }));
    return this.#viewer.url;
  }

  setUp(values: DataSetup["values"]): void {
    this.session.emit({ kind: "data-setup", setup: { values } });
  }

  send(...messages: readonly DataMessage[]): void {
    for (const message of messages) {
      this.session.emit({ kind: "data", channel: "data", message, at: 0 });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#viewer?.close();
  }
}

/** The number of the message that the page shows, and its values by name, in their order. */
export async function shownValues(page: Page) {
  const { count, entries } = await page.locator('[data-testid="data"]').evaluate((list) => ({
    count: Number((list as HTMLElement).dataset["count"]),
    entries: ([...list.children] as HTMLElement[]).map(({ dataset }) => [
      dataset["name"]!,
      dataset["value"] === undefined ? undefined : JSON.parse(dataset["value"]),
    ]),
  }));
  return { count, values: Object.fromEntries(entries) as Record<string, unknown> };
}

/** What the canvas shows: red, green, blue and alpha of each pixel. */
export async function shownPicture(page: Page) {
  const { width, height, text } = await page.locator('[data-testid="data-image"]').evaluate(
    (element) => {
      const { width, height } = element as HTMLCanvasElement;
      const context = (element as HTMLCanvasElement).getContext("2d")!;
      const { data } = context.getImageData(0, 0, width, height);
      let text = "";
      for (let at = 0; at < data.length; at += 8192) {
        text += String.fromCharCode(...data.subarray(at, at + 8192));
      }
      return { width, height, text: btoa(text) };
    },
  );
  return { width, height, pixels: Uint8Array.fromBase64(text) };
}

/** Waits until the page shows this value. */
export async function untilValue(page: Page, name: string, value: unknown): Promise<void> {
  const selector = `[data-testid="data"] > [data-name=${JSON.stringify(name)}]`;
  await page.waitForFunction(
    ([selector, value]) =>
      document.querySelector<HTMLElement>(selector!)?.dataset["value"] === value,
    [selector, JSON.stringify(value)],
    { timeout: 20_000 },
  );
}
