import { fileURLToPath } from "node:url";
import type { Millis } from "../../shared/core/units.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { numberedFrames } from "../../tests/fakes/numbered_frames.ts";

const PLAYER = fileURLToPath(new URL("./clocked_player.ts", import.meta.url));
const FRAMES_PER_SECOND = 44_100 / 1152;

/** A file of so many seconds whose frames can be told apart. */
export async function writeNumberedSound(file: string, seconds: number): Promise<void> {
  const sound = numberedFrames().take(Math.ceil(seconds * FRAMES_PER_SECOND)).map(({ bytes }) =>
    bytes
  );
  await Deno.writeFile(file, ReadableStream.from(sound));
}

/**
 * How long a listening program takes to hand sound to its player: from when a frame's packet left the host,
 * as a relay sees it, to when the player has read it.
 */
export class Delivery {
  readonly #folder: string;
  /** By SSRC: the number of its first packet and when each left, counted from there. */
  readonly #sent = new Map<number, { readonly first: number; readonly at: Millis[] }>();

  /** @param folder made if it isn't there. */
  constructor(folder: string) {
    this.#folder = folder;
    Deno.mkdirSync(folder, { recursive: true });
    const command = `exec '${Deno.execPath()}' run -A '${PLAYER}' '${this.#times}'`;
    Deno.writeTextFileSync(`${folder}/ffplay`, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  }

  /** With this a listener takes our player for the best of those installed. */
  get env(): Record<string, string> {
    return { PATH: `${this.#folder}:${Deno.env.get("PATH")}` };
  }

  /** A datagram left the host. */
  watch(datagram: Uint8Array): void {
    const kind = demux(datagram);
    if (!kind.ok || kind.value !== "rtp") return;
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    const [sequence, ssrc] = [view.getUint16(2), view.getUint32(8)];
    const sent = this.#sent.get(ssrc) ?? { first: sequence, at: [] };
    this.#sent.set(ssrc, sent);
    sent.at[(sequence - sent.first) & 0xffff] ??= now();
  }

  /** Of each frame that was played, in a stream that carries one in a packet. */
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

/** On a clock that programs share. */
function now(): Millis {
  return performance.timeOrigin + performance.now();
}
