/**
 * The secrets in a command line: a token in a join link or after a flag that may be misspelt; a signed
 * token anywhere (RFC 7519: it begins like JSON in base64url); name and password in a sound's address,
 * of a bounded length so that the search stays fast.
 */
const SECRETS =
  /([?&](?:t|token)=|--?tok[\w-]*=)[^\s&"'`]+|\beyJ[\w-]+\.[\w-]+\.[\w-]+|(:\/\/)[^\s"'`]{1,1000}(?=@)/gi;

/** The command line parser's message about an argument that it does not expect. */
const UNEXPECTED =
  /(Unexpected option or (?:argument|subcommand): )(["`])(.*)\2(?=\.(?:$| \(see: | Did you mean ))/;

/** Replaces the secrets in an error message, which may repeat an argument that was not expected. */
export function hideSecrets(text: string): string {
  return text
    .replace(UNEXPECTED, (_, before: string, quote: string, input: string) => {
      const shown = isCommand(quote, input) ? input : hideUnexpected(input);
      return `${before}${quote}${shown}${quote}`;
    })
    .replace(SECRETS, (_, flag: string = "", scheme: string = "") => `${flag}${scheme}…`);
}

/** The parser puts other quotes around an argument in the place of a command. */
function isCommand(quote: string, input: string): boolean {
  return quote === "`" && /^[a-z]{2,12}$/.test(input);
}

/** Flags and links may be shown; anything else may be a token without its flag. */
function hideUnexpected(input: string): string {
  if (/^streamer:\/\/\S*$/.test(input)) return input;
  const flag = /^(?:--[a-z-]+=?|-[a-z])/i.exec(input)?.[0] ?? "";
  return flag === input ? input : `${flag}…`;
}
