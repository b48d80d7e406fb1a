import { run, type TemporaryFolder } from "../e2e/fixtures.ts";

/** A clip made by ffmpeg, and where it lies. */
export interface Clip {
  readonly path: string;
  /** Pictures per second. */
  readonly rate: number;
}

export interface ClipPlan {
  readonly codec: "h264" | "vp8";
  readonly rate: number;
  readonly seconds: number;
  /** Bits per second. */
  readonly bitrate: number;
  /** Width and height, as ffmpeg writes them. */
  readonly size?: string;
}

/** Makes a clip that moves, with a key frame every 2 s. */
export async function makeClip(folder: TemporaryFolder, plan: ClipPlan): Promise<Clip> {
  const { codec, rate, seconds, bitrate, size = "1280x720" } = plan;
  const path = folder.file(`clip-${rate}.${codec === "h264" ? "mp4" : "webm"}`);
  const source = `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`;
  const rateControl = ["-b:v", `${bitrate}`, "-maxrate", `${bitrate}`, "-bufsize", `${bitrate}`];
  await run("ffmpeg", [
    ..."-hide_banner -loglevel error -y -f lavfi -i".split(" "),
    source,
    ...codec === "h264"
      ? "-c:v libx264 -preset veryfast -profile:v baseline -pix_fmt yuv420p -sc_threshold 0"
        .split(" ")
      : "-c:v libvpx -deadline realtime -cpu-used 8 -pix_fmt yuv420p".split(" "),
    ...rateControl,
    ...["-g", `${2 * rate}`, "-keyint_min", `${2 * rate}`],
    path,
  ]);
  return { path, rate };
}

/** The MD5 of each decoded picture of a file, in order. Fails when ffmpeg warns about anything. */
export async function picturesOf(path: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command("ffmpeg", {
    args: [
      ..."-hide_banner -loglevel warning -i".split(" "),
      path,
      ..."-map 0:v -fps_mode passthrough -f framemd5 -".split(" "),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  const warnings = decoder.decode(stderr).trim();
  if (!success || warnings !== "") throw new Error(`ffmpeg says of ${path}: ${warnings}`);
  return decoder.decode(stdout).split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(",").at(-1)!.trim());
}
