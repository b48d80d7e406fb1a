/** A hue of OKLCH, in degrees. */
export type Hue = number;

/** Two hues closer than this are hard to tell apart. */
const SMALLEST_DISTANCE = 70;
const DEGREES = 360;

/** A hue for each team: always the same for the same two names, and never similar. */
export function teamHues(home: string, away: string): readonly [home: Hue, away: Hue] {
  const [homeHue, awayHue] = [hueOf(home), hueOf(away)];
  const turn = Math.abs(homeHue - awayHue);
  const distance = Math.min(turn, DEGREES - turn);
  return [homeHue, distance < SMALLEST_DISTANCE ? (homeHue + 150) % DEGREES : awayHue];
}

/** FNV-1a over the characters, so that similar names get different values. */
function hueOf(name: string): Hue {
  let hash = 0x811c9dc5;
  for (const character of name.trim().toLowerCase()) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  }
  return ((hash ^ (hash >>> 15)) >>> 0) % DEGREES;
}

/** Up to three letters for a team: `FLA`, `RBB` for "Red Bull Bragantino". */
export function teamInitials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  const letters = words.length >= 3
    ? words.map((word) => charactersOf(word)[0])
    : charactersOf(words[0] ?? "");
  return letters.slice(0, 3).join("").toUpperCase();
}

/** As people count them: a flag is one. */
function charactersOf(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
