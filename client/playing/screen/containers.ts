import type { ScreenCodec } from "../../../shared/media/channel.ts";
import { AnnexBWriter } from "./annex_b.ts";
import { FragmentedMp4Writer } from "./fragmented_mp4.ts";
import { IvfWriter } from "./ivf.ts";
import type { RecordedFormat } from "./screen_format.ts";
import type { ScreenStreamWriter } from "./screen_stream.ts";

/** How a file holds frames; also the ending of its name. */
export type Container = "mkv" | "mp4" | "h264" | "ivf";

interface ContainerEntry {
  readonly codecs: readonly ScreenCodec[];
  readonly open: (format: RecordedFormat) => ScreenStreamWriter;
}

/** Its library is large, so it is loaded with the first file; frames wait for it. */
function openMatroska(format: RecordedFormat): ScreenStreamWriter {
  const loading = import("./matroska.ts").then((loaded) => new loaded.MatroskaWriter(format));
  // Told where it is awaited.
  loading.catch(() => {});
  return {
    header: () => new Uint8Array(0),
    write: async (frame) => await (await loading).write(frame),
    end: async () => await (await loading).end(),
  };
}

const CONTAINERS: Readonly<Record<Container, ContainerEntry>> = {
  mkv: { codecs: ["h264", "vp8"], open: openMatroska },
  mp4: { codecs: ["h264", "vp8"], open: (format) => new FragmentedMp4Writer(format) },
  h264: { codecs: ["h264"], open: () => new AnnexBWriter() },
  ivf: { codecs: ["vp8"], open: (format) => new IvfWriter(format) },
};

/** `.mkv`, `.mp4` … */
export const CONTAINER_ENDINGS = Object.keys(CONTAINERS).map((name) => `.${name}`);

/** The container that the ending of a file's name stands for; undefined for any other ending. */
export function containerOf(path: string): Container | undefined {
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase();
  return ending !== undefined && Object.hasOwn(CONTAINERS, ending)
    ? ending as Container
    : undefined;
}

export function canHold(container: Container, codec: ScreenCodec): boolean {
  return CONTAINERS[container].codecs.includes(codec);
}

/** The endings of files that can hold the codec. */
export function endingsFor(codec: ScreenCodec): string[] {
  const containers = Object.keys(CONTAINERS) as Container[];
  return containers.filter((container) => canHold(container, codec)).map((name) => `.${name}`);
}

/** @param container one that can hold the format's codec. */
export function createScreenStreamWriter(
  container: Container,
  format: RecordedFormat,
): ScreenStreamWriter {
  return CONTAINERS[container].open(format);
}
