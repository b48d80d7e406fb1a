import { basename, dirname, extname, join } from "node:path";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { WAITING_IS_NEWS_AFTER_MILLIS } from "../../../shared/core/pipe_waiting.ts";
import { describeWriteProblem } from "../../../shared/system/writable.ts";

/** A place that a recording has to itself: a file, or a pipe or device that takes what it is given. */
export interface RecordingFile {
  /** Where it really is: not always the path that was asked for. */
  readonly path: string;
  /** Resolves once it can be written: a named pipe waits for a program that reads it. */
  readonly opened: Promise<Deno.FsFile>;
  readonly kind: "file" | "pipe" | "device";
  /** Lets go of it; a file that nothing was written to is removed if it was made here. */
  close(): void;
}

export interface TakingOptions {
  /** Leaves the file itself to an earlier recording, and begins with its neighbours. */
  readonly isTaken?: boolean;
  /** Told when it is a named pipe that nobody reads yet. */
  readonly onWaiting?: () => void;
}

/** Neighbours that are tried before giving up. */
const MAX_NUMBER = 9999;

/**
 * Takes a place for a recording. A file that has something in it is never touched: the recording gets a
 * numbered neighbour then, `match-2.mp3` beside `match.mp3`. Two programs never get the same file.
 *
 * @throws CommandError when none can be had, naming it and what to do.
 */
export function takeRecordingFile(
  path: string,
  { isTaken = false, onWaiting }: TakingOptions = {},
): RecordingFile {
  try {
    const first = isTaken ? undefined : tryTaking(path, onWaiting);
    if (first) return first;
    for (let number = 2; number <= MAX_NUMBER; number++) {
      const neighbour = createFile(numbered(path, number));
      if (neighbour) return neighbour;
    }
  } catch (error) {
    throw new CommandError(ExitCode.failure, `--record ${path} ${describeWriteProblem(error)}`);
  }
  throw new CommandError(
    ExitCode.failure,
    `--record ${path} is there already, and so are ${MAX_NUMBER} more: choose another name`,
  );
}

/** `match.mp3` and 2 make `match-2.mp3`. */
function numbered(path: string, number: number): string {
  const extension = extname(path);
  return join(dirname(path), `${basename(path, extension)}-${number}${extension}`);
}

function tryTaking(path: string, onWaiting?: () => void): RecordingFile | undefined {
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

/** @returns undefined when somebody has that name already. */
function createFile(path: string): RecordingFile | undefined {
  try {
    const file = Deno.openSync(path, { write: true, createNew: true });
    // Others take an empty file for free unless it is locked.
    file.tryLockSync(true);
    return new OpenFile(path, file, { isOurs: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  }
}

/** One that was made for this (`mktemp`), or that a listener left which was killed before any sound. */
function takeEmptyFile(path: string): RecordingFile | undefined {
  const file = Deno.openSync(path, { write: true });
  // Whoever has it locked records to it, and may just be waiting for the first sound.
  if (file.tryLockSync(true) && file.statSync().size === 0) return new OpenFile(path, file);
  file.close();
  return undefined;
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

/** Somebody may have removed or moved it, which is no trouble of ours. */
function removeQuietly(path: string): void {
  try {
    if (Deno.statSync(path).size === 0) Deno.removeSync(path);
  } catch {
    // It is gone.
  }
}

/** A named pipe, whose opening waits in the background until some program reads it. */
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
    // Whoever writes hears of it.
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

/** Lets go whoever waits for the other end of a pipe, by being it for a moment. */
function releaseOpening(path: string): void {
  try {
    Deno.openSync(path, { read: true, write: true }).close();
  } catch {
    // It is gone, or not ours to read; the end of the program ends the waiting then.
  }
}
