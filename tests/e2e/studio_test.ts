import assert from "node:assert/strict";
import { testWith } from "../tools.ts";
import { Club } from "./club.ts";
import type { CrowdMember } from "./crowd_program.ts";
import { COMMENTARY_MP3, freeEvenPort, sleep, TemporaryFolder } from "./fixtures.ts";
import { picturesOf } from "./screen_clip.ts";
import { type JsonLine, listen, serve, Streamer } from "./streamer.ts";
import {
  askForSocket,
  makeStudioClip,
  PICTURES_A_SECOND,
  ScriptedPage,
  Sending,
  tradeSecret,
  until,
} from "./studio_client.ts";

/** The studio through the real program, with a scripted page in place of a browser. */
const STUDIO = ["--studio", "127.0.0.1:0"];
const GOAL = { kind: "match", do: "event", title: "Goal", origin: "Home" } as const;

const isOf = (channel: string) => (line: JsonLine) => line.channel === channel;
const linesOf = ({ lines }: Streamer, kind: string, channel?: string) =>
  lines.filter((line) => line.kind === kind && (channel ?? line.channel) === line.channel);

testWith(
  ["ffmpeg"],
  "sound, screen and events of a page reach a listener; the page is killed, comes back, and stops and starts",
  async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    const clip = await makeStudioClip(folder.file("clip.h264"));
    const { host, link, studio } = await start(opened, STUDIO);
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

async function start(opened: AsyncDisposableStack, args: readonly string[]) {
  const { host, link } = await serve(args);
  opened.use(host);
  const { studio } = await host.line("ready");
  return { host, link, studio: studio as string };
}

Deno.test("20 listeners in the table; one is put out: silent within a second, the others undisturbed", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, link, studio } = await start(opened, [
    ...STUDIO,
    ...["--audio", COMMENTARY_MP3, "--loop"],
  ]);
  const crowd = opened.use(new Crowd(link, 20));
  await until(() => crowd.members.filter(({ frames }) => frames > 0).length === 20, "sound at all");
  const page = opened.use(await ScriptedPage.open(studio));
  const { rows, total } = await page.hear("listeners", ({ rows }) => rows.length === 20);
  assert.equal(total, 20);
  const names = (rows: readonly { readonly name?: string | undefined }[]) =>
    rows.map(({ name }) => name).sort();
  assert.deepEqual(names(rows), names(crowd.members));
  const out = rows.find(({ name }) => name === "listener 7")!;
  page.say({ kind: "put-out", id: "put-1", listener: out.id });
  await page.hear("answer", ({ id, ok }) => id === "put-1" && ok);
  const left = await host.line("listener-left");
  assert.deepEqual([left.id, left.reason], [out.id, "put-out"]);
  const findOut = () => crowd.members.find(({ name }) => name === "listener 7")!;
  await until(() => findOut().refusal !== undefined, "word of it at the listener");
  const before = crowd.members;
  assert.match(findOut().refusal!, /put you out/);
  await page.hear("listeners", ({ rows }) => rows.length === 19);
  const heardOf = (one: CrowdMember, index: number) => one.frames - before[index]!.frames;
  await until(
    () => crowd.members.every((one, index) => one.refusal || heardOf(one, index) > 50),
    "sound at all others",
  );
  for (const [index, one] of crowd.members.entries()) {
    if (one.name === out.name) assert.equal(heardOf(one, index), 0, "nothing comes any more");
    else assert.deepEqual([one.refusal, one.reconnects], [undefined, 0]);
  }
});

/** Listeners in a process of their own. */
class Crowd implements AsyncDisposable {
  /** As the last line told. */
  members: readonly CrowdMember[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  constructor(link: string, count: number) {
    const program = new URL("crowd_program.ts", import.meta.url).href;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", program, link, String(count)],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#reading;
    await this.#process.status;
  }

  async #read(): Promise<void> {
    const lines = this.#process.stdout.pipeThrough(new TextDecoderStream());
    let text = "";
    for await (const chunk of lines) {
      const whole = (text + chunk).split("\n");
      text = whole.pop()!;
      const last = whole.at(-1);
      if (last !== undefined) this.members = JSON.parse(last);
    }
  }
}

Deno.test("a listener's own token is revoked in its file when the host asks, and it can't come back", async () => {
  await using club = new Club();
  const ann = await club.make("Ann");
  const { host, port } = await club.serve(...STUDIO, "--simulate");
  const { studio } = await host.line("ready");
  const listener = club.listen(port, ann);
  await listener.line("joined");
  await using page = await ScriptedPage.open(studio);
  assert.equal((await page.hear("studio")).tokens, "own");
  const { rows: [row] } = await page.hear("listeners", ({ rows }) => rows.length === 1);
  assert.deepEqual([row!.tokenName, row!.hasOwnToken], ["Ann", true]);
  page.say({ kind: "put-out", id: "1", listener: row!.id, isTokenRevoked: true });
  const answer = await page.hear("answer", ({ id }) => id === "1");
  assert.equal(answer.ok, true, answer.text);
  await listener.end(3);
  assert.match(await club.token("list"), /Ann.*revoked/);
  const again = club.listen(port, ann);
  await again.end(3);
});

Deno.test("strangers are refused: another site, no cookie, another user's cookie, another name", async () => {
  await using opened = new AsyncDisposableStack();
  const { studio } = await start(opened, STUDIO);
  const { origin, host, port } = new URL(studio);
  const Cookie = await tradeSecret(studio);
  const refusals: readonly Record<string, string>[] = [
    { Origin: origin },
    { Cookie, Origin: "http://evil.example" },
    { Cookie, Origin: "null" },
    { Cookie, Origin: `http://127.0.0.1:${Number(port) + 1}` },
    { Cookie: `streamer-${port}=AAAAAAAAAAAAAAAAAAAAAA`, Origin: origin },
    { Cookie, Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` },
    { Cookie, Origin: origin, "Sec-Fetch-Site": "cross-site" },
  ];
  for (const headers of refusals) {
    const { status, connection } = await askForSocket(studio, headers);
    connection.close();
    assert.equal(status, 403, JSON.stringify(headers));
  }
  const { status, connection } = await askForSocket(studio, { Cookie, Origin: origin, Host: host });
  connection.close();
  assert.equal(status, 101);
});

Deno.test("a second studio sees all and is refused until it takes over; the first one is told", async () => {
  await using opened = new AsyncDisposableStack();
  const { studio } = await start(opened, STUDIO);
  const cookie = await tradeSecret(studio);
  const first = opened.use(await ScriptedPage.open(studio, cookie));
  await first.hear("driving", ({ isDriving }) => isDriving);
  const second = opened.use(await ScriptedPage.open(studio, cookie));
  await second.hear("driving", ({ isDriving, isOther }) => !isDriving && isOther);
  second.say({ ...GOAL, id: "goal-1" });
  const refusal = await second.hear("match-answer", ({ id }) => id === "goal-1");
  assert.equal(refusal.ok, false);
  assert.match(refusal.text!, /take over/);
  first.say({ ...GOAL, id: "goal-2" });
  await second.hear("match-state", ({ waiting }) => waiting.some(({ id }) => id === "goal-2"));
  second.say({ kind: "take-over", id: "take" });
  await second.hear("answer", ({ id, ok }) => id === "take" && ok);
  await first.hear("driving", ({ isDriving, isOther }) => !isDriving && isOther);
  second.say({ kind: "match", do: "start", id: "start" });
  await first.hear("match-state", ({ clock }) => clock.isRunning);
  // A page that stands still is gone too, and nobody drives until somebody asks.
  second.isFrozen = true;
  await second.closed();
  await first.hear("driving", ({ isDriving, isOther }) => !isDriving && !isOther);
});

Deno.test("forged frames are refused and said: another codec, a text that is no message, one that is too long", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, studio } = await start(opened, STUDIO);
  const page = opened.use(await ScriptedPage.open(studio));
  page.sayText("hello");
  await page.hear("answer", ({ ok, text }) => !ok && /no message of the studio/.test(text!));
  page.bringBytes(Uint8Array.of(7, 7, 7));
  await until(() => page.heard.filter(({ kind }) => kind === "answer").length === 2, "answer");
  page.say({ kind: "screen-format", codec: "av1", width: 64, height: 64 });
  await page.hear("notice", ({ text }) => /codec that was not asked for \(av1\)/.test(text));
  page.bring("screen", new Uint8Array(1000));
  page.bringBytes(new Uint8Array(5 << 20));
  assert.equal(await page.closed(), 1009);
  await host.until(() => /no message of the studio/.test(host.stderr), "warning");
  assert.match(host.stderr, /codec that was not asked for \(av1\)/);
  assert.deepEqual(linesOf(host, "channel-started"), []);
  const back = opened.use(await ScriptedPage.open(studio));
  await back.hear("driving", ({ isDriving }) => isDriving);
});

testWith(
  ["ffmpeg"],
  "what a page sends before the broadcast starts is left out, and a key frame is asked for at the start",
  async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    const clip = await makeStudioClip(folder.file("clip.h264"));
    const [sdp, player] = [folder.file("plain.sdp"), freeEvenPort()];
    const { link, studio } = await start(opened, [
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
    const { host, link, studio } = await start(opened, [...STUDIO, ...args]);
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

Deno.test("--studio beside --events: the file's end is not the broadcast's, and the score holds", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(new TemporaryFolder());
  const events = folder.file("events.ndjson");
  const line = { type: "goal", team: "home", score: "1 x 0" };
  await Deno.writeTextFile(events, `${JSON.stringify(line)}\n`);
  const { host, link, studio } = await start(opened, [
    ...STUDIO,
    ...["--events", events, "--interval", "100ms"],
  ]);
  const listener = opened.use(listen([link]));
  const page = opened.use(await ScriptedPage.open(studio));
  await page.hear("match-state", ({ count }) => count === 1);
  page.say({ ...GOAL, id: "goal-1" });
  const told = await listener.line("event", ({ event }) => event.event.id === "goal-1");
  assert.equal(told.event.score, "2 x 0");
  page.say({ ...GOAL, id: "goal-2" });
  await page.hear("match-answer", ({ id }) => id === "goal-2");
  host.kill("SIGINT");
  await host.end();
  await listener.end();
  const last = listener.lines.findLast(({ kind }) => kind === "event")!;
  assert.deepEqual(
    [last.event.event.id, last.event.score],
    ["goal-2", "3 x 0"],
    "what could still be undone goes out before the end",
  );
});

Deno.test("--actions names the buttons, and what is wrong in its file", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(new TemporaryFolder());
  const [good, bad] = [folder.file("good.json"), folder.file("bad.json")];
  await Deno.writeTextFile(good, '[{"title": "Try", "type": "goal", "points": 5}]');
  await Deno.writeTextFile(bad, '[{"title": "Try", "type": "bang"}]');
  const { link, studio } = await start(opened, [...STUDIO, "--actions", good]);
  const listener = opened.use(listen([link]));
  const page = opened.use(await ScriptedPage.open(studio));
  const { actions } = await page.hear("match-setup");
  assert.deepEqual(actions.map(({ title, points }) => [title, points]), [["Try", 5]]);
  page.say({ ...GOAL, title: "Try", id: "try-1" });
  const { event } = await listener.line("event");
  assert.equal(event.score, "5 x 0");
  const program = opened.use(
    new Streamer(["serve", "--port", "0", "--json", ...STUDIO, "--actions", bad]),
  );
  await program.end(2);
  assert.match(program.stderr, /--actions .*bad\.json: action 1: "type" is "bang"/);
});

Deno.test("an address in use, or one that others could reach, ends the start in one line", async () => {
  await using opened = new AsyncDisposableStack();
  const { studio } = await start(opened, STUDIO);
  const { host: taken } = new URL(studio);
  for (
    const [address, code, wanted] of [
      [taken, 1, /address .* is in use: choose another with --studio/],
      ["0.0.0.0:0", 2, /--studio 0\.0\.0\.0.*this machine alone.*127\.0\.0\.1:PORT/],
      ["nonsense:99999", 2, /not HOST:PORT/],
    ] as const
  ) {
    const args = ["serve", "--port", "0", "--json", "--studio", address];
    const program = opened.use(new Streamer(args));
    await program.end(code);
    assert.match(program.stderr, wanted);
  }
});

Deno.test({
  name:
    "a desktop's browser is opened, with a key that is good once; --no-open and --json open none",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    const [program, seen] = [folder.file("xdg-open"), folder.file("seen")];
    await Deno.writeTextFile(program, `#!/bin/sh\necho "$1" >> '${seen}'\n`, { mode: 0o755 });
    const env = { PATH: `${folder.path}:${Deno.env.get("PATH")}`, DISPLAY: ":77" };
    const run = (...args: string[]) => {
      const given = ["serve", "--host", "127.0.0.1", "--port", "0", ...STUDIO, ...args];
      return opened.use(new Streamer(given, { env }));
    };
    const silent = [run("--no-open"), run("--json")];
    for (const host of silent) await host.until(() => host.stdout.includes("#k="), "address");
    const host = run();
    const find = () => /http:\S+#k=\S+/.exec(host.stdout)?.[0];
    await host.until(() => find() !== undefined, "address");
    let text = "";
    while (!text.endsWith("\n")) {
      text = await Deno.readTextFile(seen).catch(() => "");
      await sleep(10);
    }
    const [url, ...others] = text.trim().split("\n");
    assert.deepEqual(others, []);
    assert.notEqual(url, find());
    assert.equal(new URL(url!).origin, new URL(find()!).origin);
    const cookie = await tradeSecret(url!);
    await assert.rejects(tradeSecret(url!));
    assert.equal(await tradeSecret(find()!), cookie);
  },
});
