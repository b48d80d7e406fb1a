import assert from "node:assert/strict";
import { testWith } from "../tools.ts";
import { COMMENTARY_MP3, freeEvenPort, TemporaryFolder } from "./fixtures.ts";
import { picturesOf } from "./screen_clip.ts";
import { type JsonLine, listen, type Streamer } from "./streamer.ts";
import {
  GOAL,
  linesOf,
  makeStudioClip,
  PICTURES_A_SECOND,
  ScriptedPage,
  Sending,
  startStudio,
  STUDIO,
  tradeSecret,
  until,
} from "./studio_client.ts";

/** What the page captures reaches listeners, through the real program, with a scripted page in place of a browser. */
const isOf = (channel: string) => (line: JsonLine) => line.channel === channel;

testWith(
  ["ffmpeg"],
  "sound, screen and events of a page reach a listener; the page is killed, comes back, and stops and starts",
  async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    const clip = await makeStudioClip(folder.file("clip.h264"));
    const { host, link, studio } = await startStudio(opened, STUDIO);
    const [sound, screen] = [folder.file("sound.opus"), folder.file("screen.mkv")];
    const listener = opened.use(
      listen([
        link,
        "--latency",
        "300ms",
        "--frames",
        "--record",
        sound,
        "--record-screen",
        screen,
      ]),
    );
    await listener.line("joined");
    const cookie = await tradeSecret(studio);
    const page = opened.use(await ScriptedPage.open(studio, cookie));
    const sending = opened.use(new Sending(page, clip));
    sending.startSound();
    sending.startScreen();
    const { ssrc } = await host.line("channel-started", isOf("screen"));
    const { ssrc: soundSsrc } = await host.line("channel-started", isOf("audio"));
    await listener.until(
      () => linesOf(listener, "frame").length > 2 * PICTURES_A_SECOND,
      "pictures",
    );
    page.say({ ...GOAL, id: "goal-1" });
    page.say({ ...GOAL, id: "goal-2" });
    page.say({ kind: "match", do: "undo", id: "undo-2", event: "goal-2" });
    await page.hear("match-answer", ({ id, ok }) => id === "undo-2" && ok);
    const { event: goal } = await listener.line("event");
    assert.deepEqual([goal.event.id, goal.score], ["goal-1", "1 x 0"]);

    const killedAt = performance.now();
    page.kill();
    const pauses = ["audio", "screen"].flatMap((channel) => [
      host.line("channel-paused", isOf(channel)),
      listener.line("channel-paused", isOf(channel)),
    ]);
    await Promise.all(pauses);
    console.log(
      `Both were told of both pauses ${Math.round(performance.now() - killedAt)} ms later`,
    );

    const back = opened.use(await ScriptedPage.open(studio, cookie));
    assert.equal((await back.hear("studio")).isDriving, true);
    const again = opened.use(new Sending(back, clip));
    again.startSound();
    again.startScreen();
    for (const channel of ["audio", "screen"]) {
      await host.line("channel-resumed", isOf(channel));
      await listener.line("channel-resumed", isOf(channel));
    }
    assert.deepEqual(
      [linesOf(host, "channel-started", "audio"), linesOf(host, "channel-started", "screen")]
        .map((lines) => lines.map((line) => line.ssrc)),
      [[soundSsrc], [ssrc]],
      "the same streams go on",
    );
    for (let time = 1; time <= 3; time++) {
      again.stopScreen();
      await listener.until(
        () => linesOf(listener, "channel-ended", "screen").length === time,
        "end",
      );
      const shown = linesOf(listener, "frame").length;
      again.startScreen();
      await listener.until(
        () => linesOf(listener, "channel-started", "screen").length === time + 1,
        "start",
      );
      await listener.until(
        () => linesOf(listener, "frame").length > shown + PICTURES_A_SECOND,
        "pictures again",
      );
    }
    host.kill("SIGINT");
    assertLedgers(listener, await listener.end());
    await host.end();
    assert.ok((await Deno.stat(sound)).size > 10_000);
    const { pictures } = await picturesOf(screen);
    assert.ok(new Set(pictures).size > PICTURES_A_SECOND, `${pictures.length} pictures`);
    assert.equal(await back.closed(), 1001);
    assert.ok(back.heard.some(({ kind }) => kind === "ended"));
  },
);

/**
 * The ledger of a channel that ended and began again is the sum of all its streams: the numbers of frames go on
 * over all of them.
 */
function assertLedgers(listener: Streamer, summary: JsonLine): void {
  const [screen, ...others] = summary.channels.filter(isOf("screen"));
  assert.equal(others.length, 0);
  const frames = linesOf(listener, "frame");
  assert.equal(screen.framesReceived - screen.framesDropped, frames.length);
  const sent = frames.at(-1)!.frame - frames[0]!.frame + 1;
  const most = sent + screen.framesDropped;
  assert.ok(
    screen.framesReceived >= sent && screen.framesReceived <= most,
    `${screen.framesReceived} frames of ${sent}`,
  );
  for (const { packetsExpected, networkLost } of summary.channels) {
    assert.ok(packetsExpected > 0);
    assert.equal(networkLost, 0);
  }
}

testWith(
  ["ffmpeg"],
  "what a page sends before the broadcast starts is left out, and a key frame is asked for at the start",
  async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    const clip = await makeStudioClip(folder.file("clip.h264"));
    const [sdp, player] = [folder.file("plain.sdp"), freeEvenPort()];
    const { link, studio } = await startStudio(opened, [
      ...STUDIO,
      ...["--wait-for", "1", "--rtp-to", `127.0.0.1:${player}`, "--sdp", sdp],
    ]);
    const page = opened.use(await ScriptedPage.open(studio));
    const sending = opened.use(new Sending(page, clip));
    sending.startSound();
    sending.startScreen();
    await page.hear(
      "media",
      ({ sound, screen }) => sound.state === "live" && screen.state === "live",
    );
    await until(() => sending.picturesSent > 5 * PICTURES_A_SECOND, "pictures");
    assert.match(await Deno.readTextFile(sdp), /m=audio .*\r\na=rtpmap:97 opus/);
    const listener = opened.use(listen([link, "--frames", "--latency", "300ms"]));
    await page.hear("screen-control", ({ isKeyFrameWanted }) => isKeyFrameWanted === true);
    const first = await listener.line("frame");
    assert.deepEqual([first.frame, first.isKey], [0, true]);
    await listener.until(() => linesOf(listener, "frame").length > PICTURES_A_SECOND, "pictures");
  },
);

const BESIDE: readonly {
  readonly args: readonly string[];
  readonly channels: readonly string[];
  readonly refused: { readonly sound?: RegExp; readonly screen?: RegExp };
}[] = [
  {
    args: ["--audio", COMMENTARY_MP3],
    channels: ["audio", "events"],
    refused: { sound: /comes from .*commentary\.mp3 \(--audio\).*without --audio/ },
  },
  { args: ["--simulate", "--speed", "600"], channels: ["events"], refused: {} },
  { args: ["--simulate-data"], channels: ["events", "data"], refused: {} },
];

for (const { args, channels, refused } of BESIDE) {
  Deno.test(`--studio beside ${args[0]}: what has another source says so, and events go out`, async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link, studio } = await startStudio(opened, [...STUDIO, ...args]);
    const ready = await host.line("ready");
    const names = ready.channels.map(({ channel }: { channel: string }) => channel);
    assert.deepEqual(names.sort(), [...channels].sort());
    const listener = opened.use(listen([link]));
    await listener.line("joined");
    const page = opened.use(await ScriptedPage.open(studio));
    const { sources } = await page.hear("studio");
    for (const medium of ["sound", "screen"] as const) {
      assert.equal(sources[medium].isBrowser, refused[medium] === undefined);
      if (refused[medium]) assert.match(sources[medium].reason!, refused[medium]);
    }
    if (refused.sound) {
      page.say({ kind: "sound-format", codec: "opus", sampleRate: 48_000, channelCount: 2 });
      await page.hear("answer", ({ ok, text }) => !ok && refused.sound!.test(text!));
    }
    const { home } = await page.hear("match-setup");
    page.say({ kind: "match", do: "event", title: "Goal", origin: home, id: "the-hosts-goal" });
    const isHosts = ({ event }: JsonLine) => event.event.id === "the-hosts-goal";
    const { event: told } = await listener.line("event", isHosts);
    const entry = await page.hear(
      "match-state",
      ({ past }) => past.some(({ id }) => id === "the-hosts-goal"),
    );
    const { score } = entry.past.find(({ id }) => id === "the-hosts-goal")!;
    assert.equal(told.score, score.join(" x "));
    host.kill("SIGINT");
    await host.end();
  });
}
