/** Colours for the shades of a picture without colours, from the lowest level to the highest. */
export const COLOR_MAPS = ["grey", "viridis", "inferno"] as const;
export type ColorMap = typeof COLOR_MAPS[number];

export const COLOR_MAP_WORDS: Readonly<Record<ColorMap, string>> = {
  grey: "Grey",
  viridis: "Viridis",
  inferno: "Inferno",
};

export const SHADES = 256;

/** For red, green and blue the factors of x^0, x^1, … x^6. */
type Polynomials = readonly [
  red: readonly number[],
  green: readonly number[],
  blue: readonly number[],
];

/** Matplotlib's maps, which look even to all eyes, as polynomials that Matt Zucker has fitted (CC0). */
const POLYNOMIALS: Readonly<Record<Exclude<ColorMap, "grey">, Polynomials>> = {
  viridis: [
    [0.27772733, 0.10509304, -0.33086183, -4.6342305, 6.22826994, 4.776385, -5.43545586],
    [0.00540734, 1.40461353, 0.21484756, -5.79910097, 14.17993337, -13.74514538, 4.64585261],
    [0.3340998, 1.38459016, 0.09509516, -19.33244096, 56.6905526, -65.35303263, 26.31243525],
  ],
  inferno: [
    [0.00021894, 0.10651342, 11.60249308, -41.70399613, 77.1629357, -71.31942824, 25.13112622],
    [0.001651, 0.56395644, -3.97285397, 17.43639888, -33.4023589, 32.62606426, -12.24266895],
    [-0.0194809, 3.93271239, -15.94239411, 44.3541452, -81.80730926, 73.20951986, -23.070325],
  ],
};

/** 256 colours, each red, green, blue and an alpha of 255. */
export function colorsOf(map: ColorMap): Uint8ClampedArray<ArrayBuffer> {
  const colors = new Uint8ClampedArray(SHADES * 4);
  for (let shade = 0; shade < SHADES; shade++) {
    const [red, green, blue] = colorOf(map, shade);
    colors.set([red, green, blue, 255], shade * 4);
  }
  return colors;
}

function colorOf(map: ColorMap, shade: number): [red: number, green: number, blue: number] {
  if (map === "grey") return [shade, shade, shade];
  const x = shade / (SHADES - 1);
  const at = (factors: readonly number[]) =>
    255 * factors.reduceRight((sum, factor) => sum * x + factor, 0);
  const [red, green, blue] = POLYNOMIALS[map];
  return [at(red), at(green), at(blue)];
}
