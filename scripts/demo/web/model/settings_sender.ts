import { PAGE_HEADER } from "../../../../shared/page/page_directory.ts";
import type { PathChange, PathSettings } from "../../../../shared/page/page_network.ts";
import type { NetworkModel } from "./network_model.ts";

type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/** Sends what the sliders say, one request at a time: while one is under way only the newest values wait. */
export class SettingsSender {
  readonly #model: NetworkModel;
  readonly #fetch: Fetch;
  #waiting: PathChange | undefined;
  #isSending = false;

  constructor(model: NetworkModel, fetch: Fetch) {
    this.#model = model;
    this.#fetch = fetch;
  }

  /** Sets the chosen paths, now or after the request that is under way. */
  async change(settings: Partial<PathSettings>): Promise<void> {
    const model = this.#model;
    model.moved.value = { ...model.moved.value, ...settings };
    this.#waiting = { path: model.target.value, ...model.moved.value };
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#waiting) {
      const change = this.#waiting;
      this.#waiting = undefined;
      model.problem.value = await this.#send(change);
    }
    this.#isSending = false;
    model.moved.value = {};
  }

  /** @returns why nothing was changed; "" when it was. */
  async #send(change: PathChange): Promise<string> {
    try {
      const response = await this.#fetch("/network/settings", {
        method: "POST",
        headers: { "content-type": "application/json", [PAGE_HEADER]: "1" },
        body: JSON.stringify(change),
      });
      const answer = await response.json();
      if (!response.ok) return String(answer.detail);
      this.#take(answer.paths);
      return "";
    } catch {
      return "The demo does not answer, so the network stays as it is.";
    }
  }

  /** The next moment says the same, a little later. */
  #take(paths: readonly PathSettings[]): void {
    for (const lane of this.#model.lanes.value) {
      lane.settings = paths[lane.number - 1] ?? lane.settings;
    }
    this.#model.tick.value++;
  }
}
