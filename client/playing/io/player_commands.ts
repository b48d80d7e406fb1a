import type { AudioFormat } from "../../../shared/media/channel.ts";

/** A program that plays what comes in at its standard input. */
export interface PlayerCommand {
  readonly name: string;
  readonly args: readonly string[];
}

const GSTREAMER_OUTPUT = ["!", "audioconvert", "!", "audioresample", "!", "autoaudiosink"];

/**
 * The players to look for, the best first: no window, nothing printed, as little buffering as each
 * can do.
 *
 * GStreamer's gst-play-1.0 fills a buffer first, which gst-launch-1.0 does not, so it comes last. macOS's
 * afplay is left out, because it opens nothing but files it can seek in.
 */
export function playerCommands({ codec }: Pick<AudioFormat, "codec">): PlayerCommand[] {
  const container = codec === "mp3" ? "mp3" : "ogg";
  const commands: (PlayerCommand | undefined)[] = [
    { name: "ffplay", args: ffplayArguments(container) },
    { name: "mpv", args: mpvArguments(container) },
    codec === "mp3" ? { name: "mpg123", args: ["--quiet", "--no-control", "-"] } : undefined,
    {
      name: "gst-launch-1.0",
      args: ["--quiet", "fdsrc", "fd=0", "!", "decodebin", ...GSTREAMER_OUTPUT],
    },
    { name: "gst-play-1.0", args: ["--no-interactive", "--quiet", "fd://0"] },
  ];
  return commands.filter((command) => command !== undefined);
}

function ffplayArguments(container: string): string[] {
  const quiet = ["-nodisp", "-autoexit", "-nostats", "-loglevel", "quiet"];
  // ffplay otherwise reads ahead to learn what it is told here: half a second at 64 kbit/s.
  const lowDelay = ["-fflags", "nobuffer", "-flags", "low_delay", "-probesize", "512"];
  return [...quiet, ...lowDelay, "-analyzeduration", "0", "-f", container, "-i", "pipe:0"];
}

function mpvArguments(container: string): string[] {
  const quiet = ["--no-config", "--no-terminal", "--no-video", "--really-quiet"];
  const lowDelay = ["--profile=low-latency", "--cache=no", `--demuxer-lavf-format=${container}`];
  return [...quiet, ...lowDelay, "-"];
}
