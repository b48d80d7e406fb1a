import { join } from "node:path";

/** What decides where a user's settings are. */
export interface UserSettings {
  readonly system: typeof Deno.build.os;
  /** @returns the variable's value; undefined when it is not set. */
  env(name: string): string | undefined;
}

const OWN: UserSettings = { system: Deno.build.os, env: (name) => Deno.env.get(name) || undefined };

/**
 * A file among this user's settings: below `XDG_CONFIG_HOME` where that is set to a whole path (XDG Base Directory
 * Specification 0.8), else in the system's own place for them.
 *
 * @returns undefined when the user has no home.
 */
export function userFile(name: string, { system, env }: UserSettings = OWN): string | undefined {
  const home = env("HOME");
  const given = env("XDG_CONFIG_HOME");
  const folder = given !== undefined && /^([/\\]|[a-z]:)/i.test(given)
    ? given
    : system === "windows"
    ? env("APPDATA")
    : home && join(home, system === "darwin" ? "Library/Application Support" : ".config");
  return folder && join(folder, "streamer", name);
}
