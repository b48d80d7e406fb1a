import { PAGE_HEADER } from "../../../../shared/page/page_directory.ts";
import type {
  PathChange,
  PathSetting,
  PathSettings,
} from "../../../../shared/page/page_network.ts";
import type { NetworkModel } from "./network_model.ts";

type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/**
 * Sends what the sliders say, one request at a time: while one is under way only the newest values of each path, and
 * of all of them, wait. So at most one request for each path waits, and one for all.
 */
export class SettingsSender {
  readonly #model: NetworkModel;
  readonly #fetch: Fetch;
  #waiting: readonly PathChange[] = [];
  #underWay: PathChange | undefined;

  constructor(model: NetworkModel, fetch: Fetch) {
    this.#model = model;
    this.#fetch = fetch;
  }

  /** Sets the chosen paths, now or after the request that is under way. */
  async change(settings: Partial<PathSettings>): Promise<void> {
    const model = this.#model;
    this.#waiting = withChange(this.#waiting, { ...settings, path: model.target.value });
    model.moved.value = this.#moved;
    while (this.#underWay === undefined && this.#waiting.length > 0) {
      [this.#underWay, ...this.#waiting] = this.#waiting;
      model.problem.value = await this.#send(this.#underWay!);
      this.#underWay = undefined;
      model.moved.value = this.#moved;
    }
  }

  get #moved(): readonly PathChange[] {
    return this.#underWay ? [this.#underWay, ...this.#waiting] : this.#waiting;
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

/**
 * Adds a change to those that wait. That of all paths is the first: what single paths were to have before is no longer
 * wanted, and what they are to have since comes after it.
 */
function withChange(waiting: readonly PathChange[], change: PathChange): readonly PathChange[] {
  const { path } = change;
  const merged = { ...waiting.find((other) => other.path === path), ...change };
  if (path !== "all") return [...waiting.filter((other) => other.path !== path), merged];
  const names = new Set(Object.keys(change).filter((name) => name !== "path") as PathSetting[]);
  const others = waiting.filter((other) => other.path !== "all")
    .map((other) => without(other, names))
    .filter((other) => Object.keys(other).length > 1);
  return [merged, ...others];
}

function without(change: PathChange, names: ReadonlySet<PathSetting>): PathChange {
  const kept = Object.entries(change).filter(([name]) => !names.has(name as PathSetting));
  return { ...Object.fromEntries(kept), path: change.path };
}
