import assert from "node:assert/strict";
import { type Accepted, Handshake } from "../../client/joining/handshake.ts";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { parseHostKey, parseJoinLink } from "../../shared/admission/join_link.ts";
import { type Address, type DatagramSocket, sendOne } from "../../shared/driver/socket.ts";
import { HpkeSealer } from "../../shared/secrecy/hpke.ts";
import { keyIdOfEpoch } from "../../shared/secrecy/group_epoch.ts";
import { serializeAdmission } from "../../shared/admission/admission.ts";
import { parseRtcp, serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { ControlChannel } from "../../shared/secrecy/control_channel.ts";
import { requireTool, testWith } from "../tools.ts";
import { COMMENTARY_MP3, sleep, TemporaryFolder } from "./fixtures.ts";
import { serve } from "./streamer.ts";

const ENOUGH_BYTES = 40_000;

/** Gets in as any listener does, and gives what it is told, keys included. */
async function join(socket: DatagramSocket, link: string): Promise<Accepted> {
  const { host, port, token, hostKey } = parseJoinLink(link)!;
  const { clock, rng } = systemMachine;
  const to = { hostname: host, port };
  const handshake = new Handshake(rng, nodeCiphers, parseHostKey(hostKey!));
  const sealer = new HpkeSealer(rng);
  handshake.start(clock.now());
  for (;;) {
    const step = handshake.poll({ token }, clock.now());
    if (step?.kind === "send") await sendOne(socket, serializeAdmission(step.message), to);
    if (step?.kind === "seal") {
      const { id, hostKey, plaintext, associated } = step.join;
      const sealed = await sealer.seal(hostKey, plaintext, associated);
      handshake.onSealed(id, sealed, clock.now());
      continue;
    }
    const next = await socket.receive();
    const answer = handshake.receive(next!.datagram, clock.now());
    if (!answer.ok || answer.value?.type !== "accept") continue;
    await report(socket, answer.value, to);
    return answer.value;
  }
}

/** Without a report the host sends for three seconds only. */
async function report(socket: DatagramSocket, accepted: Accepted, to: Address): Promise<void> {
  const { secrets, info: { listenerSsrc: ssrc } } = accepted;
  const control = new ControlChannel(nodeCiphers, secrets!.control, "listener");
  const packet = serializeRtcp([
    { type: "receiverReport", ssrc, reports: [] },
    { type: "sourceDescription", ssrc, cname: "test" },
  ]);
  await sendOne(socket, control.seal(packet), to);
}

const SOUND = "application/x-srtp,media=audio,encoding-name=MPA,payload=14,clock-rate=90000";
const CONTROL = "application/x-srtcp";

/** What GStreamer must be told of the stream: nothing but what the ACCEPT says. */
function capsOf(kind: string, { info: { channels }, keys }: Accepted): string {
  const audio = channels.find(({ kind }) => kind === "paced")!;
  const { epoch, key } = keys!.epochs[0]!;
  return [
    kind,
    `ssrc=(uint)${audio.ssrc}`,
    `roc=(uint)${Math.floor(audio.nextSequence / 0x1_0000)}`,
    `mki=(buffer)${keyIdOfEpoch(epoch).toString(16).padStart(2, "0")}`,
    `srtp-key=(buffer)${key.toHex()}`,
    "srtp-cipher=aes-128-gcm,srtp-auth=null,srtcp-cipher=aes-128-gcm,srtcp-auth=null",
  ].join(",");
}

/** Hands the sound's packets, as they come, to a decoder at `port`; gives their numbers in the end. */
async function forward(socket: DatagramSocket, ssrc: number, port: number): Promise<number[]> {
  const numbers: number[] = [];
  const sending = systemMachine.openSocket({ hostname: "127.0.0.1", port: 0 });
  for (let next = await socket.receive(); next; next = await socket.receive()) {
    const { datagram } = next;
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    const isSound = datagram[0] === 0x80 && datagram[1] === 14 && view.getUint32(8) === ssrc;
    if (!isSound) continue;
    numbers.push(view.getUint16(2));
    await sendOne(sending, datagram, { hostname: "127.0.0.1", port });
  }
  sending.close();
  return numbers;
}

/** @param elements what takes the datagrams and gives bytes to be written. */
function startDecoder(
  port: number,
  caps: string,
  elements: readonly string[],
  file: string,
): Deno.ChildProcess {
  return new Deno.Command(requireTool("gst-launch-1.0"), {
    args: [
      ...["-e", "udpsrc", "address=127.0.0.1", `port=${port}`, `caps=${caps}`],
      ...["!", ...elements, "!", "filesink", "buffer-mode=unbuffered", `location=${file}`],
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

function freePort(): number {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  return port;
}

testWith(
  ["gst-launch-1.0"],
  "GStreamer's srtpdec opens our stream bit for bit, through a turn of the sequence numbers",
  async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    const { host, link } = await serve(["--audio", COMMENTARY_MP3], {
      env: { STREAMER_FIRST_SEQUENCE: "65380" },
    });
    opened.use(host);
    const socket = systemMachine.openSocket({ hostname: "127.0.0.1", port: 0 });
    opened.defer(() => socket.close());
    const accepted = await join(socket, link);
    const [file, port] = [folder.file("heard.mp3"), freePort()];
    const elements = ["srtpdec", "!", "rtpmpadepay"];
    const decoder = startDecoder(port, capsOf(SOUND, accepted), elements, file);
    const forwarding = forward(socket, accepted.info.channels[0]!.ssrc, port);
    await untilFileHas(file, ENOUGH_BYTES);
    decoder.kill("SIGINT");
    const { stderr } = await decoder.output();
    assert.doesNotMatch(new TextDecoder().decode(stderr), /ERROR|WARN/);
    socket.close();
    const numbers = await forwarding;
    assert.ok(numbers.includes(65_535) && numbers.includes(0), "the numbers did not turn over");
    const heard = (await Deno.readFile(file)).toHex();
    const sent = (await Deno.readFile(COMMENTARY_MP3)).toHex();
    assert.ok(heard.length >= 2 * ENOUGH_BYTES && sent.includes(heard));
  },
);

/** Hands on what the host says of its streams to everybody, which begins with the sound's SR. */
async function forwardReports(socket: DatagramSocket, ssrc: number, port: number): Promise<void> {
  const sending = systemMachine.openSocket({ hostname: "127.0.0.1", port: 0 });
  for (let next = await socket.receive(); next; next = await socket.receive()) {
    const view = new DataView(next.datagram.buffer, next.datagram.byteOffset);
    const isReport = view.getUint16(0) === 0x80c8 && view.getUint32(4) === ssrc;
    if (isReport) await sendOne(sending, next.datagram, { hostname: "127.0.0.1", port });
  }
  sending.close();
}

testWith(["gst-launch-1.0"], "GStreamer's srtpdec opens our sender reports", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(new TemporaryFolder());
  const { host, link } = await serve(["--audio", COMMENTARY_MP3]);
  opened.use(host);
  const socket = systemMachine.openSocket({ hostname: "127.0.0.1", port: 0 });
  opened.defer(() => socket.close());
  const accepted = await join(socket, link);
  const { ssrc } = accepted.info.channels[0]!;
  const [file, port] = [folder.file("said.rtcp"), freePort()];
  const elements = ["open.rtcp_sink", "srtpdec", "name=open", "open.rtcp_src"];
  const decoder = startDecoder(port, capsOf(CONTROL, accepted), elements, file);
  const forwarding = forwardReports(socket, ssrc, port);
  await untilFileHas(file, 50);
  decoder.kill("SIGINT");
  const { stderr } = await decoder.output();
  assert.doesNotMatch(new TextDecoder().decode(stderr), /ERROR|WARN/);
  socket.close();
  await forwarding;
  const said = parseRtcp(await Deno.readFile(file));
  assert.ok(said.ok);
  const [report, description] = said.value;
  assert.equal(report?.type === "senderReport" && report.ssrc, ssrc);
  assert.equal(description?.type === "sourceDescription" && description.ssrc, ssrc);
});

/** Fails after a minute and a half, which a busy machine may need to start a player. */
async function untilFileHas(path: string, bytes: number): Promise<void> {
  for (let attempt = 0; attempt < 900; attempt++) {
    await sleep(100);
    const size = await Deno.stat(path).then((stat) => stat.size, () => 0);
    if (size >= bytes) return;
  }
  assert.fail(`${path} never got ${bytes} bytes`);
}
