/** The screen, the sound card and the programs of a browser under test; all end with what they are added to. */
import { requireTool } from "../tools.ts";
import { sleep, type TemporaryFolder } from "./fixtures.ts";

/** An X server with a free number. @returns its name. */
export async function startDisplay(children: AsyncDisposableStack): Promise<string> {
  const args = ["-displayfd", "2", "-screen", "0", "1280x720x24", "-nolisten", "tcp"];
  const [_, number] = await untilSaid(startChild(children, "Xvfb", args, {}), /^(\d+)\n/m);
  return `:${number}`;
}

/** A sound card that nobody hears: without one, Web Audio stands still in Firefox and WebKit. @returns its address. */
export async function startSoundServer(
  children: AsyncDisposableStack,
  folder: TemporaryFolder,
): Promise<string> {
  const socket = folder.file("sound");
  const said = startChild(children, "pulseaudio", [
    ...["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"],
    ...["-L", "module-null-sink"],
    ...["-L", `module-native-protocol-unix auth-anonymous=1 socket=${socket}`],
  ], { HOME: folder.path, XDG_RUNTIME_DIR: folder.path });
  void said.pipeTo(new WritableStream());
  const isThere = () => Deno.stat(socket).then(() => true, () => false);
  for (let attempt = 0; attempt < 600 && !await isThere(); attempt++) await sleep(100);
  return `unix:${socket}`;
}

/** @returns what it says on stderr; it ends with `children`. */
export function startChild(
  children: AsyncDisposableStack,
  program: "Xvfb" | "firefox-esr" | "pulseaudio" | "WebKitWebDriver",
  args: readonly string[],
  env: Record<string, string>,
): ReadableStream<string> {
  const child = new Deno.Command(requireTool(program), {
    ...{ args: [...args], env, stdin: "null", stdout: "null", stderr: "piped" } as const,
  }).spawn();
  children.defer(async () => {
    child.kill("SIGTERM");
    await child.status;
  });
  return child.stderr.pipeThrough(new TextDecoderStream());
}

/** Reads until something is said; what comes later is read and left out. */
export async function untilSaid(
  said: ReadableStream<string>,
  wanted: RegExp,
): Promise<RegExpExecArray> {
  const reader = said.getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`it ended without ${wanted}: ${text}`);
    const found = wanted.exec(text += value);
    if (!found) continue;
    reader.releaseLock();
    void said.pipeTo(new WritableStream());
    return found;
  }
}
