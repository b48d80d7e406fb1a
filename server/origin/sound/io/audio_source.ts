/*
 * Where audio comes from: opens `--audio` and reads it as encoded frames.
 *
 * In: locations: files, named pipes, `-` for standard input, http(s) addresses, playlists of them.
 * Out: MP3 frames or Opus packets in order, bit for bit, as fast as they are pulled; notices for
 * the host. `../sound.ts` sends them in time.
 *
 * Read next, from here towards the bytes: `playlist_turns.ts` (one location may be a playlist),
 * `sound_reader.ts` (one opened location), `sound_splitter.ts` (MP3 or Ogg Opus?), `formats/` (cuts
 * bytes into frames), `../../io/bytes/open_bytes.ts` (opens files and addresses).
 */

import type { Clock } from "../../../../shared/driver/clock.ts";
import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import type { AudioFormat, EncodedFrame } from "../../../../shared/media/channel.ts";
import {
  audioError,
  describeLocation,
  type HttpPatience,
  isPipe,
  isStandardInput,
} from "../../io/bytes/location.ts";
import type { SoundContext } from "./sound_reader.ts";
import { openInTurn, type Turn } from "./playlist_turns.ts";

/** Audio to be sent: opened, with its format known. */
export interface AudioSource {
  /** The format of the first location; later locations have the same codec. */
  readonly format: AudioFormat;
  /** Whether the audio comes in real time (a radio, a pipe) rather than as fast as it is read. */
  readonly isLive: boolean;
  /**
   * Called with one line for each problem that does not end the source: a truncated file, a lost
   * connection.
   */
  onNotice?: (text: string) => void;
  /**
   * The frames in order, read as they are pulled. To be called once; ends when `signal` aborts.
   *
   * The frames are those of the source, bit for bit: every MP3 frame except the Xing, Info or VBRI
   * header frame (which holds no sound), and every Opus packet. Encoder delay and padding stay in.
   */
  frames(): AsyncIterable<EncodedFrame>;
}

export interface AudioSourceOptions {
  /** Whether to start again with the first location after the last one, without end. */
  readonly loop: boolean;
  readonly signal: AbortSignal;
  readonly patience?: Partial<HttpPatience>;
  /** To notice when a live source sends bytes without sound for too long. */
  readonly clock?: Clock;
  /** Called with one line when no program writes to a named pipe yet; opening goes on waiting. */
  readonly onWaiting?: (text: string) => void;
}

/** The first sound of a location, opened, and the later ones if the location is a playlist. */
interface Opened {
  readonly turn: Turn;
  readonly others: AsyncGenerator<Turn>;
}

/** Notices kept until {@linkcode AudioSource.onNotice} is used; later ones are dropped. */
const MAX_KEPT_NOTICES = 10;

/**
 * Opens MP3 and Ogg Opus: files, `-` for standard input, http(s) addresses, playlists of them.
 * Several locations are played one after the other without a gap.
 *
 * @throws CommandError that names the location and what to do: the location can't be opened or
 * holds no sound (exit 1), or has another codec than the first one (exit 2).
 */
export async function openAudioSource(
  locations: readonly string[],
  options: AudioSourceOptions,
): Promise<AudioSource> {
  const [first, ...others] = locations;
  if (first === undefined) {
    throw new CommandError(ExitCode.usage, "--audio needs a file, an http address, or - for stdin");
  }
  checkStandardInput(locations, options.loop);
  const source = new PlaylistSource(locations, options);
  await source.openFirst();
  try {
    for (const location of others) await source.probe(location);
  } catch (error) {
    await source.close();
    throw error;
  }
  return source;
}

function checkStandardInput(locations: readonly string[], loop: boolean): void {
  const count = locations.filter(isStandardInput).length;
  if (count > 1) throw audioError("-", "can be read only once; name it once", ExitCode.usage);
  if (count === 1 && loop) {
    throw audioError(
      "-",
      "can't be played again; leave out --loop, or give a file",
      ExitCode.usage,
    );
  }
}

class PlaylistSource implements AudioSource {
  readonly #locations: readonly string[];
  readonly #loop: boolean;
  readonly #context: SoundContext;
  /** Notices given so far. A loop gives each one once; a live source may repeat them. */
  readonly #said = new Set<string>();
  #keptNotices: string[] = [];
  #first: Opened | undefined;
  /** The location whose codec is the codec of the broadcast. */
  #firstLocation = "";
  #format: AudioFormat | undefined;
  #isLive = false;
  onNotice?: (text: string) => void;

  constructor(locations: readonly string[], { loop, ...context }: AudioSourceOptions) {
    this.#locations = locations;
    this.#loop = loop;
    this.#context = { ...context, onNotice: (text) => this.#notify(text) };
  }

  get format(): AudioFormat {
    return this.#format!;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  async openFirst(): Promise<void> {
    this.#first = await openFirstOf(this.#locations[0]!, this.#context);
    const { sound } = this.#first.turn;
    this.#firstLocation = this.#first.turn.location;
    this.#format = sound.format;
    this.#isLive = sound.isLive;
  }

  /**
   * Opens a later location before the match, so that a mistake shows now and not during the match.
   */
  async probe(given: string): Promise<void> {
    // It can be read only once, so it is not opened before its turn.
    if (isPipe(given)) return;
    const opened = await openFirstOf(given, { ...this.#context, onNotice: () => {} });
    const { location, sound } = opened.turn;
    await close(opened);
    this.#checkCodec(location, sound.format);
    if (sound.format.sampleRate !== this.format.sampleRate) {
      const rates = `${sound.format.sampleRate} Hz, not ${this.format.sampleRate} Hz`;
      this.#notify(
        `${describeLocation(location)} has ${rates}; some players fail at the change`,
      );
    }
  }

  async close(): Promise<void> {
    if (this.#first) await close(this.#first);
  }

  async *frames(): AsyncGenerator<EncodedFrame> {
    for (const notice of this.#keptNotices.splice(0)) this.onNotice?.(notice);
    do {
      let hasSound = false;
      for (const location of this.#locations) {
        for await (const frame of this.#play(location)) {
          hasSound = true;
          yield frame;
        }
        if (this.#context.signal.aborted) return;
      }
      // No location has sound any more; looping on would never pause.
      if (!hasSound) return;
    } while (this.#loop);
  }

  async *#play(location: string): AsyncGenerator<EncodedFrame> {
    for await (const turn of this.#open(location)) {
      try {
        if (this.#fits(turn)) yield* turn.sound.frames();
      } finally {
        await turn.sound.close();
      }
    }
  }

  /** A location that can't be opened any more is skipped: the match goes on. */
  async *#open(location: string): AsyncGenerator<Turn> {
    const first = this.#first;
    this.#first = undefined;
    try {
      if (first !== undefined) yield first.turn;
      yield* first?.others ?? openInTurn(location, this.#context);
    } catch (error) {
      this.#leaveOut(error);
    }
  }

  #fits({ location, sound }: Turn): boolean {
    try {
      this.#checkCodec(location, sound.format);
      return true;
    } catch (error) {
      this.#leaveOut(error);
      return false;
    }
  }

  #leaveOut(error: unknown): void {
    if (!(error instanceof CommandError)) throw error;
    this.#notify(`left out: ${error.message}`);
  }

  #checkCodec(location: string, format: AudioFormat): void {
    if (format.codec === this.format.codec) return;
    const names = { mp3: "MP3", opus: "Opus" };
    const first = describeLocation(this.#firstLocation);
    const problem = `is ${names[format.codec]}, but ${first} is ${names[this.format.codec]}; ` +
      "one broadcast has one codec, convert one of them";
    throw audioError(location, problem, ExitCode.usage);
  }

  #notify(text: string): void {
    const isConnection = text.startsWith("lost the connection to ");
    if (this.#said.has(text) && !isConnection && !this.#isLive) return;
    this.#said.add(text);
    if (this.onNotice !== undefined) this.onNotice(text);
    else if (this.#keptNotices.length < MAX_KEPT_NOTICES) this.#keptNotices.push(text);
  }
}

/** @throws CommandError when nothing at this location can be played. */
async function openFirstOf(location: string, context: SoundContext): Promise<Opened> {
  const others = openInTurn(location, context);
  const first = await others.next();
  if (first.done) throw audioError(location, "gave no sound before it was given up");
  return { turn: first.value, others };
}

async function close({ turn, others }: Opened): Promise<void> {
  await turn.sound.close();
  await others.return(undefined);
}
