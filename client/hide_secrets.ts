/**
 * A token where a command line has one: in a join link, or after a flag that may be misspelt; a signed
 * one (RFC 7519: it begins as JSON in base64url does), wherever it stands; and name and password in an
 * address of sound.
 */
const SECRETS =
  /([?&](?:t|token)=|--?tok[\w-]*=)[^\s&"'`]+|\beyJ[\w-]+\.[\w-]+\.[\w-]+|(:\/\/)[^\s"'`]+(?=@)/gi;

/** A complaint may repeat an argument that nobody expected there; a secret in it is left out. */
export function hideSecrets(text: string): string {
  return text.replace(
    SECRETS,
    (_, flag: string = "", scheme: string = "") => `${flag}${scheme}…`,
  );
}
