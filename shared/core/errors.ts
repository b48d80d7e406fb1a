/** The exit statuses of commands; scripts rely on them. */
export const ExitCode = {
  done: 0,
  failure: 1,
  usage: 2,
  rejected: 3,
  noAnswer: 4,
} as const;
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];

/**
 * Ends a command with one line on stderr and an exit status. The message names the flag, file or
 * address that is wrong and says what to do; it never contains a secret. `main.ts` catches the error.
 */
export class CommandError extends Error {
  override readonly name = "CommandError";
  constructor(readonly exitCode: ExitCode, message: string) {
    super(message);
  }
}
