/**
 * A token where a command line has one: in a join link, or after a flag that may be misspelt; a signed
 * one (RFC 7519: it begins as JSON in base64url does), wherever it stands; and name and password in an
 * address of sound, of a length that is looked through in no time.
 */
const SECRETS =
  /([?&](?:t|token)=|--?tok[\w-]*=)[^\s&"'`]+|\beyJ[\w-]+\.[\w-]+\.[\w-]+|(:\/\/)[^\s"'`]{1,1000}(?=@)/gi;

/** How the parser of the command line says that it has no use for something. */
const UNEXPECTED =
  /(Unexpected option or (?:argument|subcommand): )(["`])(.*)\2(?=\.(?:$| \(see: | Did you mean ))/;

/** A complaint may repeat an argument that nobody expected there; a token in it is left out. */
export function hideSecrets(text: string): string {
  return text
    .replace(UNEXPECTED, (_, before: string, quote: string, input: string) => {
      const shown = isCommand(quote, input) ? input : hideUnexpected(input);
      return `${before}${quote}${shown}${quote}`;
    })
    .replace(SECRETS, (_, flag: string = "", scheme: string = "") => `${flag}${scheme}…`);
}

/** The parser has other quotes for what stands where a command should. */
function isCommand(quote: string, input: string): boolean {
  return quote === "`" && /^[a-z]{2,12}$/.test(input);
}

/** Flags and links may be repeated; anything else may be a token that lost its flag. */
function hideUnexpected(input: string): string {
  if (/^streamer:\/\/\S*$/.test(input)) return input;
  const flag = /^(?:--[a-z-]+=?|-[a-z])/i.exec(input)?.[0] ?? "";
  return flag === input ? input : `${flag}…`;
}
