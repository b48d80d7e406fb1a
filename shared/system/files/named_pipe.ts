/** Whether `path` is a named pipe. Opening one waits until a program opens the other end. */
export function isNamedPipe(path: string): boolean {
  try {
    return Deno.statSync(path).isFifo === true;
  } catch {
    return false;
  }
}

/** Opens both ends of a named pipe for a moment, which ends a pending open of either end. */
export function releaseOpening(path: string): void {
  try {
    Deno.openSync(path, { read: true, write: true }).close();
  } catch {
    // The pipe is gone, or this user may not use both ends; the pending open then ends with the program.
  }
}
