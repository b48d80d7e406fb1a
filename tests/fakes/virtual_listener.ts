import type { ListenerCore } from "../../client/core/listener_core.ts";
import type { ListenerOutput } from "../../client/interface/output.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { FakeSealer } from "./fake_sealing.ts";

/** When a world begins; all of its clocks agree then. */
export const START: Millis = 1_763_600_000_000;

/** A listener in the world: its core, its address and all its outputs. */
export class VirtualListener {
  readonly outputs: ListenerOutput[] = [];
  /** How often its NAT has changed its address. */
  moves = 0;
  /** How long its clock stood still while its machine slept. */
  behind: Millis = 0;
  #latest: Millis = -Infinity;

  /** @param skew how much faster than the world's its clock runs, as a fraction. */
  constructor(
    readonly index: number,
    public address: Address,
    readonly core: ListenerCore,
    readonly sealer: FakeSealer,
    readonly skew: number,
  ) {}

  /** Its own clock. */
  time(now: Millis): Millis {
    const own = now - this.behind;
    this.#latest = Math.max(this.#latest, own + (own - START) * this.skew);
    return this.#latest;
  }

  /** Its next deadline, on the world's clock. */
  get deadline(): Millis {
    const { deadline = Infinity } = this.core;
    const own = this.skew === 0 ? deadline : START + (deadline - START) / (1 + this.skew);
    return own + this.behind;
  }

  /** Calls it at its deadline; rounding must not make that too early. */
  advance(now: Millis): void {
    const { deadline = Infinity } = this.core;
    this.#latest = Math.max(this.time(now), Math.min(deadline, this.time(now) + 0.01));
    this.core.advance(this.#latest);
  }

  said<Kind extends ListenerOutput["kind"]>(
    kind: Kind,
  ): Extract<ListenerOutput, { kind: Kind }>[] {
    return this.outputs.filter((output) => output.kind === kind) as never;
  }

  get hasEnded(): boolean {
    return this.outputs.some(({ kind }) => kind === "ended");
  }
}
