import { concat } from "../../../../../shared/core/bytes.ts";
import {
  type AudioSource,
  openAudioSource,
} from "../../../../../server/origin/sound/io/audio_source.ts";
import type { EncodedFrame } from "../../../../../shared/media/channel.ts";
import { mp3Frames } from "../../../../shared/media/frames.ts";

export const FRAMES = mp3Frames(40);
export const SOUND = concat(...FRAMES.map(({ bytes }) => bytes));
export const RADIO = { "icy-name": "Test FM", "content-type": "audio/mpeg" };

export type Answer = (request: Request) => Response;

export interface Played {
  readonly frames: EncodedFrame[];
  readonly requests: readonly Request[];
  readonly notices: readonly string[];
  readonly pauses: readonly number[];
  readonly isLive: boolean;
}

/** Plays the answers of a server, one answer per request; the last answer is repeated. */
export async function play(
  answers: readonly Answer[],
  limit = Infinity,
  patience: { silenceMillis?: number } = {},
): Promise<Played> {
  let played: Played | undefined;
  await withServer(answers, async (address, requests) => {
    const pauses: number[] = [];
    const notices: string[] = [];
    const pause = (millis: number) => Promise.resolve(void pauses.push(millis));
    const source = await open(address, { pause, ...patience });
    source.onNotice = (text) => notices.push(text);
    const frames = await collect(source, limit);
    played = { frames, requests, notices, pauses, isLive: source.isLive };
  });
  return played!;
}

export function open(location: string, patience = {}): Promise<AudioSource> {
  return openAudioSource([location], {
    loop: false,
    signal: new AbortController().signal,
    patience,
  });
}

export async function collect(source: AudioSource, limit = Infinity): Promise<EncodedFrame[]> {
  const frames: EncodedFrame[] = [];
  for await (const frame of source.frames()) if (frames.push(frame) >= limit) break;
  return frames;
}

export async function withServer(
  answers: readonly Answer[],
  test: (address: string, requests: readonly Request[]) => Promise<void>,
): Promise<void> {
  const requests: Request[] = [];
  const answer = (request: Request) => {
    // A copy, because the server reuses the request after the answer.
    requests.push(new Request(request.url, { headers: [...request.headers] }));
    return answers[Math.min(requests.length, answers.length) - 1]!(request);
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError },
    answer,
  );
  try {
    await test(`http://127.0.0.1:${server.addr.port}/sound`, requests);
  } finally {
    await server.shutdown();
  }
}

function onError(error: unknown): Response {
  return new Response(String(error), { status: 500 });
}

/** A body without a length that ends, breaks off, or sends nothing more. */
export function endless(
  bytes: Uint8Array<ArrayBuffer>,
  end: "end" | "drop" | "hang",
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let position = 0;
  return new ReadableStream({
    pull(controller) {
      if (position < bytes.length) {
        controller.enqueue(bytes.slice(position, position + 4096));
        position += 4096;
        return;
      }
      if (end === "hang") return new Promise(() => {});
      if (end === "drop") controller.error(new Error("dropped on purpose"));
      else controller.close();
    },
  });
}

export function brokenFile(bytes: Uint8Array<ArrayBuffer>, atByte: number): Response {
  const headers = { "content-length": String(bytes.length) };
  return new Response(endless(bytes.subarray(0, atByte), "drop"), { headers });
}
