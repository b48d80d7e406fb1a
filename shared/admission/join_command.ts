/**
 * The command that joins by a link, which a terminal or a page shows for somebody else to run.
 *
 * The link holds `?` and `&`, and `*` where the host chose such a token: these mean something else to a shell without
 * quotes. Double quotes are the only ones that cmd.exe, PowerShell, bash and zsh all know. Within them stay special:
 * `"` in all four; `$` and the backtick in PowerShell, bash and zsh, and typographic quotes in PowerShell; the
 * backslash and, at a prompt, `!` in bash and zsh; `%` in cmd.exe, and `!` where its delayed expansion was turned on. A
 * link has none of them but `%`: `URLSearchParams` leaves letters, digits and `* - . _ +` as they are and
 * percent-encodes all else, and a host is a name of letters and digits or an address.
 *
 * `%` is there only if a token chosen by the host has other characters, or an IPv6 address has a zone. At its prompt,
 * cmd.exe replaces what stands between two percent signs only if a variable has that name, here two hexadecimal
 * digits and what follows. In a batch file each percent sign must be doubled, in a link as in any text.
 */
export function joinCommand(command: "listen" | "view", link: string): string {
  return `streamer ${command} "${link}"`;
}
