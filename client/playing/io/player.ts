import type { AudioFormat } from "../../../shared/media/channel.ts";
import { type PlayerCommand, playerCommands } from "./player_commands.ts";

/** A program that makes sound of what `createAudioStreamWriter` writes. */
export interface Player {
  readonly name: string;
  /** Bytes thrown away because the player did not take them in time, or is gone. */
  readonly droppedBytes: number;
  /** Never waits and never throws. */
  write(bytes: Uint8Array): void;
  /** Lets it play what it has and end; resolves when it is gone, after two seconds at most. */
  close(): Promise<void>;
}

export interface PlayerOptions {
  /** Told once when the player dies, once when it can't keep up. */
  readonly onNotice: (text: string) => void;
  /** Tests hand in their own. */
  readonly commands?: readonly PlayerCommand[];
}

/** What may wait for the player: 4 s at 128 kbit/s; the system's pipe holds as much again. */
const MAX_QUEUED_BYTES = 65_536;
const CLOSING_MILLIS = 2000;

/** Starts the first player that is installed; undefined when none is. */
export function openPlayer(
  format: AudioFormat,
  options: PlayerOptions,
): Promise<Player | undefined> {
  for (const command of options.commands ?? playerCommands(format)) {
    const child = start(command);
    if (child !== undefined) {
      return Promise.resolve(new ChildPlayer(command.name, child, options.onNotice));
    }
  }
  return Promise.resolve(undefined);
}

function start({ name, args }: PlayerCommand): Deno.ChildProcess | undefined {
  try {
    const streams = { stdin: "piped", stdout: "null", stderr: "null" } as const;
    return new Deno.Command(name, { args: [...args], ...streams }).spawn();
  } catch {
    // Not installed, or not allowed to run: the next one may be.
    return undefined;
  }
}

class ChildPlayer implements Player {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #onNotice: (text: string) => void;
  #queuedBytes = 0;
  #droppedBytes = 0;
  #isGone = false;
  #isClosing = false;

  constructor(name: string, child: Deno.ChildProcess, onNotice: (text: string) => void) {
    this.name = name;
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#onNotice = onNotice;
    this.#input.closed.catch(() => {});
    void this.#watch();
  }

  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  write(bytes: Uint8Array): void {
    if (this.#isGone || this.#isClosing) {
      this.#droppedBytes += bytes.length;
      return;
    }
    if (this.#queuedBytes + bytes.length > MAX_QUEUED_BYTES) return this.#drop(bytes.length);
    this.#queuedBytes += bytes.length;
    const done = () => void (this.#queuedBytes -= bytes.length);
    // A broken pipe is the player's end, which #watch tells.
    this.#input.write(bytes).then(done, done);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const timer = setTimeout(() => this.#kill(), CLOSING_MILLIS);
    this.#input.close().catch(() => {});
    await this.#child.status;
    clearTimeout(timer);
  }

  #drop(byteLength: number): void {
    if (this.#droppedBytes === 0) {
      this.#onNotice(`${this.name} can't keep up: some sound is left out`);
    }
    this.#droppedBytes += byteLength;
  }

  async #watch(): Promise<void> {
    const { code, signal } = await this.#child.status;
    this.#isGone = true;
    // Ctrl-C in a terminal reaches the player as well; that is no accident.
    if (this.#isClosing || signal === "SIGINT") return;
    const how = signal === null ? `exit status ${code}` : signal;
    this.#onNotice(`${this.name} has ended (${how}): no more sound here, listening goes on`);
  }

  #kill(): void {
    try {
      this.#child.kill();
    } catch {
      // It went by itself in the meantime.
    }
  }
}
