import { CommandError } from "../../../../shared/core/errors.ts";
import { audioError, describeLocation, PlaylistFound } from "./bytes/audio_source_location.ts";
import { openSound, type Sound, type SoundContext } from "./audio_source_sound.ts";

/** A playlist in a playlist in a playlist, as radios have them; deeper is a circle. */
const MAX_DEPTH = 3;
/** Of one location, those of playlists in playlists included. */
const MAX_ENTRIES = 500;

/** A sound, and the location that it comes from: the one that was given, or an entry of it. */
export interface Turn {
  readonly location: string;
  readonly sound: Sound;
}

/**
 * What is to be played for a location: one sound, or those of the playlist that it is, one after the
 * other. Each is to be closed before the next one is asked for.
 *
 * What can't be played in a playlist is told and left out.
 *
 * @throws CommandError when the location can't be opened, or nothing in it can.
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
      throw audioError(location, "is a playlist in a playlist too often; give the sound itself");
    }
    yield* this.#openEntries(location, opened.entries, depth);
  }

  async #openOne(location: string): Promise<Sound | PlaylistFound> {
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
          `${describeLocation(playlist)} lists more than ${MAX_ENTRIES}; the rest is left out`,
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

const NOTHING_IN_IT = "is a playlist of which nothing can be played: ";

function nothingIn(playlist: string, problem: CommandError | undefined): CommandError {
  // Of playlists in playlists the innermost problem says it all.
  const innermost = problem?.message.split(NOTHING_IN_IT).at(-1);
  const why = innermost?.replace(/^--audio /, "") ?? "it has too many entries";
  return audioError(playlist, `${NOTHING_IN_IT}${why}`);
}
