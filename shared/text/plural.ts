/** `1 event`, `2 events`; for words whose plural ends with an s. */
export function plural(amount: number, word: string): string {
  return `${amount} ${amount === 1 ? word : `${word}s`}`;
}
