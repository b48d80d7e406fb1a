import type { Clock } from "../../../../shared/driver/clock.ts";
import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import type { AudioFormat, EncodedFrame } from "../../../../shared/media/channel.ts";
import {
  audioError,
  describeLocation,
  type HttpPatience,
  isStandardInput,
} from "./bytes/location.ts";
import type { SoundContext } from "./sound_reader.ts";
import { openInTurn, type Turn } from "./playlist_turns.ts";
import { isNamedPipe } from "../../io/named_pipe.ts";

/** Sound to be sent, opened and understood. */
export interface AudioSource {
  /** Of the first location; later ones have the same codec. */
  readonly format: AudioFormat;
  /** Whether it comes in its own time (a radio, a pipe) rather than as fast as it is read. */
  readonly isLive: boolean;
  /** Told in one line what is odd and goes on: a truncated file, a lost connection. */
  onNotice?: (text: string) => void;
  /**
   * The frames in order, read as they are pulled; call it once. It ends when `signal` aborts.
   *
   * They are the source's, bit for bit: every MP3 frame except the Xing, Info or VBRI header frame
   * (which holds no sound), every Opus packet; encoder delay and padding are part of it.
   */
  frames(): AsyncIterable<EncodedFrame>;
}

export interface AudioSourceOptions {
  /** Starts over after the last one, for ever. */
  readonly loop: boolean;
  readonly signal: AbortSignal;
  readonly patience?: Partial<HttpPatience>;
  /** Tells when what is live has sent bytes without sound for too long. */
  readonly clock?: Clock;
  /** Told in one line that nobody writes to a named pipe yet, which is waited for. */
  readonly onWaiting?: (text: string) => void;
}

/** Sound that is open, and what is to be played after it for the same location. */
interface Opened {
  readonly turn: Turn;
  readonly others: AsyncGenerator<Turn>;
}

/** Notices that nobody listened to yet; more than a few say nothing new. */
const MAX_KEPT_NOTICES = 10;

/**
 * Opens MP3 and Ogg Opus sound: files, `-` for standard input, http(s) addresses, playlists of them;
 * several are played one after the other without a gap.
 *
 * @throws CommandError that names the location and what to do: it can't be opened, holds no sound
 * (exit 1), or does not go with the others (exit 2).
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
  /** What was said already; a loop would say it each time round, what is live says it when it is so. */
  readonly #said = new Set<string>();
  #kept: string[] = [];
  #first: Opened | undefined;
  /** Whose codec is the broadcast's. */
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

  /** Looks at a later one now, so that a mistake shows before the match and not in the midst of it. */
  async probe(given: string): Promise<void> {
    // What comes only once is not to be used up by looking at it.
    if (isStandardInput(given) || isNamedPipe(given)) return;
    const opened = await openFirstOf(given, { ...this.#context, onNotice: () => {} });
    const { location, sound } = opened.turn;
    await close(opened);
    this.#checkCodec(location, sound.format);
    if (sound.format.sampleRate !== this.format.sampleRate) {
      const rates = `${sound.format.sampleRate} Hz, not ${this.format.sampleRate} Hz`;
      this.#notify(
        `${describeLocation(location)} has ${rates}; some players stumble over the change`,
      );
    }
  }

  async close(): Promise<void> {
    if (this.#first) await close(this.#first);
  }

  async *frames(): AsyncGenerator<EncodedFrame> {
    for (const notice of this.#kept.splice(0)) this.onNotice?.(notice);
    do {
      let hasSound = false;
      for (const location of this.#locations) {
        for await (const frame of this.#play(location)) {
          hasSound = true;
          yield frame;
        }
        if (this.#context.signal.aborted) return;
      }
      // Whatever played at first is gone; a loop around nothing would never rest.
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

  /** What can't be opened any more is passed over: the match goes on. */
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
    else if (this.#kept.length < MAX_KEPT_NOTICES) this.#kept.push(text);
  }
}

/** @throws CommandError when nothing of it can be played. */
async function openFirstOf(location: string, context: SoundContext): Promise<Opened> {
  const others = openInTurn(location, context);
  const first = await others.next();
  if (first.done) throw audioError(location, "was given up before any sound of it was found");
  return { turn: first.value, others };
}

async function close({ turn, others }: Opened): Promise<void> {
  await turn.sound.close();
  await others.return(undefined);
}
