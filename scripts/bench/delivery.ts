import { fileURLToPath } from "node:url";
import type { Millis } from "../../shared/core/units.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { numberedFrames } from "../../tests/fakes/numbered_frames.ts";

const PLAYER = fileURLToPath(new URL("./clocked_player.ts", import.meta.url));
const FRAMES_PER_SECOND = 44_100 / 1152;

/** Writes an MP3 file of this many seconds whose frames are numbered. */
export async function writeNumberedSound(file: string, seconds: number): Promise<void> {
  const sound = numberedFrames().take(Math.ceil(seconds * FRAMES_PER_SECOND)).map(({ bytes }) =>
    bytes
  );
  await Deno.writeFile(file, ReadableStream.from(sound));
}

/**
 * How long sound takes to reach the player of a listening program: from the time a frame's packet left
 * the host, as a relay sees it, to the time the player read the frame.
 */
export class Delivery {
  readonly #folder: string;
  /** By SSRC: the number of its first packet, and the time each packet left, from there on. */
  readonly #sent = new Map<number, { readonly first: number; readonly at: Millis[] }>();

  /** @param folder is created if missing. */
  constructor(folder: string) {
    this.#folder = folder;
    Deno.mkdirSync(folder, { recursive: true });
    const command = `exec '${Deno.execPath()}' run -A '${PLAYER}' '${this.#times}'`;
    Deno.writeTextFileSync(`${folder}/ffplay`, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  }

  /** The environment with which a listener chooses our player. */
  get env(): Record<string, string> {
    return { PATH: `${this.#folder}:${Deno.env.get("PATH")}` };
  }

  /** Takes a datagram that left the host. */
  watch(datagram: Uint8Array): void {
    const kind = demux(datagram);
    if (!kind.ok || kind.value !== "rtp") return;
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    const [sequence, ssrc] = [view.getUint16(2), view.getUint32(8)];
    const sent = this.#sent.get(ssrc) ?? { first: sequence, at: [] };
    this.#sent.set(ssrc, sent);
    sent.at[(sequence - sent.first) & 0xffff] ??= now();
  }

  /** The delay of each played frame, in a stream with one frame per packet. */
  delays(ssrc: number): Millis[] {
    const { at } = this.#sent.get(ssrc)!;
    const lines = Deno.readTextFileSync(this.#times).trim().split("\n");
    const played = lines.map((line) => line.split(" ").map(Number) as [number, Millis]);
    return played.map(([number, playedAt]) => playedAt - at[number]!);
  }

  get #times(): string {
    return `${this.#folder}/times`;
  }
}

/** The time of a clock that programs share. */
function now(): Millis {
  return performance.timeOrigin + performance.now();
}
