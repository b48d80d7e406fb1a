import { makeClip } from "../../tests/acceptance/screen_clips.ts";
import { COMMENTARY_MP3, sleep, TemporaryFolder } from "../../tests/e2e/fixtures.ts";
import { serve } from "../../tests/e2e/streamer.ts";
import { LightListener } from "./light_listener.ts";
import { percent, print, row } from "./printing.ts";
import { cpuSecondsBetween, usageOf } from "./process_usage.ts";

const SETTLE_MILLIS = 3000;
const HANDSHAKES_AT_ONCE = 20;

export interface ScreenPlan {
  readonly listeners: number;
  /** How long each is measured, in turn. */
  readonly seconds: number;
  readonly rounds: number;
}

interface Cost {
  readonly packetsPerSecond: number;
  readonly cpuShare: number;
}

/** A host of a 720p screen beside one of sound alone, in turn: packets for each second of a core. */
export async function benchScreen(plan: ScreenPlan): Promise<void> {
  await using folder = new TemporaryFolder();
  const { path } = await makeClip(folder, {
    codec: "h264",
    rate: 15,
    seconds: 10,
    bitrate: 1_500_000,
  });
  const sources = { sound: ["--audio", COMMENTARY_MP3], screen: ["--screen", path] };
  print(
    `serve --plain to ${plan.listeners} listeners, in turn: sound, and a 720p screen at 1.5 Mbit/s`,
  );
  print("            packets/s   of a core   packets a core-second");
  const ratios: number[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    const sound = await measure("sound", sources.sound, plan);
    const screen = await measure("screen", sources.screen, plan);
    ratios.push(perCoreSecond(screen) / perCoreSecond(sound));
  }
  print(`  screen to sound: ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}`);
  print("");
}

async function measure(
  name: string,
  source: readonly string[],
  { listeners: count, seconds }: ScreenPlan,
): Promise<Cost> {
  const { host, link } = await serve([...source, "--loop", "--plain", "--capacity", `${count}`]);
  await using _host = host;
  const listeners: LightListener[] = [];
  while (listeners.length < count) {
    const batch = Math.min(HANDSHAKES_AT_ONCE, count - listeners.length);
    const joining = Array.from({ length: batch }, () => LightListener.join(link));
    listeners.push(...await Promise.all(joining));
  }
  await sleep(SETTLE_MILLIS);
  const sentSoFar = () =>
    host.lines.findLast(({ kind }) => kind === "stats")!.packetsSent as number;
  const before = { usage: usageOf(host.pid)!, sent: sentSoFar() };
  await sleep(seconds * 1000);
  const after = { usage: usageOf(host.pid)!, sent: sentSoFar() };
  for (const listener of listeners) listener.leave();
  const cost = {
    packetsPerSecond: (after.sent - before.sent) / seconds,
    cpuShare: cpuSecondsBetween(before.usage, after.usage) / seconds,
  };
  print(row([
    [`  ${name}`, 8],
    [cost.packetsPerSecond.toFixed(0), 13],
    [percent(cost.cpuShare), 12],
    [perCoreSecond(cost).toFixed(0), 24],
  ]));
  return cost;
}

function perCoreSecond({ packetsPerSecond, cpuShare }: Cost): number {
  return packetsPerSecond / cpuShare;
}

if (import.meta.main) await benchScreen({ listeners: 100, seconds: 10, rounds: 3 });
