import { basename, dirname, extname, join } from "node:path";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { WAITING_IS_NEWS_AFTER_MILLIS } from "../../../shared/core/pipe_waiting.ts";
import { releaseOpening } from "../../../shared/system/files/named_pipe.ts";
import { describeWriteProblem } from "../../../shared/system/files/writable.ts";

/** The file, pipe or device that a recording writes to, and no other recording. */
export interface RecordingFile {
  /** The real path, which may differ from the path that was asked for. */
  readonly path: string;
  /** Resolves when it can be written: a named pipe waits for a program that reads it. */
  readonly opened: Promise<Deno.FsFile>;
  readonly kind: "file" | "pipe" | "device";
  /** Closes it. An empty file is removed if it was created here. */
  close(): void;
}

export interface TakingOptions {
  /** The path itself has an earlier recording of this listener: use a numbered path. */
  readonly isTaken?: boolean;
  /** The flag that names the path, for errors. */
  readonly flag?: string;
  /** Called when it is a named pipe that no program reads yet. */
  readonly onWaiting?: () => void;
}

/** The highest number that is tried. */
export const MAX_NUMBER = 9999;

/**
 * Opens a file for a recording. A file with content is never overwritten: the recording then goes to a
 * numbered path, `match-2.mp3` beside `match.mp3`. Two programs never get the same file.
 *
 * @throws CommandError when no file can be opened, naming it and what to do.
 */
export function takeRecordingFile(
  path: string,
  { isTaken = false, flag = "--record", onWaiting }: TakingOptions = {},
): RecordingFile {
  try {
    const first = isTaken ? undefined : takeThisFile(path, onWaiting);
    if (first) return first;
    for (let number = 2; number <= MAX_NUMBER; number++) {
      const file = createFile(numbered(path, number));
      if (file) return file;
    }
  } catch (error) {
    throw new CommandError(ExitCode.failure, `${flag} ${path} ${describeWriteProblem(error)}`);
  }
  throw new CommandError(
    ExitCode.failure,
    `${flag} ${path} exists, and so do all numbered files up to ${MAX_NUMBER}: choose another name`,
  );
}

/** `match-2.mp3` for `match.mp3` and 2. */
function numbered(path: string, number: number): string {
  const extension = extname(path);
  return join(dirname(path), `${basename(path, extension)}-${number}${extension}`);
}

/**
 * Opens the file with this path and no other.
 *
 * @returns undefined when it has content, or belongs to another recording.
 * @throws when the system refuses to open it.
 */
export function takeThisFile(path: string, onWaiting?: () => void): RecordingFile | undefined {
  const info = statOf(path);
  if (info === undefined) return createFile(path);
  if (info.isDirectory) throw new Deno.errors.IsADirectory(path);
  if (info.isFile) return info.size === 0 ? takeEmptyFile(path) : undefined;
  return info.isFifo ? new NamedPipe(path, onWaiting) : openDevice(path);
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** @returns undefined when the file exists already. */
function createFile(path: string): RecordingFile | undefined {
  try {
    const file = Deno.openSync(path, { write: true, createNew: true });
    // Other listeners take an unlocked empty file to be unused.
    tryLock(file);
    return new OpenFile(path, file, { isOurs: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  }
}

/** Opens an empty file: one made by `mktemp`, or left by a listener that was killed before any sound. */
function takeEmptyFile(path: string): RecordingFile | undefined {
  const file = Deno.openSync(path, { write: true });
  // A locked file belongs to another recording, which may still wait for its first sound.
  if (tryLock(file) && file.statSync().size === 0) return new OpenFile(path, file);
  file.close();
  return undefined;
}

/** Denos before 2.7 can't try: there an empty file is not taken, and the recording gets the next number. */
function tryLock(file: Deno.FsFile): boolean {
  return "tryLockSync" in file && file.tryLockSync(true);
}

function openDevice(path: string): RecordingFile {
  return new OpenFile(path, Deno.openSync(path, { write: true }), { kind: "device" });
}

class OpenFile implements RecordingFile {
  readonly path: string;
  readonly opened: Promise<Deno.FsFile>;
  readonly kind: "file" | "device";
  readonly #file: Deno.FsFile;
  readonly #isOurs: boolean;
  #isClosed = false;

  constructor(
    path: string,
    file: Deno.FsFile,
    { kind = "file", isOurs = false }: { kind?: "file" | "device"; isOurs?: boolean } = {},
  ) {
    this.path = path;
    this.kind = kind;
    this.opened = Promise.resolve(file);
    this.#file = file;
    this.#isOurs = isOurs;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const isUnused = this.#isOurs && this.#file.statSync().size === 0;
    this.#file.close();
    if (isUnused) removeQuietly(this.path);
  }
}

/** Removes an empty file; does nothing when it is gone or has content. */
function removeQuietly(path: string): void {
  try {
    if (Deno.statSync(path).size === 0) Deno.removeSync(path);
  } catch {
    // The file is gone.
  }
}

/** A named pipe. Opening it waits in the background until a program reads it. */
class NamedPipe implements RecordingFile {
  readonly path: string;
  readonly opened: Promise<Deno.FsFile>;
  readonly kind = "pipe";
  readonly #news: ReturnType<typeof setTimeout>;
  #isOpen = false;
  #isClosed = false;

  constructor(path: string, onWaiting?: () => void) {
    this.path = path;
    this.#news = setTimeout(() => onWaiting?.(), WAITING_IS_NEWS_AFTER_MILLIS);
    this.opened = this.#open();
    // The recorder awaits it too, and reports a failure.
    this.opened.catch(() => {});
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#news);
    if (!this.#isOpen) releaseOpening(this.path);
    this.opened.then((file) => file.close(), () => {});
  }

  async #open(): Promise<Deno.FsFile> {
    const file = await Deno.open(this.path, { write: true });
    this.#isOpen = true;
    clearTimeout(this.#news);
    return file;
  }
}
