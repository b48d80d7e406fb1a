import { closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";

const encoder = new TextEncoder();
const PERMISSIONS = 0o7777;

/**
 * The file behind a name, which may be a symbolic link: what replaces a file takes the place of the
 * file itself, so that all links to it show the new one.
 *
 * @throws Error with words for people when a link leads nowhere; whatever the system says otherwise.
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

/** What a change must not lose. @throws Error with words for people when it would. */
export function assertReplaceable({ nlink }: Deno.FileInfo): void {
  if ((nlink ?? 1) <= 1) return;
  throw new Error(
    `has ${nlink} names (hard links), and only one would show the change. Nothing was changed: ` +
      "leave one name and make the others symbolic links to it",
  );
}

/**
 * Replaces a file as a whole or not at all. The new one belongs to whom the old one did, and the same
 * people may read it.
 *
 * @param path no link: see {@linkcode findFile}.
 * @throws Error with words for people when owner or permissions can't be kept.
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
 * Makes a file, for its owner alone, unless there is one: then that is left as it is. Until it has its
 * name alone it is locked.
 */
export async function createFile(path: string, text: string): Promise<void> {
  using draft = await Draft.write(path, text);
  await draft.file.lock(true);
  try {
    // A link never replaces: whoever comes second finds the name taken.
    await Deno.link(draft.path, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** A file beside the one whose place it is to take: only there it can do so in one step. */
class Draft implements Disposable {
  private constructor(readonly path: string, readonly file: Deno.FsFile) {}

  /** On the disk, and nobody's but ours to read. */
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

  /** Gives it the owner and the permissions of another. */
  async takeAfter({ uid, gid, mode }: Deno.FileInfo): Promise<void> {
    // Windows has neither; what is in the folder has the folder's.
    if (Deno.build.os === "windows") return;
    const permissions = (mode ?? 0) & PERMISSIONS;
    const own = await this.file.stat();
    try {
      this.#withDescriptor(own, (descriptor) => {
        if (own.uid !== uid || own.gid !== gid) fchownSync(descriptor, uid!, gid!);
        // Afterwards, as a change of owner may take some of them away.
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
   * Whoever the folder belongs to may have put something else under the name meanwhile, which root must
   * not give away: so it is the file itself that is changed.
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
      // Its name is gone when it has taken the other's place.
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
