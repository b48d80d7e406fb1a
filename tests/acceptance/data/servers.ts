import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { PICTURES } from "../../shared/data/pictures.ts";

/** The picture of each message. */
export const PNG = PICTURES["png"]![1];
const JSON_IMAGE = { base64: PNG.toBase64(), mimeType: "image/png" };

export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

async function waitUntilListening(port: number): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  assert.fail(`nothing listens on port ${port}`);
}

/** A server that can be killed and started again. */
export class KillableServer {
  readonly #command: Deno.Command;
  readonly #port: number;
  #process: Deno.ChildProcess | undefined;

  constructor(program: string, args: string[], port: number) {
    this.#command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
    this.#port = port;
  }

  async start(): Promise<void> {
    this.#process = this.#command.spawn();
    await waitUntilListening(this.#port);
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.status;
    this.#process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** As much of a NATS client as publishes. */
export class NatsPublisher {
  readonly #connection: Deno.TcpConn;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(port: number, options: object = {}): Promise<NatsPublisher> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const publisher = new NatsPublisher(connection);
    await publisher.#write(
      `CONNECT ${JSON.stringify({ verbose: false, headers: true, ...options })}\r\n`,
    );
    return publisher;
  }

  /** With a header, which not every subscriber wants. */
  async publish(subject: string, text: string): Promise<void> {
    const header = "NATS/1.0\r\nsource: test\r\n\r\n";
    const length = header.length + text.length;
    await this.#write(`HPUB ${subject} ${header.length} ${length}\r\n${header}${text}\r\n`);
  }

  async #write(text: string): Promise<void> {
    await this.#connection.write(new TextEncoder().encode(text));
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

/** Publishes one message after the other until it is stopped. */
export async function withPublishing(
  publish: (message: string) => void | Promise<void>,
  from: number,
  test: () => Promise<void>,
): Promise<void> {
  let isOver = false;
  const publishing = (async () => {
    for (let index = from; !isOver; index++) {
      await publish(JSON.stringify({ time: index, values: { index }, image: JSON_IMAGE }));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  try {
    await test();
  } finally {
    isOver = true;
    await publishing;
  }
}

/** A program of this folder that listens on `port`. */
export function denoProgram(file: string, args: string[], port: number): KillableServer {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return new KillableServer(Deno.execPath(), ["run", "-A", "--no-check", path, ...args], port);
}
