import type { ValueSetup } from "../../shared/data/data_setup.ts";
import { MAX_VALUES } from "../../shared/data/data_values.ts";
import type { DataSetupPart } from "../../shared/lane/messages.ts";
import type { ListenerOutput } from "../interface/output.ts";

/** Puts the parts of a set-up of live data together. The lane brings them in order, each once. */
export class DataSetupParts {
  #values = new Map<string, ValueSetup>();

  /** @returns the set-up after its last part. Values beyond {@linkcode MAX_VALUES} are left out. */
  take({ setup, isLast }: DataSetupPart): ListenerOutput[] {
    for (const [name, value] of Object.entries(setup.values)) {
      if (this.#values.size < MAX_VALUES) this.#values.set(name, value);
    }
    if (!isLast) return [];
    const values = Object.fromEntries(this.#values);
    this.#values = new Map();
    return [{ kind: "data-setup", setup: { values } }];
  }
}
