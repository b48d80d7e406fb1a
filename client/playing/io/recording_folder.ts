import { basename, dirname, join, resolve } from "node:path";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { describeWriteProblem } from "../../../shared/system/files/writable.ts";
import { isPictureFile } from "../data/data_line.ts";
import { MAX_NUMBER, type RecordingFile, takeThisFile } from "./recording_file.ts";

/** The file of a folder that has the lines. */
const LINES_FILE = "data.ndjson";

/** A folder that a recording of live data writes to, and no other recording. */
export interface RecordingFolder {
  /** The real path, which may differ from the path that was asked for. */
  readonly path: string;
  readonly lines: RecordingFile;
  /** Writes a picture. A file that exists is not overwritten, which is an error. */
  writePicture(name: string, bytes: Uint8Array): Promise<void>;
  /** Closes it. What was created here and is still empty is removed. */
  close(): void;
}

export interface FolderOptions {
  /** The folder itself has an earlier recording of this listener: use a numbered one. */
  readonly isTaken?: boolean;
  /** The flag that names the folder, for errors. */
  readonly flag?: string;
}

/**
 * Opens a folder for a recording of live data, and makes it if there is none. A folder with an earlier recording is
 * left alone: the recording then goes to a numbered folder, `beam-2` beside `beam`. Two programs never get the same.
 *
 * @throws CommandError when no folder can be opened, naming it and what to do.
 */
export function takeRecordingFolder(
  path: string,
  { isTaken = false, flag = "--record-data" }: FolderOptions = {},
): RecordingFolder {
  try {
    const first = isTaken ? undefined : takeThisFolder(path);
    if (first) return first;
    for (let number = 2; number <= MAX_NUMBER; number++) {
      const folder = takeThisFolder(numbered(path, number));
      if (folder) return folder;
    }
  } catch (error) {
    throw new CommandError(ExitCode.failure, `${flag} ${path} ${describe(error)}`);
  }
  throw new CommandError(
    ExitCode.failure,
    `${flag} ${path} has a recording, and so have all numbered folders up to ${MAX_NUMBER}: choose another name`,
  );
}

/** `beam-2` for `beam` and 2; beside the working folder for `.`. */
function numbered(path: string, number: number): string {
  const named = /^\.*$/.test(basename(path)) ? resolve(path) : path;
  return join(dirname(named), `${basename(named)}-${number}`);
}

/** @returns undefined when it has a recording. */
function takeThisFolder(path: string): RecordingFolder | undefined {
  const isOurs = makeFolder(path);
  if (!isOurs && hasPictures(path)) return undefined;
  const lines = takeThisFile(join(path, LINES_FILE));
  return lines && new OpenFolder(path, lines, isOurs);
}

/** @returns whether it was made, because there was none. */
function makeFolder(path: string): boolean {
  try {
    if (Deno.statSync(path).isDirectory) return false;
    throw new Deno.errors.NotADirectory(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.mkdirSync(path, { recursive: true });
  return true;
}

function hasPictures(path: string): boolean {
  return Iterator.from(Deno.readDirSync(path)).some(({ name }) => isPictureFile(name));
}

function describe(error: unknown): string {
  // A link to nothing exists too, and no folder can take its place.
  const isNoFolder = error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.AlreadyExists;
  if (isNoFolder) return "is not a folder: choose another name";
  return describeWriteProblem(error);
}

class OpenFolder implements RecordingFolder {
  readonly path: string;
  readonly lines: RecordingFile;
  readonly #isOurs: boolean;

  constructor(path: string, lines: RecordingFile, isOurs: boolean) {
    this.path = path;
    this.lines = lines;
    this.#isOurs = isOurs;
  }

  async writePicture(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.path, name);
    const file = await Deno.open(path, { write: true, createNew: true });
    try {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
    } catch (error) {
      await Deno.remove(path).catch(() => {});
      throw error;
    } finally {
      file.close();
    }
  }

  close(): void {
    this.lines.close();
    if (this.#isOurs) removeIfEmpty(this.path);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    Deno.removeSync(folder);
  } catch {
    // It has a recording.
  }
}
