import assert from "node:assert/strict";
import { SeededRng } from "../../shared/core/rng.ts";
import { serializeAdmission } from "../../shared/admission/admission.ts";
import { serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { serializeRtp } from "../../shared/rtp/rtp.ts";
import { junkDatagrams } from "../fuzz/junk.ts";
import { COMMENTARY_MP3, sleep } from "./fixtures.ts";
import { type JsonLine, listen, serve } from "./streamer.ts";

const FLOOD = 100_000;
/** Small enough for a socket's buffer, so that what the system drops does not blur the count. */
const BURST = 250;
const BURST_EVERY_MILLIS = 10;

/** Pours junk at `port` from a stranger's socket; gives how many were sent and how many answered. */
async function pour(port: number, real: readonly Uint8Array[], seed: number) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  let answered = 0;
  const counting = (async () => {
    for await (const _answer of socket) answered++;
  })();
  const source = junkDatagrams(new SeededRng(seed), real);
  const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
  for (let sent = 0; sent < FLOOD; sent += BURST) {
    for (let index = 0; index < BURST; index++) await socket.send(source.next().value!, to);
    await sleep(BURST_EVERY_MILLIS);
  }
  await sleep(500);
  socket.close();
  await counting.catch(() => {});
  return answered;
}

function realDatagrams(ssrc: number): Uint8Array[] {
  const clientRandom = new Uint8Array(16).fill(1);
  return [
    serializeAdmission({ type: "hello", clientRandom }),
    serializeAdmission({ type: "join", clientRandom, cookie: new Uint8Array(40), info: {} }),
    serializeRtcp([{ type: "receiverReport", ssrc, reports: [] }, {
      type: "goodbye",
      ssrcs: [ssrc],
    }]),
    serializeRtp({
      payloadType: 14,
      sequenceNumber: 1,
      timestamp: 1,
      ssrc,
      marker: false,
      payload: new Uint8Array(400),
    }),
  ];
}

function total(junk: Readonly<Record<string, number>>): number {
  return Object.values(junk).reduce((sum, count) => sum + count, 0);
}

/**
 * Each datagram of the flood was counted by the program or dropped by the system. What the system drops it does
 * not tell apart, so some of those may have been the other program's own.
 */
function assertAllCounted(counted: number, dropped: number, where: string): void {
  assert.ok(counted <= FLOOD && counted + dropped >= FLOOD, `${where}: ${counted}, ${dropped}`);
}

/** Datagrams the system itself dropped at a port, for want of room in the socket's buffer. */
function droppedBySystem(port: number): number {
  if (Deno.build.os !== "linux") return 0;
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = Deno.readTextFileSync("/proc/net/udp").split("\n").map((row) =>
    row.trim().split(/\s+/)
  );
  return Number(rows.find((cells) => cells[1]?.endsWith(wanted))?.at(-1) ?? 0);
}

Deno.test("100 000 junk datagrams at the host and at a listener: counted, and nothing else", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, port, link } = await serve(["--audio", COMMENTARY_MP3, "--loop"]);
  opened.use(host);
  const listener = opened.use(listen([link]));
  await listener.line("joined");
  const listenerPort = Number((await host.line("listener-joined")).address.split(":").at(-1));
  await listener.line("stats", (line) => line.channels?.[0]?.packetsReceived > 0);
  const { ssrc } = listener.lines.findLast(({ kind }) => kind === "stats")!.channels[0];

  const answered = await pour(port, realDatagrams(ssrc), 21);
  assert.equal(await pour(listenerPort, realDatagrams(ssrc), 22), 0);
  const dropped = { host: droppedBySystem(port), listener: droppedBySystem(listenerPort) };

  const soFar = listener.lines.length;
  const latest = () => listener.lines.slice(soFar).find(({ kind }) => kind === "stats");
  await listener.until(() => latest() !== undefined, "another second's stats");
  const listenerJunk = latest()!.junk;
  host.kill("SIGTERM");
  const [hostSaid, listenerSaid] = [await host.end(0), await listener.end(0)];
  const hostJunk = host.lines.findLast((line: JsonLine) => line.junk !== undefined)!.junk;
  assertAllCounted(total(hostJunk) + answered, dropped.host, "at the host");
  assertAllCounted(total(listenerJunk), dropped.listener, "at the listener");
  assert.equal(hostSaid.kind, "summary");
  assert.equal(listenerSaid.reason, "bye");
  const audio = listenerSaid.channels[0];
  assert.deepEqual([audio.networkLost, audio.packetsDuplicated, audio.packetsReordered], [0, 0, 0]);
});
