/**
 * The programs and libraries that end-to-end tests hold Streamer against. A test that needs one says so with
 * {@linkcode testWith}; `scripts/setup_tests.ts` installs them where it can.
 */
interface Tool {
  /** Debian's packages that bring it. */
  readonly packages: readonly string[];
  /** GStreamer elements that have to be there as well. */
  readonly elements?: readonly string[];
}

const FFMPEG = { packages: ["ffmpeg"] };

export const TOOLS = {
  ffmpeg: FFMPEG,
  ffprobe: FFMPEG,
  "gst-launch-1.0": {
    packages: [
      "gstreamer1.0-tools",
      "gstreamer1.0-plugins-base",
      "gstreamer1.0-plugins-good",
      "gstreamer1.0-plugins-bad",
      "gstreamer1.0-plugins-ugly",
      "gstreamer1.0-libav",
    ],
    elements: [
      "rtpjitterbuffer",
      "rtpmpadepay",
      "rtpopusdepay",
      "mpg123audiodec",
      "opusdec",
      "srtpdec",
      "tsdemux",
      "h264parse",
      "rtph264pay",
      "rtph264depay",
      "ivfparse",
      "rtpvp8pay",
      "rtpvp8depay",
      "avmux_ivf",
    ],
  },
  tshark: { packages: ["tshark"] },
  fish: { packages: ["fish"] },
  chromium: { packages: ["chromium", "fonts-liberation"] },
  "firefox-esr": { packages: ["firefox-esr"] },
  "espeak-ng": { packages: ["espeak-ng"] },
  lame: { packages: ["lame"] },
  bash: { packages: ["bash"] },
  less: { packages: ["less"] },
  "libzmq.so.5": { packages: ["libzmq5"] },
  mosquitto: { packages: ["mosquitto"] },
  "nats-server": { packages: ["nats-server"] },
  opusenc: { packages: ["opus-tools"] },
  "gst-play-1.0": { packages: ["gstreamer1.0-plugins-base-apps"] },
  mpg123: { packages: ["mpg123"] },
  mpv: { packages: ["mpv"] },
  script: { packages: ["bsdutils"] },
  sox: { packages: ["sox"] },
  tmux: { packages: ["tmux"] },
  pulseaudio: { packages: ["pulseaudio"] },
  WebKitWebDriver: { packages: ["webkit2gtk-driver"] },
  Xvfb: { packages: ["xvfb"] },
  zsh: { packages: ["zsh"] },
} satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

/** Where the program is; undefined when it, or a part of it that tests need, is not installed. */
export function tool(name: ToolName): string | undefined {
  const path = which(name);
  const { elements }: Tool = TOOLS[name];
  return path !== undefined && (elements ?? []).every(hasElement) ? path : undefined;
}

/** `tool(name)` for a test that {@linkcode testWith} lets run only when it is there. */
export function requireTool(name: ToolName): string {
  const path = tool(name);
  if (path === undefined) throw new Error(`${name} is not installed: ${howToInstall([name])}`);
  return path;
}

/**
 * Registers a test that needs programs. Where one is missing the test is skipped, and its name says
 * so; under CI=true nothing is skipped, it fails.
 */
export function testWith(
  names: readonly ToolName[],
  name: string,
  body: (context: Deno.TestContext) => void | Promise<void>,
): void {
  const missing = names.filter((name) => tool(name) === undefined);
  if (missing.length === 0) return Deno.test(name, body);
  if (isContinuousIntegration()) {
    return Deno.test(name, () => {
      throw new Error(`Nothing is skipped under CI=true; ${howToInstall(missing)}`);
    });
  }
  console.warn(`SKIPPED for want of ${missing.join(", ")}: ${name}`);
  Deno.test.ignore(`${name} (needs ${missing.join(", ")}; ${howToInstall(missing)})`, body);
}

export function isContinuousIntegration(): boolean {
  return Deno.env.get("CI") === "true";
}

/** What to type to get them. */
export function howToInstall(names: readonly ToolName[]): string {
  return `apt-get install ${packagesOf(names).join(" ")}`;
}

export function packagesOf(names: readonly ToolName[]): string[] {
  return [...new Set(names.flatMap((name) => TOOLS[name].packages))];
}

/** Where Debian has libraries, and programs that are not in every user's PATH. */
const LIBRARY_FOLDERS = [`/usr/lib/${Deno.build.arch}-linux-gnu`, "/usr/lib", "/usr/local/lib"];
const PROGRAM_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

function which(name: string): string | undefined {
  const isLibrary = name.includes(".so.");
  const folders = isLibrary
    ? LIBRARY_FOLDERS
    : [...(Deno.env.get("PATH") ?? "").split(":"), ...PROGRAM_FOLDERS];
  for (const folder of folders) {
    const path = `${folder}/${name}`;
    try {
      const { isFile, mode } = Deno.statSync(path);
      if (isFile && (isLibrary || ((mode ?? 0) & 0o111) !== 0)) return path;
    } catch {
      // Not in this folder.
    }
  }
}

const knownElements = new Map<string, boolean>();

function hasElement(element: string): boolean {
  const known = knownElements.get(element);
  if (known !== undefined) return known;
  const inspect = which("gst-inspect-1.0");
  const isThere = inspect !== undefined &&
    new Deno.Command(inspect, { args: ["--exists", element] }).outputSync().success;
  knownElements.set(element, isThere);
  return isThere;
}
