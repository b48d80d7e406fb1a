import {
  MOST,
  PATH_SETTINGS,
  type PathChange,
  type PathProblem,
  type PathSetting,
  type PathSettings,
} from "../../../shared/page/page_network.ts";

/** The settings that were taken, or why none was. */
export type SettingsChange =
  | { readonly ok: true; readonly paths: readonly PathSettings[] }
  | { readonly ok: false; readonly problem: PathProblem };

const NAMES: Readonly<Record<PathSetting, string>> = {
  loss: "The loss",
  delayMillis: "The delay",
  duplicate: "The share of doubled packets",
  reorder: "The share of reordered packets",
};

/** How each path between host and listener is set. Wrong input changes nothing. */
export class NetworkSettings {
  readonly #onChange: (number: number, settings: PathSettings) => void;
  #paths: readonly PathSettings[];

  /** @param onChange is given each path that has new settings, counted from 1. */
  constructor(
    start: PathSettings,
    pathCount: number,
    onChange: (number: number, settings: PathSettings) => void,
  ) {
    this.#paths = Array.from({ length: pathCount }, () => start);
    this.#onChange = onChange;
  }

  /** @param number counted from 1. */
  of(number: number): PathSettings {
    return this.#paths[number - 1]!;
  }

  /** @param value a {@linkcode PathChange}, or anything that came instead. */
  change(value: unknown): SettingsChange {
    const read = this.#read(value);
    if ("code" in read) return { ok: false, problem: read };
    const { path, ...settings } = read;
    this.#paths = this.#paths.map((before, index) => {
      if (path !== "all" && path !== index + 1) return before;
      const after = { ...before, ...settings };
      this.#onChange(index + 1, after);
      return after;
    });
    return { ok: true, paths: this.#paths };
  }

  #read(value: unknown): PathChange | PathProblem {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return { code: "not-json", detail: 'Send a JSON object such as {"path":"all","loss":0.2}' };
    }
    const { path, ...settings } = value as Readonly<Record<string, unknown>>;
    if (!this.#isPath(path)) {
      const detail = `"path" must be "all" or a number from 1 to ${this.#paths.length}`;
      return { code: "unknown-path", detail };
    }
    const given = Object.entries(settings);
    if (given.length === 0) {
      return { code: "nothing-to-do", detail: `Give one of ${PATH_SETTINGS.join(", ")}` };
    }
    for (const [name, setting] of given) {
      const problem = problemOf(name, setting);
      if (problem) return problem;
    }
    return { path, ...settings };
  }

  #isPath(path: unknown): path is PathChange["path"] {
    return path === "all" ||
      Number.isInteger(path) && (path as number) >= 1 && (path as number) <= this.#paths.length;
  }
}

function problemOf(name: string, value: unknown): PathProblem | undefined {
  if (!isSetting(name)) {
    const detail = `There is no such setting; there are ${PATH_SETTINGS.join(", ")}`;
    return { code: "unknown-setting", detail };
  }
  if (typeof value === "number" && value >= 0 && value <= MOST[name]) return undefined;
  return {
    code: "out-of-range",
    detail: `${NAMES[name]} ("${name}") must be a number from 0 to ${MOST[name]}`,
  };
}

function isSetting(name: string): name is PathSetting {
  return PATH_SETTINGS.some((known) => known === name);
}
