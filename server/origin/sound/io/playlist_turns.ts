import { CommandError } from "../../../../shared/core/errors.ts";
import { audioError, describeLocation, PlaylistFound } from "../../io/bytes/location.ts";
import { type OpenedSound, openSound, type SoundContext } from "./sound_reader.ts";

/** Radios nest playlists up to three deep; deeper is taken for a cycle. */
const MAX_DEPTH = 3;
/** Entries played for one location, those of nested playlists included. */
const MAX_ENTRIES = 500;

/** An opened sound and its location: the location that was given, or an entry of its playlist. */
export interface Turn {
  readonly location: string;
  readonly sound: OpenedSound;
}

/**
 * Opens what is to be played for a location, one sound after the other: one sound, or all sounds of
 * a playlist. The caller closes each sound before it asks for the next one.
 *
 * An entry of a playlist that can't be played is reported and skipped.
 *
 * @throws CommandError when the location can't be opened, or no entry of its playlist can.
 */
export function openInTurn(location: string, context: SoundContext): AsyncGenerator<Turn> {
  return new Turns(context).open(location, 0);
}

class Turns {
  readonly #context: SoundContext;
  #entriesLeft = MAX_ENTRIES;

  constructor(context: SoundContext) {
    this.#context = context;
  }

  async *open(location: string, depth: number): AsyncGenerator<Turn> {
    const opened = await this.#openOne(location);
    if (!(opened instanceof PlaylistFound)) {
      yield { location, sound: opened };
      return;
    }
    if (depth === MAX_DEPTH) {
      throw audioError(location, "is a playlist nested too deep; give the sound itself");
    }
    yield* this.#openEntries(location, opened.entries, depth);
  }

  async #openOne(location: string): Promise<OpenedSound | PlaylistFound> {
    try {
      return await openSound(location, this.#context);
    } catch (error) {
      if (error instanceof PlaylistFound) return error;
      throw error;
    }
  }

  async *#openEntries(
    playlist: string,
    entries: readonly string[],
    depth: number,
  ): AsyncGenerator<Turn> {
    const { signal, onNotice } = this.#context;
    let firstProblem: CommandError | undefined;
    let hasSound = false;
    for (const entry of entries) {
      if (signal.aborted) return;
      if (this.#entriesLeft-- <= 0) {
        onNotice(
          `${
            describeLocation(playlist)
          } lists more than ${MAX_ENTRIES} entries; the rest is left out`,
        );
        break;
      }
      try {
        for await (const turn of this.open(entry, depth + 1)) {
          hasSound = true;
          yield turn;
        }
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        firstProblem ??= error;
        onNotice(`left out: ${error.message}`);
      }
    }
    if (!hasSound && !signal.aborted) throw nothingIn(playlist, firstProblem);
  }
}

const NOTHING_IN_IT = "is a playlist without a playable entry: ";

function nothingIn(playlist: string, problem: CommandError | undefined): CommandError {
  // For playlists in playlists the innermost problem is enough.
  const innermost = problem?.message.split(NOTHING_IN_IT).at(-1);
  const why = innermost?.replace(/^--audio /, "") ?? "it has too many entries";
  return audioError(playlist, `${NOTHING_IN_IT}${why}`);
}
