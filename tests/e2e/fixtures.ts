import { fileURLToPath } from "node:url";

/** The bundled recording, in both codecs. */
export const COMMENTARY_MP3 = asset("commentary.mp3");
export const COMMENTARY_OPUS = asset("commentary.opus");

function asset(name: string): string {
  return fileURLToPath(new URL(`../../scripts/demo/assets/${name}`, import.meta.url));
}

/** A folder that is gone when it goes out of scope. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync({ prefix: "streamer-test-" });

  file(name: string): string {
    return `${this.path}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Runs a program to its end; its output as text. Fails when it does. */
export async function run(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command} failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

export function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
