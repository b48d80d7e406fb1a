import { startProgram } from "../../../shared/system/start_program.ts";

/** What decides whether and how a browser is opened. */
export interface Desktop {
  readonly platform: typeof Deno.build.os;
  readonly env: (name: string) => string | undefined;
}

/** The program that opens an address, with its arguments; undefined where nobody would see it. */
export function browserCommand(url: string, { platform, env }: Desktop): string[] | undefined {
  switch (platform) {
    case "windows":
      // The first argument in quotes would be the window's title.
      return ["cmd", "/c", "start", "", url];
    case "darwin":
      return ["open", url];
    default:
      return env("DISPLAY") || env("WAYLAND_DISPLAY") ? ["xdg-open", url] : undefined;
  }
}

/** Opens an address in the user's browser. @returns whether a program was started. */
export function openBrowser(url: string): boolean {
  const command = browserCommand(url, {
    platform: Deno.build.os,
    env: (name) => Deno.env.get(name),
  });
  const [program, ...args] = command ?? [];
  if (program === undefined) return false;
  try {
    const child = startProgram(program, args, { stdin: "null", stdout: "null", stderr: "null" });
    // The browser may outlast the broadcast.
    child.unref();
    child.status.catch(() => {});
    return true;
  } catch {
    return false;
  }
}
