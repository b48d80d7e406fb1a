import { createHash } from "node:crypto";
import { listen, serve } from "../../e2e/streamer.ts";
import { RunningSource } from "../../server/origin/data/io/sources.ts";

export interface SeenMessage {
  /** The value `index`. */
  readonly index: number;
  /** SHA-256 of the picture's bytes, in hexadecimal digits. */
  readonly image: string | undefined;
}

/** Sees what comes of a source of `--data`. */
export interface Witness {
  /** The messages so far, in the order in which they came. */
  readonly messages: readonly SeenMessage[];
  /** What the host was told of the source, a line each. */
  readonly notices: readonly string[];
  /** Waits until `isDone`. */
  until(isDone: () => boolean, what: string): Promise<void>;
  /** @returns how many messages were refused. */
  stop(): Promise<number>;
}

export type OpenWitness = (location: string) => Promise<Witness>;

export const WITNESSES: Readonly<Record<string, OpenWitness>> = {
  "at the source": watchSource,
  "through serve and listen": watchListener,
};

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function watchSource(location: string): Promise<Witness> {
  const running = await RunningSource.open(location);
  return {
    get messages() {
      return running.messages.map(({ values, image }) => ({
        index: values["index"] as number,
        image: image && sha256(image.bytes),
      }));
    },
    notices: running.notices,
    until: (isDone, what) => running.until(isDone, what),
    async stop() {
      await running.stop();
      return running.source.counts.refused;
    },
  };
}

async function watchListener(location: string): Promise<Witness> {
  const { host, link } = await serve(["--data", location]);
  const listener = listen([link]);
  await listener.line("joined");
  let refused: number | undefined;
  return {
    get messages() {
      return listener.lines.filter(({ kind }) => kind === "data").map(({ values, image }) => ({
        index: values.index,
        image: image?.sha256,
      }));
    },
    get notices() {
      return host.stderr.split("\n").filter((line) => line !== "");
    },
    async until(isDone, what) {
      // A line of the host may be what is waited for, so it is not only looked at after a line of the listener.
      const over = new AbortController();
      const looking = setInterval(() => isDone() && over.abort(), 20);
      const done = new Promise<void>((resolve) =>
        over.signal.addEventListener("abort", () => resolve())
      );
      try {
        await Promise.race([done, listener.until(isDone, what)]);
      } finally {
        clearInterval(looking);
      }
    },
    async stop() {
      if (refused !== undefined) return refused;
      host.kill("SIGINT");
      const [{ data }] = await Promise.all([host.end(), listener.end()]);
      return refused = data.refused as number;
    },
  };
}
