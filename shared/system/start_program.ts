/** What the streams of a program are joined to; see `Deno.CommandOptions`. */
export interface ProgramStreams {
  readonly stdin: "piped" | "null";
  readonly stdout: "piped" | "null";
  readonly stderr: "piped" | "null";
}

/**
 * Starts a program that `scripts/release/permissions.ts` lists.
 *
 * The binary may start those alone, and then Deno refuses to pass on variables that load other code into a program,
 * such as LD_LIBRARY_PATH. They are emptied there; from source, where everything is allowed, they are passed on.
 *
 * @throws Deno.errors.NotFound when it is not installed, and whatever else Deno throws.
 */
export function startProgram(
  name: string,
  args: readonly string[],
  streams: ProgramStreams,
): Deno.ChildProcess {
  const env = mayStartAny() ? {} : emptiedLoaderVariables(Deno.env.toObject());
  return new Deno.Command(name, { args: [...args], ...streams, env }).spawn();
}

/** The variables by which the system loads other code into a program (ld.so(8), dyld(1)), each empty. */
export function emptiedLoaderVariables(
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = Object.keys(variables).filter((name) => /^(LD|DYLD)_/.test(name));
  return Object.fromEntries(names.map((name) => [name, ""]));
}

function mayStartAny(): boolean {
  return Deno.permissions.querySync({ name: "run" }).state === "granted";
}
