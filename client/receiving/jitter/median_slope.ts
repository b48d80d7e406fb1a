import type { Millis } from "../../../shared/core/units.ts";

export interface Point {
  readonly at: Millis;
  readonly height: Millis;
}

/** The Theil-Sen estimate: the median slope over all pairs, which a few odd points do not change. */
export function medianSlope(points: readonly Point[]): number {
  const slopes = points.flatMap((later, index) =>
    points.slice(0, index)
      .filter(({ at }) => at < later.at)
      .map(({ at, height }) => (later.height - height) / (later.at - at))
  ).sort((one, other) => one - other);
  const middle = slopes.length >> 1;
  return slopes.length % 2 === 1 ? slopes[middle]! : (slopes[middle - 1]! + slopes[middle]!) / 2;
}
