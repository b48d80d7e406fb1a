import type { Millis, Seconds } from "../../../shared/core/units.ts";
import type { Rng } from "../../../shared/core/rng.ts";
import type { DataSetup } from "../../../shared/data/data_setup.ts";
import { rawLength } from "../../../shared/data/raw_image.ts";
import { viewOf } from "../../../shared/core/bytes.ts";
import type { LoadedDraft } from "./message_check.ts";

/** The set-up of the simulated values. */
export const BEAM_SETUP: DataSetup = {
  values: {
    energy: {
      title: "Beam energy",
      unit: "MeV",
      precision: 2,
      minimum: 0,
      maximum: 7000,
      warn: [5790, 5810],
      alarm: [5750, 5850],
    },
    rate: {
      title: "Repetition rate",
      unit: "Hz",
      precision: 1,
      minimum: 0,
      maximum: 120,
      warn: [95, 105],
      alarm: [5, 110],
    },
    current: {
      title: "Beam current",
      unit: "nA",
      precision: 1,
      minimum: 0,
      maximum: 500,
      warn: [150, 250],
      alarm: [20, 300],
    },
    spot_x: { title: "Spot, horizontal", unit: "mm", precision: 3, warn: [-1.5, 1.5] },
    spot_y: { title: "Spot, vertical", unit: "mm", precision: 3, warn: [-1.5, 1.5] },
    state: { title: "State" },
  },
};

const WIDTH = 320;
const HEIGHT = 240;
const PIXELS_PER_MM = 32;
/** What the camera shows without light, and how much that varies. */
const DARK_LEVEL = 200;
const NOISE_LEVEL = 9;
const MAX_LEVEL = 4095;
/** Twice as many random numbers as a row has pixels would show as stripes; this many do not. */
const NOISE_COUNT = 1 << 14;
/** About one trip in five minutes: the beam is off for some seconds and comes back. */
const TRIPS_PER_SECOND = 1 / 300;
const TRIP_SECONDS = 6;
const RAMP_SECONDS = 8;

/** A value that wanders around `mean`, as drifts of a machine do (Ornstein and Uhlenbeck). */
class Drift {
  #value = 0;

  constructor(
    readonly mean: number,
    /** How far it is from the mean, on average. */
    readonly spread: number,
    /** In so many seconds it forgets where it was. */
    readonly memory: Seconds,
  ) {}

  next(elapsed: Seconds, random: number): number {
    const kept = Math.exp(-(elapsed as number) / (this.memory as number));
    this.#value = this.#value * kept + this.spread * Math.sqrt(1 - kept ** 2) * random;
    return this.mean + this.#value;
  }
}

/**
 * A simulated electron beam on a screen with a camera. The same seed and the same times give the same messages.
 */
export class SimulatedBeam {
  readonly #rng: Rng;
  readonly #noise: Float32Array;
  readonly #energy = new Drift(5800, 3, 40);
  readonly #rate = new Drift(100, 0.4, 60);
  readonly #current = new Drift(200, 12, 30);
  readonly #x = new Drift(0, 0.7, 45);
  readonly #y = new Drift(0, 0.45, 30);
  readonly #size = new Drift(0.6, 0.06, 50);
  #at: Millis | undefined;
  /** Time since the last trip began. */
  #sinceTrip: Seconds = Infinity;

  constructor(rng: Rng) {
    this.#rng = rng;
    this.#noise = Float32Array.from({ length: NOISE_COUNT }, () => NOISE_LEVEL * this.#normal());
  }

  /** The beam at `at`, which only grows. */
  next(at: Millis): LoadedDraft {
    const elapsed = this.#at === undefined ? 60 : (at - this.#at) / 1000;
    this.#at = at;
    const strength = this.#strengthAfter(elapsed);
    const energy = this.#energy.next(elapsed, this.#normal());
    const rate = this.#rate.next(elapsed, this.#normal());
    const current = Math.max(0, this.#current.next(elapsed, this.#normal()) * strength);
    const x = this.#x.next(elapsed, this.#normal());
    const y = this.#y.next(elapsed, this.#normal());
    const sigma = Math.max(0.2, this.#size.next(elapsed, this.#normal()));
    return {
      values: {
        energy: round(energy, 2),
        rate: round(strength > 0 ? rate : 0, 1),
        current: round(current, 1),
        spot_x: round(x, 3),
        spot_y: round(y, 3),
        state: strength === 0 ? "trip" : strength < 1 ? "recovering" : "beam on",
      },
      image: {
        kind: "raw",
        width: WIDTH,
        height: HEIGHT,
        format: "gray16le",
        bytes: this.#photograph({ x, y, sigma, peak: 14 * current }),
      },
    };
  }

  /** 0 while the beam is off, then growing to 1. */
  #strengthAfter(elapsed: Seconds): number {
    this.#sinceTrip = (this.#sinceTrip as number) + (elapsed as number);
    const isRunning = this.#sinceTrip > TRIP_SECONDS + RAMP_SECONDS;
    if (isRunning && this.#at !== undefined) {
      if (this.#rng.float() < 1 - Math.exp(-(elapsed as number) * TRIPS_PER_SECOND)) {
        this.#sinceTrip = 0;
      }
    }
    return Math.min(1, Math.max(0, (this.#sinceTrip - TRIP_SECONDS) / RAMP_SECONDS));
  }

  #photograph(
    { x, y, sigma, peak }: { x: number; y: number; sigma: number; peak: number },
  ): Uint8Array {
    const bytes = new Uint8Array(rawLength("gray16le", { width: WIDTH, height: HEIGHT }));
    const view = viewOf(bytes);
    const columns = profile(WIDTH, WIDTH / 2 + x * PIXELS_PER_MM, sigma * PIXELS_PER_MM);
    const rows = profile(HEIGHT, HEIGHT / 2 - y * PIXELS_PER_MM, 0.7 * sigma * PIXELS_PER_MM);
    let noiseAt = 0;
    for (let row = 0; row < HEIGHT; row++) {
      // A random start in each row, so that the noise does not repeat.
      noiseAt = this.#rng.uint32();
      for (let column = 0; column < WIDTH; column++) {
        const light = peak * rows[row]! * columns[column]!;
        const noise = this.#noise[(noiseAt + column) & (NOISE_COUNT - 1)]!;
        // The noise of light grows with its root.
        const level = DARK_LEVEL + light + noise * (1 + Math.sqrt(light) / 20);
        view.setUint16(2 * (row * WIDTH + column), Math.min(MAX_LEVEL, Math.max(0, level)), true);
      }
    }
    return bytes;
  }

  /** Of a normal distribution (Box and Muller). */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#rng.float()));
    return radius * Math.cos(2 * Math.PI * this.#rng.float());
  }
}

/** A Gaussian of height 1 along one side. */
function profile(length: number, centre: number, sigma: number): Float64Array {
  return Float64Array.from(
    { length },
    (_, at) => Math.exp(-((at - centre) ** 2) / (2 * sigma ** 2)),
  );
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
