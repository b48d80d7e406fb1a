import assert from "node:assert/strict";
import { packParity, ParitySum } from "../../../shared/rtp/fec.ts";
import { type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { serializeRtp } from "../../../shared/rtp/rtp.ts";
import { packRtx } from "../../../shared/rtp/rtx.ts";
import { run, TemporaryFolder } from "../../e2e/fixtures.ts";
import { requireTool, testWith } from "../../tools.ts";
import { captureOf } from "./pcap.ts";

/*
 * Wireshark's dissectors know the RFCs and not us: what they read in our bytes is what these say.
 */

const PORT = 5004;
const HOST = 0x0000_0009;
const LISTENER = 0x0000_0001;

/** What tshark reads in datagrams: the values of each field, in the order they stand. */
async function analyse(
  datagrams: readonly Uint8Array[],
  protocol: "rtp" | "rtcp",
  fields: readonly string[],
): Promise<Record<string, string>> {
  await using folder = new TemporaryFolder();
  const file = folder.file("sent.pcap");
  await Deno.writeFile(file, captureOf(datagrams, PORT));
  const wanted = fields.flatMap((field) => ["-e", field]);
  const asked = ["-r", file, "-d", `udp.port==${PORT},${protocol}`, "-T", "fields"];
  const said = await run(requireTool("tshark"), [...asked, "-E", "separator=|", ...wanted]);
  const values = said.trimEnd().split("|");
  return Object.fromEntries(fields.map((field, index) => [field, values[index] ?? ""]));
}

const EVERY_MESSAGE: readonly RtcpMessage[] = [
  {
    type: "receiverReport",
    ssrc: LISTENER,
    reports: [{
      ssrc: HOST,
      fractionLost: 12,
      cumulativeLost: -3,
      highestSequence: 0x0002_0005,
      jitter: 77,
      lastSenderReport: 0xaabb_ccdd,
      delaySinceLastSenderReport: 0x0001_8000,
    }],
  },
  { type: "sourceDescription", ssrc: LISTENER, cname: "listener" },
  { type: "nack", ssrc: LISTENER, mediaSsrc: HOST, sequences: [65_534, 65_535, 65_538, 65_600] },
  {
    type: "referenceTime",
    ssrc: LISTENER,
    ntpTime: { seconds: 3_900_000_000, fraction: 0x8000_0000 },
  },
  {
    type: "referenceTimeEcho",
    ssrc: HOST,
    reports: [{ ssrc: LISTENER, lastReferenceTime: 0x0102_0304, delaySince: 0x0001_0000 }],
  },
  {
    type: "postRepairLoss",
    ssrc: LISTENER,
    mediaSsrc: HOST,
    first: 1,
    last: 9,
    lost: 2,
    repaired: 3,
  },
  { type: "epochKey", ssrc: HOST, epoch: 2, key: new Uint8Array(28) },
  { type: "epochReceived", ssrc: LISTENER, epoch: 2 },
  { type: "putOut", ssrc: HOST, listenerSsrc: LISTENER, code: 1410, reason: "over" },
  { type: "pathChallenge", ssrc: HOST, challenge: new Uint8Array(8) },
  { type: "pathResponse", ssrc: LISTENER, challenge: new Uint8Array(8), connectionId: 5n },
  { type: "packetReceipt", ssrc: LISTENER, mediaSsrc: HOST, sequence: 65_533, delaySince: 1 },
  { type: "reportPace", ssrc: HOST, keepaliveMillis: 7000 },
  { type: "goodbye", ssrcs: [HOST], reason: "end" },
];

testWith(["tshark"], "an analyser reads in our RTCP what we mean by it", async () => {
  const read = await analyse([serializeRtcp(EVERY_MESSAGE)], "rtcp", [
    ...["rtcp.pt", "rtcp.length_check", "rtcp.length_check.bad", "_ws.malformed"],
    ...["rtcp.ssrc.cum_nr", "rtcp.ssrc.ext_high", "rtcp.ssrc.jitter", "rtcp.ssrc.dlsr"],
    ...["rtcp.rtpfb.fmt", "rtcp.rtpfb.nack_pid", "rtcp.rtpfb.nack_blp"],
    ...["rtcp.xr.bt", "rtcp.xr.bl", "rtcp.xr.timestamp", "rtcp.xr.lrr", "rtcp.xr.dlrr"],
    ...["rtcp.app.name", "rtcp.sdes.text"],
  ]);
  const { "rtcp.xr.timestamp": timestamp, ...others } = read;
  assert.match(timestamp!, /^(Aug +2, 2023 |2023-08-02T)21:20:00\.5/);
  assert.deepEqual(others, {
    "rtcp.pt": "201,202,205,207,207,207,204,204,204,204,204,204,204,203",
    "rtcp.length_check": "1",
    "rtcp.length_check.bad": "",
    "_ws.malformed": "",
    "rtcp.ssrc.cum_nr": "-3",
    "rtcp.ssrc.ext_high": String(0x0002_0005),
    "rtcp.ssrc.jitter": "77",
    "rtcp.ssrc.dlsr": String(0x0001_8000),
    "rtcp.rtpfb.fmt": "1",
    // It adds up what the bits ask for, without wrapping it.
    "rtcp.rtpfb.nack_pid": "65534,65535,65538,64",
    "rtcp.rtpfb.nack_blp": "0x0009,0x0000",
    "rtcp.xr.bt": "4,5,33",
    "rtcp.xr.bl": "2,3,3",
    "rtcp.xr.lrr": String(0x0102_0304),
    "rtcp.xr.dlrr": String(0x0001_0000),
    "rtcp.app.name": "SKEY,SACK,DENY,PCHL,PRSP,CAME,PACE",
    // It has the BYE's reason under the same name.
    "rtcp.sdes.text": "listener,end",
  });
});

const MEDIA = serializeRtp({
  payloadType: 14,
  ssrc: HOST,
  sequenceNumber: 0xfffe,
  timestamp: 0x0102_0304,
  marker: false,
  payload: Uint8Array.of(0xaa, 0xbb, 0xcc),
});
const RTP_FIELDS = ["rtp.version", "rtp.cc", "rtp.csrc.item", "rtp.p_type", "rtp.seq", "rtp.ssrc"];

testWith(["tshark"], "an analyser finds parity and retransmissions where we put them", async () => {
  const sum = new ParitySum();
  sum.add(MEDIA);
  const parity = { mediaSsrc: HOST, sequenceBase: 0xfffe, columns: 5, rows: 2, sum: sum.bytes };
  const stream = { ssrc: 0x33, payloadType: 120 };
  const sent = packParity(parity, stream, { sequenceNumber: 7, timestamp: 9 });
  assert.deepEqual(await analyse([sent], "rtp", [...RTP_FIELDS, "rtp.payload"]), {
    "rtp.version": "2",
    "rtp.cc": "1",
    "rtp.csrc.item": "0x00000009",
    "rtp.p_type": "120",
    "rtp.seq": "7",
    "rtp.ssrc": "0x00000033",
    // RFC 8627 section 4.2.2.2: R 0 F 1 and the sum's head, sequence base, L, D; then the sum.
    "rtp.payload": "400e000301020304" + "fffe0502" + "aabbcc",
  });
  const rtx = packRtx(MEDIA, { ssrc: 0x22, payloadType: 110 }, 3);
  assert.deepEqual(await analyse([rtx], "rtp", [...RTP_FIELDS, "rtp.payload"]), {
    "rtp.version": "2",
    "rtp.cc": "0",
    "rtp.csrc.item": "",
    "rtp.p_type": "110",
    "rtp.seq": "3",
    "rtp.ssrc": "0x00000022",
    // RFC 4588 section 4: the number it had, then its payload.
    "rtp.payload": "fffe" + "aabbcc",
  });
});
