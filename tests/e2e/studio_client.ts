import assert from "node:assert/strict";
import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input } from "mediabunny";
import { AnnexBSplitter } from "../../server/origin/screen/annex_b_splitter.ts";
import { concat } from "../../shared/core/bytes.ts";
import { joinAnnexB } from "../../shared/media/video/h264.ts";
import { serializeStudioMedia, type StudioMedia } from "../../shared/studio/studio_media.ts";
import {
  parseStudioToPage,
  serializeStudioMessage,
  type StudioToHost,
  type StudioToPage,
} from "../../shared/studio/studio_messages.ts";
import { requireTool } from "../tools.ts";
import { COMMENTARY_OPUS, run, sleep } from "./fixtures.ts";
import { serve, type Streamer } from "./streamer.ts";

/** Only ever waited out by a failing test. */
const PATIENCE_MILLIS = 60_000;
const PACKET_MILLIS = 20;
export const PICTURES_A_SECOND = 15;

/** A studio at any free port. */
export const STUDIO = ["--studio", "127.0.0.1:0"];
export const GOAL = { kind: "match", do: "event", title: "Goal", origin: "Home" } as const;

/** Starts a host with a studio. */
export async function startStudio(opened: AsyncDisposableStack, args: readonly string[]) {
  const { host, link } = await serve(args);
  opened.use(host);
  const { studio } = await host.line("ready");
  return { host, link, studio: studio as string };
}

/** The JSON lines of this kind, or those of one channel. */
export function linesOf({ lines }: Streamer, kind: string, channel?: string) {
  return lines.filter((line) => line.kind === kind && (channel ?? line.channel) === line.channel);
}

/** Trades the secret of a studio's address for its cookie, as the page does. */
export async function tradeSecret(studio: string): Promise<string> {
  const url = new URL(studio);
  const key = new URLSearchParams(url.hash.slice(1)).get("k");
  const headers = { Authorization: `Bearer ${key}` };
  const response = await fetch(new URL("/api/session", url), { method: "POST", headers });
  await response.body?.cancel();
  assert.equal(response.status, 204);
  return response.headers.get("set-cookie")!.split(";")[0]!;
}

/** An answer to an upgrade, by its status, and the connection. */
export interface Upgrade {
  readonly status: number;
  readonly connection: Deno.TcpConn;
}

/** Asks for a WebSocket with any headers, which browsers do not let a page choose. */
export async function askForSocket(
  studio: string,
  headers: Readonly<Record<string, string>>,
  path = "/ws",
): Promise<Upgrade> {
  const { hostname, port, host } = new URL(studio);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const fields = {
    Host: host,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${lines}\r\n`));
  let head = "";
  const byte = new Uint8Array(1);
  while (!head.endsWith("\r\n\r\n")) {
    if (await connection.read(byte) === null) break;
    head += String.fromCharCode(byte[0]!);
  }
  return { status: Number(head.split(" ")[1]), connection };
}

const [TEXT, BINARY, CLOSE, PING, PONG] = [1, 2, 8, 9, 10];

/** A scripted page: a WebSocket (RFC 6455) that can also vanish, stand still and send what no page sends. */
export class ScriptedPage implements AsyncDisposable {
  readonly heard: StudioToPage[] = [];
  /** Whether it answers pings. */
  isFrozen = false;
  /** Set when the host has closed the connection: the code, or 0 without one. */
  closeCode: number | undefined;
  readonly #connection: Deno.TcpConn;
  readonly #reading: Promise<void>;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.#reading = this.#readAll().catch(() => {}).then(() => void (this.closeCode ??= 0));
  }

  static async open(studio: string, cookie?: string, name = ""): Promise<ScriptedPage> {
    const Cookie = cookie ?? await tradeSecret(studio);
    const Origin = new URL(studio).origin;
    const path = name === "" ? "/ws" : `/ws?page=${name}`;
    const { status, connection } = await askForSocket(studio, { Cookie, Origin }, path);
    assert.equal(status, 101);
    return new ScriptedPage(connection);
  }

  say(message: StudioToHost): void {
    this.sayText(serializeStudioMessage(message));
  }

  sayText(text: string): void {
    this.#send(TEXT, new TextEncoder().encode(text));
  }

  bring(kind: StudioMedia["kind"], bytes: Uint8Array): void {
    const at = performance.now() * 1000;
    this.bringBytes(serializeStudioMedia({ kind, isKey: false, at, bytes }));
  }

  bringBytes(bytes: Uint8Array): void {
    this.#send(BINARY, bytes);
  }

  /** The first message of the kind that `matches`, waiting for it if need be. */
  async hear<Kind extends StudioToPage["kind"]>(
    kind: Kind,
    matches: (message: Extract<StudioToPage, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<StudioToPage, { kind: Kind }>> {
    const find = () =>
      this.heard.find((message) =>
        message.kind === kind && matches(message as Extract<StudioToPage, { kind: Kind }>)
      );
    await until(() => find() !== undefined || this.closeCode !== undefined, `a "${kind}" message`);
    assert.ok(
      find() !== undefined,
      `the host closed the connection (${this.closeCode}) before a "${kind}"`,
    );
    return find() as Extract<StudioToPage, { kind: Kind }>;
  }

  async closed(): Promise<number> {
    await until(() => this.closeCode !== undefined, "the end of the connection");
    return this.closeCode!;
  }

  /** As when the browser is killed: no closing handshake. */
  kill(): void {
    try {
      this.#connection.close();
    } catch {
      // The host closed it first.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#reading;
    await this.#writing.catch(() => {});
  }

  #send(opcode: number, payload: Uint8Array): void {
    const { length } = payload;
    const size = length < 126
      ? Uint8Array.of(0x80 | length)
      : length < 65_536
      ? Uint8Array.of(0x80 | 126, length >> 8, length & 255)
      : Uint8Array.of(0x80 | 127, 0, 0, 0, 0, ...big(length));
    // A mask of zeros leaves the payload as it is.
    const frame = concat(Uint8Array.of(0x80 | opcode), size, new Uint8Array(4), payload);
    this.#writing = this.#writing.then(() => this.#writeAll(frame)).catch(() => {});
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }

  async #readAll(): Promise<void> {
    const reader = this.#connection.readable.getReader({ mode: "byob" });
    const take = async (length: number) => {
      if (length === 0) return new Uint8Array();
      const { value } = await reader.read(new Uint8Array(length), { min: length });
      if (!value || value.length < length) throw new Error("the connection has ended");
      return value;
    };
    for (;;) {
      const [first, second] = await take(2) as unknown as [number, number];
      const short = second & 0x7f;
      const length = short < 126
        ? short
        : [...await take(short === 126 ? 2 : 8)].reduce((sum, byte) => sum * 256 + byte, 0);
      this.#onFrame(first & 15, await take(length));
    }
  }

  #onFrame(opcode: number, payload: Uint8Array): void {
    if (opcode === PING && !this.isFrozen) this.#send(PONG, payload);
    if (opcode === CLOSE) this.closeCode = payload[0]! * 256 + payload[1]!;
    if (opcode !== TEXT) return;
    const text = new TextDecoder().decode(payload);
    const read = parseStudioToPage(text);
    assert.ok(read.ok, `the page can't read ${text}`);
    this.heard.push(read.value);
  }
}

function big(length: number): number[] {
  return [length >>> 24, length >>> 16 & 255, length >>> 8 & 255, length & 255];
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MILLIS;
  while (!condition()) {
    assert.ok(performance.now() < end, `there was no ${what} within ${PATIENCE_MILLIS} ms`);
    await sleep(10);
  }
}

/** What a page's encoders make: packets of 20 ms, and pictures of baseline H.264 that begin with a key frame. */
export interface Clip {
  readonly packets: readonly Uint8Array[];
  readonly pictures: readonly Uint8Array[];
}

export async function makeStudioClip(file: string): Promise<Clip> {
  await run(requireTool("ffmpeg"), [
    ...["-nostdin", "-v", "error", "-f", "lavfi"],
    ...["-i", `testsrc2=size=320x180:rate=${PICTURES_A_SECOND}`],
    ...["-frames:v", String(4 * PICTURES_A_SECOND), "-c:v", "libx264", "-pix_fmt", "yuv420p"],
    ...["-profile:v", "baseline", "-bf", "0", "-g", String(PICTURES_A_SECOND), file],
  ]);
  const splitter = new AnnexBSplitter(PICTURES_A_SECOND);
  const pictures = [...splitter.push(await Deno.readFile(file)), ...splitter.end()]
    .map(({ nalUnits }) => joinAnnexB(nalUnits));
  return { packets: await packetsOf(COMMENTARY_OPUS), pictures };
}

async function packetsOf(file: string): Promise<Uint8Array[]> {
  const input = new Input({ source: new FilePathSource(file), formats: ALL_FORMATS });
  const track = await input.getPrimaryAudioTrack();
  const packets: Uint8Array[] = [];
  for await (const { data, duration } of new EncodedPacketSink(track!).packets()) {
    if (Math.abs(duration * 1000 - PACKET_MILLIS) < 1) packets.push(data.slice());
  }
  input.dispose();
  return packets;
}

/** A page that sends sound and a screen as they would be captured, until it is told to stop. */
export class Sending implements AsyncDisposable {
  isSound = false;
  isScreen = false;
  picturesSent = 0;
  packetsSent = 0;
  readonly #page: ScriptedPage;
  readonly #clip: Clip;
  readonly #running: Promise<unknown>;
  #isOver = false;

  constructor(page: ScriptedPage, clip: Clip) {
    this.#page = page;
    this.#clip = clip;
    this.#running = Promise.all([
      this.#each(PACKET_MILLIS, () => {
        const { packets } = this.#clip;
        if (this.isSound) page.bring("sound", packets[this.packetsSent++ % packets.length]!);
      }),
      this.#each(1000 / PICTURES_A_SECOND, () => {
        const { pictures } = this.#clip;
        if (this.isScreen) page.bring("screen", pictures[this.picturesSent++ % pictures.length]!);
      }),
    ]);
  }

  startSound(): void {
    this.#page.say({
      kind: "sound-format",
      codec: "opus",
      sampleRate: 48_000,
      channelCount: 2,
    });
    this.isSound = true;
  }

  /** The next picture is the first one of the clip, which is a key frame. */
  startScreen(): void {
    this.#page.say({ kind: "screen-format", codec: "h264", width: 320, height: 180 });
    this.picturesSent += (-this.picturesSent % this.#clip.pictures.length) +
      this.#clip.pictures.length;
    this.isScreen = true;
  }

  stopScreen(): void {
    this.isScreen = false;
    this.#page.say({ kind: "screen-stop" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #each(millis: number, act: () => void): Promise<void> {
    for (let at = performance.now(); !this.#isOver; at += millis) {
      act();
      await sleep(Math.max(0, at + millis - performance.now()));
    }
  }
}
