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

/**
 * RTP takes an even port, its reports the next one (RFC 3550 section 11). Both are below those that systems give to
 * whoever asks for any, so that no other program gets one of them before a player opens it.
 */
export function freeEvenPort(): number {
  for (;;) {
    const port = 20_000 + 2 * Math.floor(6000 * Math.random());
    if (isFree(port) && isFree(port + 1)) return port;
  }
}

function isFree(port: number): boolean {
  try {
    Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

/**
 * Waits until a program has opened the UDP port, by what Linux lists; elsewhere for two seconds. Trying to open the
 * port would keep the program from it.
 */
export async function untilListening(port: number): Promise<void> {
  if (Deno.build.os !== "linux") return await sleep(2000);
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  const isThere = () =>
    ["udp", "udp6"].some((table) => Deno.readTextFileSync(`/proc/net/${table}`).includes(wanted));
  for (let attempt = 0; attempt < 900 && !isThere(); attempt++) await sleep(100);
  if (!isThere()) throw new Error(`nobody listens at port ${port}`);
}

/** A TCP port that was free a moment ago, for a program that takes a number and tells none. */
export function freeTcpPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
