/*
 * Files and named pipes, as the operating system has them.
 *
 * In: a path that a user gave, or that of a file that comes with the program. Out: whether it can be read, written or
 * replaced, in words for people where it can't.
 *
 * replace_file.ts (this file) replaces a file whole or not at all; writable.ts says why one can't be written before
 * anything is; locked_files.ts says why the binary opens no devices; named_pipe.ts ends a wait for a pipe;
 * program_file.ts finds a file of the program, also in the binary. Read next: writable.ts.
 */
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";

const encoder = new TextEncoder();
const PERMISSIONS = 0o7777;

/**
 * The real path of a file whose name may be a symbolic link. The file itself is replaced, so that
 * all links to it lead to the new file.
 *
 * @throws Error with a message for people for a broken link; the system's error otherwise.
 */
export async function findFile(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    const target = await Deno.readLink(path).catch(() => undefined);
    if (target === undefined || !(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`is a link to ${target}, which does not exist: make that, or remove the link`);
  }
}

/**
 * @throws Error with a message for people for a file with several hard links, as only one would
 * change.
 */
export function assertReplaceable({ nlink }: Deno.FileInfo): void {
  if ((nlink ?? 1) <= 1) return;
  throw new Error(
    `has ${nlink} names (hard links), and only one would show the change. Nothing was changed: ` +
      "leave one name and make the others symbolic links to it",
  );
}

/**
 * Replaces a file as a whole or not at all. The new file has the owner and the permissions of the
 * old one.
 *
 * @param path not a link: see {@linkcode findFile}.
 * @throws Error with a message for people when owner or permissions can't be kept.
 */
export async function replaceFile(path: string, text: string, old: Deno.FileInfo): Promise<void> {
  using draft = await Draft.write(path, text);
  await draft.takeAfter(old);
  try {
    await Deno.rename(draft.path, path);
  } catch (error) {
    if ((error as { code?: string }).code !== "EBUSY") throw error;
    throw new Error("is mounted by itself, so nothing can take its place: mount its folder");
  }
}

/**
 * Creates a file that only its owner may read; an existing file is not changed. The file is locked
 * until its temporary name is removed.
 */
export async function createFile(path: string, text: string): Promise<void> {
  using draft = await Draft.write(path, text);
  await draft.file.lock(true);
  try {
    // Unlike a rename, a link never replaces a file: the second process finds the name taken.
    await Deno.link(draft.path, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/**
 * A temporary file in the same folder, because only there a rename replaces the file in one step.
 */
class Draft implements Disposable {
  private constructor(readonly path: string, readonly file: Deno.FsFile) {}

  /** Writes the file to the disk, readable by this user only. */
  static async write(place: string, text: string): Promise<Draft> {
    const path = `${place}.${crypto.randomUUID()}`;
    const options = { write: true, createNew: true, mode: 0o600 };
    const draft = new Draft(path, await Deno.open(path, options).catch(explainFolder(place)));
    try {
      const bytes = encoder.encode(text);
      for (let offset = 0; offset < bytes.length;) {
        offset += await draft.file.write(bytes.subarray(offset));
      }
      await draft.file.sync();
      return draft;
    } catch (error) {
      draft[Symbol.dispose]();
      throw error;
    }
  }

  /** Sets the owner and the permissions of the old file. */
  async takeAfter({ uid, gid, mode }: Deno.FileInfo): Promise<void> {
    // Windows has neither: a file has the permissions of its folder.
    if (Deno.build.os === "windows") return;
    const permissions = (mode ?? 0) & PERMISSIONS;
    const own = await this.file.stat();
    try {
      this.#withDescriptor(own, (descriptor) => {
        if (own.uid !== uid || own.gid !== gid) fchownSync(descriptor, uid!, gid!);
        // After the owner, because a change of owner may clear permission bits.
        fchmodSync(descriptor, permissions);
      });
    } catch (error) {
      if ((error as { code?: string }).code !== "EPERM") throw error;
    }
    const now = await this.file.stat();
    const isSame = now.uid === uid && now.gid === gid && (now.mode! & PERMISSIONS) === permissions;
    if (isSame) return;
    throw new Error(
      `belongs to user ${uid} and group ${gid}, which a change by this user can't keep. ` +
        "Nothing was changed: do it as that user, or as root",
    );
  }

  /**
   * Changes the file itself, not its name: the owner of the folder may have put another file under
   * the name, and root must not give that file away.
   */
  #withDescriptor(own: Deno.FileInfo, change: (descriptor: number) => void): void {
    const descriptor = openSync(
      this.path,
      constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      const { dev, ino } = fstatSync(descriptor);
      if (dev !== own.dev || ino !== own.ino) {
        throw new Error("another file took the place of the new one; nothing was changed");
      }
      change(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  [Symbol.dispose](): void {
    try {
      // After a rename the temporary name no longer exists.
      Deno.removeSync(this.path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    } finally {
      this.file.close();
    }
  }
}

function explainFolder(place: string): (error: unknown) => never {
  const folder = dirname(resolve(place));
  return (error) => {
    if (error instanceof Deno.errors.NotFound) {
      throw new Error(`its folder ${folder} does not exist: make that first`);
    }
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new Error(`a change needs a new file in ${folder}, where this user may make none`);
  };
}
