import type { Rng } from "../core/rng.ts";

/** The system's random numbers, fit for secrets. */
export const systemRng: Rng = {
  float() {
    return systemRng.uint32() / 0x1_0000_0000;
  },
  uint32() {
    return crypto.getRandomValues(new Uint32Array(1))[0]!;
  },
  bytes(length) {
    return crypto.getRandomValues(new Uint8Array(length));
  },
};
