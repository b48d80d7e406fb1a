/*
 * A release: what the binary may do, for which systems there is one, and whose code is in it.
 *
 * In: the name of a system, deno.lock and the packages. Out: flags of `deno compile` for ../compile.ts, the list of
 * binaries that .github/workflows/release.yml makes, and THIRD_PARTY_NOTICES.txt.
 *
 * This file is what the binary may do. It never asks: what is not listed fails. Since it calls the C library, this
 * holds back mistakes and packages, and not code that is made to break out.
 */

/** One kind of permission of Deno, with why the program needs it. */
export interface Permission {
  /** Flags of `deno compile` and of `deno run`. */
  readonly flags: readonly string[];
  readonly why: string;
}

/** The systems that differ in what the program needs. */
export type System = "linux" | "darwin" | "windows";

/** What plays sound; see client/playing/io/player.ts. */
const PLAYERS = ["ffplay", "mpv", "mpg123", "gst-launch-1.0", "gst-play-1.0"];

/** What opens a page in the user's browser; see server/studio/io/open_browser.ts. */
const OPENERS: Readonly<Record<System, string>> = {
  linux: "xdg-open",
  darwin: "open",
  windows: "cmd",
};

/** Each environment variable that the program reads, and those that it empties for the programs that it starts. */
export const VARIABLES: readonly string[] = [
  // Tokens, so that they need not stand on the command line; and a setting for tests.
  "STREAMER_TOKEN",
  "STREAMER_FIRST_SEQUENCE",
  // Folders of the user: the key for directories, and join links for listeners on the same machine.
  "HOME",
  "APPDATA",
  "XDG_CONFIG_HOME",
  "XDG_RUNTIME_DIR",
  "XDG_STATE_HOME",
  // The folder for temporary files, as node:os finds it.
  "TMPDIR",
  "TMP",
  "TEMP",
  "SystemRoot",
  "windir",
  // Whether there is a desktop to grab, or to open a page on.
  "DISPLAY",
  "WAYLAND_DISPLAY",
  // What the terminal shows: its characters, and whether it moves the cursor.
  "LC_ALL",
  "LC_CTYPE",
  "LANG",
  "TERM",
  // Variables of the system's loader: see shared/system/start_program.ts.
  "LD_*",
  "DYLD_*",
];

/** What of the system the program asks for; see `Deno.SysPermissionDescriptor`. */
export const SYSTEM_FACTS: readonly string[] = [
  // The addresses for the join link.
  "networkInterfaces",
  // Whether a folder with join links is this user's.
  "uid",
  // Where the user's files are.
  "homedir",
];

/** Those from which Deno 2.9.6 imports unless they are denied one by one; see `deno run --help=full`. */
const IMPORT_HOSTS = [
  "deno.land:443",
  "jsr.io:443",
  "esm.sh:443",
  "cdn.jsdelivr.net:443",
  "raw.githubusercontent.com:443",
  "gist.githubusercontent.com:443",
];

/** Each program that the binary may start on a system. */
export function programsOf(system: System): string[] {
  // ffmpeg grabs the desktop.
  return [...PLAYERS, "ffmpeg", OPENERS[system]];
}

/** All that the binary for a system may do. */
export function permissionsOf(system: System): Permission[] {
  return [
    {
      flags: ["--allow-read"],
      why: "users name files anywhere: sound, events, screen, data, tokens, databases",
    },
    {
      flags: ["--allow-write"],
      why: "users name files anywhere: recordings, logs, databases, SDP, tokens",
    },
    {
      flags: ["--allow-net"],
      why: "users name hosts and ports: listeners, sources, directories, pages",
    },
    {
      flags: [`--allow-env=${VARIABLES.join()}`, "--ignore-env"],
      why: "these alone are read; packages that look for others find none, instead of failing",
    },
    {
      flags: [`--allow-sys=${SYSTEM_FACTS.join()}`],
      why: "addresses for the link, and the user's folders",
    },
    {
      flags: [`--allow-run=${programsOf(system).join()}`],
      why: "players, the grabber of the desktop and the opener of pages; users name no program",
    },
    ...callsTheLibrary(system),
    {
      flags: [`--deny-import=${IMPORT_HOSTS.join()}`],
      why: "all code is in the binary, and Deno allows these hosts by itself",
    },
    { flags: ["--no-prompt"], why: "a service has nobody to answer, and a user can't know" },
  ];
}

/** A name for the library would be taken for a path below the current folder, so the flag has none. */
function callsTheLibrary(system: System): Permission[] {
  if (system === "windows") return [];
  const why = "signals, and datagrams in bulk, through the C library";
  return [{ flags: ["--allow-ffi"], why }];
}

/** The flags of `deno compile` for a system. */
export function permissionFlags(system: System): string[] {
  return permissionsOf(system).flatMap(({ flags }) => flags);
}
