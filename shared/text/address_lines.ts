/** More than a person tries out. */
const MOST_SHOWN = 5;

/**
 * Lines with the further addresses of a page, the last one for the machine itself; "" when there are none.
 *
 * @param others the addresses without the one that was told before.
 */
export function addressLines(others: readonly string[]): string {
  const own = others.at(-1);
  const shown = others.slice(0, -1).slice(0, MOST_SHOWN).map((url) => `  or ${url}\n`);
  return own === undefined ? "" : `${shown.join("")}  on this machine ${own}\n`;
}
