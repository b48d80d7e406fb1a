import { join } from "node:path";
import { homedir, tmpdir } from "node:os";
import { CommandError, ExitCode } from "../core/errors.ts";
import type { LinkStore } from "../admission/join_link.ts";

/** Longer than any join link. */
const MAX_LINK_BYTES = 4096;
const isWindows = Deno.build.os === "windows";

/**
 * A folder of join links. A link contains the token, so only the user may access the folder and its files
 * (0700, 0600). Folders and files that another user could have made are neither written nor read.
 */
export class LinkFolder implements LinkStore {
  constructor(readonly path: string) {}

  /** @throws CommandError when the folder can't be made, or other users may access it. */
  leave(port: number, link: string): void {
    try {
      this.#make();
      this.#write(this.#file(port), link + "\n");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandError(
        ExitCode.failure,
        `Can't leave the join link in ${this.path} (${reason}): ` +
          "set XDG_RUNTIME_DIR to a folder that is yours",
      );
    }
  }

  find(port: number): string | undefined {
    const file = this.#file(port);
    try {
      const folder = Deno.lstatSync(this.path);
      if (!folder.isDirectory || !isPrivate(folder)) return undefined;
      const info = Deno.lstatSync(file);
      if (!info.isFile || !isPrivate(info) || info.size > MAX_LINK_BYTES) return undefined;
      return Deno.readTextFileSync(file).trim() || undefined;
    } catch {
      return undefined;
    }
  }

  remove(port: number): void {
    if (this.find(port) !== undefined) removeQuietly(this.#file(port));
  }

  #file(port: number): string {
    return join(this.path, `${port}.link`);
  }

  #make(): void {
    Deno.mkdirSync(this.path, { recursive: true, mode: 0o700 });
    const info = Deno.lstatSync(this.path);
    if (!info.isDirectory) throw new Error("it is a symbolic link");
    if (!isOwn(info)) throw new Error("it belongs to another user");
    if (!isPrivate(info)) Deno.chmodSync(this.path, 0o700);
  }

  /** Writes to another name first and renames, so that a reader never sees half a link. */
  #write(file: string, text: string): void {
    const draft = `${file}.${crypto.randomUUID()}`;
    try {
      Deno.writeTextFileSync(draft, text, { mode: 0o600, createNew: true });
      Deno.renameSync(draft, file);
    } catch (error) {
      removeQuietly(draft);
      throw error;
    }
  }
}

/**
 * Folders of join links, the best one first. A link is stored in the first folder that this user can
 * have alone, and searched in all: another user may occupy one of them, but can't prevent a host from
 * starting.
 */
export class LinkFolders implements LinkStore {
  readonly #folders: readonly LinkFolder[];

  constructor(paths: readonly string[]) {
    this.#folders = paths.map((path) => new LinkFolder(path));
  }

  /** @throws CommandError of the first folder when none can be used. */
  leave(port: number, link: string): void {
    let problem: unknown;
    for (const folder of this.#folders) {
      try {
        folder.leave(port, link);
      } catch (error) {
        problem ??= error;
        continue;
      }
      // An older link in another folder might be found first later.
      for (const other of this.#folders) if (other !== folder) other.remove(port);
      return;
    }
    throw problem;
  }

  find(port: number): string | undefined {
    for (const folder of this.#folders) {
      const link = folder.find(port);
      if (link !== undefined) return link;
    }
    return undefined;
  }

  remove(port: number): void {
    for (const folder of this.#folders) folder.remove(port);
  }
}

/** The places that decide where the links are. */
export interface UserPlaces {
  /** `$XDG_RUNTIME_DIR`. */
  readonly runtimeFolder: string | undefined;
  readonly temporaryFolder: string;
  /** `$XDG_STATE_HOME`, or its default in the home folder. */
  readonly stateFolder: string;
  /** Undefined on systems without user numbers. */
  readonly userId: number | undefined;
}

/**
 * `streamer` in the user's runtime folder, in the folder for temporary files and in the user's home. The
 * second is each user's own on Windows and macOS; on other systems all users share it, so another user
 * may have taken the name.
 */
export function linkFoldersOf(places: UserPlaces): string[] {
  const { runtimeFolder, temporaryFolder, stateFolder, userId } = places;
  return [
    ...(runtimeFolder && isUsable(runtimeFolder) ? [join(runtimeFolder, "streamer")] : []),
    join(temporaryFolder, userId === undefined ? "streamer" : `streamer-${userId}`),
    join(stateFolder, "streamer"),
  ];
}

/** Where this user's hosts store their join links for the same user's listeners. */
export const runtimeLinkStore: LinkStore = {
  leave: (port, link) => linkFolders().leave(port, link),
  find: (port) => linkFolders().find(port),
  remove: (port) => linkFolders().remove(port),
};

function linkFolders(): LinkFolders {
  const places = {
    runtimeFolder: Deno.env.get("XDG_RUNTIME_DIR"),
    temporaryFolder: tmpdir(),
    stateFolder: Deno.env.get("XDG_STATE_HOME") || join(homedir(), ".local", "state"),
    userId: Deno.uid() ?? undefined,
  };
  return new LinkFolders(linkFoldersOf(places));
}

/** Skips a folder of another user, whose environment `su` and `sudo` may keep. */
function isUsable(folder: string): boolean {
  try {
    const info = Deno.statSync(folder);
    return info.isDirectory && isOwn(info);
  } catch {
    return false;
  }
}

function isOwn({ uid }: Deno.FileInfo): boolean {
  return isWindows || uid === Deno.uid();
}

function isPrivate(info: Deno.FileInfo): boolean {
  return isWindows || (isOwn(info) && ((info.mode ?? 0) & 0o077) === 0);
}

function removeQuietly(file: string): void {
  try {
    Deno.removeSync(file);
  } catch {
    // It does not exist.
  }
}
