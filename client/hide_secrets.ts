/** A token where a command line has one: in a join link, or after a flag that may be misspelt. */
const SECRETS = /([?&]t=|--?tok[\w-]*=)[^\s&"'`]+/gi;

/** A complaint may repeat an argument that nobody expected there; a token in it is left out. */
export function hideSecrets(text: string): string {
  return text.replace(SECRETS, "$1…");
}
