import { join } from "node:path";
import { tmpdir } from "node:os";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { LinkStore } from "../../shared/core/join_link.ts";

/** Longer than any join link. */
const MAX_LINK_BYTES = 4096;
const isWindows = Deno.build.os === "windows";

/**
 * A folder of join links. As a link holds the token, folder and files are the user's alone (0700,
 * 0600), and what somebody else could have made is neither written to nor read.
 */
export class LinkFolder implements LinkStore {
  constructor(readonly path: string) {}

  /** @throws CommandError when the folder can't be had, or not by this user alone. */
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
    if (!info.isDirectory) throw new Error("it is a link to elsewhere");
    if (!isOwn(info)) throw new Error("it belongs to another user");
    if (!isPrivate(info)) Deno.chmodSync(this.path, 0o700);
  }

  /** Written aside and renamed, so that a reader never sees half a link. */
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

/** What decides where the links are. */
export interface UserPlaces {
  /** `$XDG_RUNTIME_DIR`. */
  readonly runtimeFolder: string | undefined;
  readonly temporaryFolder: string;
  /** Undefined where the system has no numbers for users. */
  readonly userId: number | undefined;
}

/**
 * `streamer` in the user's runtime folder, or else in the one for temporary files, which Windows
 * and macOS give each user and other systems share among all.
 */
export function chooseLinkFolder(places: UserPlaces): string {
  const { runtimeFolder, temporaryFolder, userId } = places;
  if (runtimeFolder && isUsable(runtimeFolder)) return join(runtimeFolder, "streamer");
  return join(temporaryFolder, userId === undefined ? "streamer" : `streamer-${userId}`);
}

export const leaveLink: LinkStore["leave"] = (port, link) => linkFolder().leave(port, link);
export const findLink: LinkStore["find"] = (port) => linkFolder().find(port);
export const removeLink: LinkStore["remove"] = (port) => linkFolder().remove(port);

/** Where this user's hosts leave their join links for the same user's listeners. */
export const runtimeLinkStore: LinkStore = { leave: leaveLink, find: findLink, remove: removeLink };

function linkFolder(): LinkFolder {
  const path = chooseLinkFolder({
    runtimeFolder: Deno.env.get("XDG_RUNTIME_DIR"),
    temporaryFolder: tmpdir(),
    userId: Deno.uid() ?? undefined,
  });
  return new LinkFolder(path);
}

/** One that is left over from another user (`su`, `sudo`) is passed over. */
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
    // Gone already.
  }
}
