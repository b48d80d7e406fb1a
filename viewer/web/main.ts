/**
 * viewer/web: what runs in the browser.
 *
 * This file puts the page together. Messages come in over a WebSocket (model/connection.ts), model/model.ts
 * keeps them as signals, components/ shows the signals, player/ plays the sound, screen/ shows the host's
 * screen and data/ live data; what goes out is whether the page wants each of them, and what is reported (reports/).
 * It imports
 * only shared/ (rule R2). door.ts, player/worklet.ts and data/picture_worker.ts are scripts of their own; the style
 * sheets are joined in the order of their names. scripts/build_viewer.ts builds all of it into viewer/dist. The next
 * file to read is model/model.ts.
 */
import "./start.ts";
import { html } from "htm/preact";
import { render } from "preact";
import { computed, effect } from "@preact/signals";
import type { Millis } from "../../shared/core/units.ts";
import type { Sound } from "../../shared/page/page.ts";
import { App } from "./components/app.ts";
import { LiveDataPlayer } from "./data/live_data.ts";
import { PicturePlayer } from "./data/picture_player.ts";
import { PageConnection } from "./model/connection.ts";
import { PageModel } from "./model/model.ts";
import type { OpenEngine } from "./player/engine.ts";
import { LowDelayEngine } from "./player/low_delay_engine.ts";
import { wishOf } from "./model/keys.ts";
import { type Focus, soundWishOf } from "./model/sound_keys.ts";
import { isTypedInto } from "./model/typing.ts";
import { lockScreenWords } from "./model/words.ts";
import { LockScreen } from "./player/lock_screen.ts";
import { Player } from "./player/player.ts";
import { StreamEngine } from "./player/stream_engine.ts";
import { ReportModel } from "./reports/report_model.ts";
import { FullScreen } from "./screen/full_screen.ts";
import { ScreenPlayer } from "./screen/screen_player.ts";

/** The name under which the browser stores the volume. */
const VOLUME_KEY = "streamer.volume";
const TICK_MILLIS = 250;
/** `view` without a link shows the match here, and the directory at `/`. */
const isFromDirectory = location.pathname === "/match";

const model = new PageModel(Date.now());
const schedule = (callback: () => void, delay: Millis) => {
  const timer = setTimeout(callback, delay);
  return () => clearTimeout(timer);
};
const connection = new PageConnection({
  open: () => new WebSocket(new URL("/ws", location.href.replace(/^http/, "ws"))),
  now: () => Date.now(),
  schedule,
  random: () => Math.random(),
}, {
  onLink(link) {
    model.setLink(link);
    reports.setConnected(link.state === "open");
    if (link.state === "open") screen.restart();
    if (link.state === "open") live.restart();
    if (link.state === "lost") reloadWithoutKey();
  },
  onMessage(message) {
    model.apply(message, Date.now());
    reports.apply(message, Date.now());
  },
  onMedia: (media) => player.push(media),
  onFrame: (frame) => screen.push(frame),
  onData: (data) => live.push(data),
});
const silence = new Audio();
// Read only when the sound is wanted.
silence.preload = "none";
silence.loop = true;
silence.src = "/silence.flac";
const player = new Player(model.sound, {
  createContext({ sampleRate }) {
    if (silence.paused) silence.load();
    return new AudioContext({ sampleRate, latencyHint: "interactive" });
  },
  engines(sound) {
    const element = StreamEngine.prepareElement();
    return enginesFor(sound, (options) => Promise.resolve(new StreamEngine(options, element)));
  },
  onWantsMedia: (wanted) => connection.setWants("sound", wanted),
  readVolume,
  writeVolume: (volume) => remember(String(volume)),
  schedule,
});

const screen = new ScreenPlayer(model.screen, {
  createDecoder: typeof VideoDecoder === "undefined" ? undefined : (init) => new VideoDecoder(init),
  isSecure: isSecureContext,
  now: () => performance.now(),
  requestFrame: (callback) => requestAnimationFrame(callback),
  devicePixelRatio: () => devicePixelRatio,
  onWantsScreen: (wanted) => connection.setWants("screen", wanted),
});
const requestFrame = (callback: () => void) => requestAnimationFrame(callback);
const picture = new PicturePlayer({
  createWorker: () => new Worker("/picture_worker.js", { type: "module" }),
  requestFrame,
});
const live = new LiveDataPlayer(model.data, picture, {
  now: () => performance.now(),
  requestFrame,
  onWantsData: (wanted) => connection.setWants("data", wanted),
  announce: (sentence) => model.announcement.value = sentence,
}, computed(() => model.end.value !== undefined || model.data.value?.isSent === false));
const fullScreen = new FullScreen(document);
const reports = new ReportModel({
  send: (report) => connection.report(report),
  makeId,
  now: () => Date.now(),
  announce: (sentence) => model.announce(sentence),
});

render(
  html`
    <${App} model=${model} player=${player} screen=${screen} fullScreen=${fullScreen}
      live=${live} reports=${reports} directory=${isFromDirectory ? "/" : undefined} />
  `,
  document.getElementById("page")!,
);
effect(() => {
  document.title = titleOf(model);
});
effect(() => {
  if (!model.canPlay.value) player.stop();
});
const lockScreen = new LockScreen(navigator.mediaSession, silence, {
  play: () => player.play(),
  stop: () => player.stop(),
});
effect(() => lockScreen.show(lockScreenWords(model), player.status.value, player.engineName.value));
// A browser that has the cookie already skips the door: the key must not stay visible here either.
if (location.hash !== "") history.replaceState(null, "", location.pathname);
connection.connect();
setInterval(() => {
  if (model.needsTicks) model.tick(Date.now());
  if (model.data.peek()) live.tick();
  if (reports.needsTicks) reports.tick(Date.now());
}, TICK_MILLIS);
addEventListener("keydown", onKey);
const noticeVisibility = () =>
  screen.isVisible.value = live.isVisible.value = document.visibilityState === "visible";
document.addEventListener("visibilitychange", noticeVisibility);
// A phone that held the sound back during a call lets it go on only when the page is seen again, or at a touch.
document.addEventListener("visibilitychange", () => player.resume());
addEventListener("pageshow", () => player.resume());
addEventListener("pointerup", ({ target }) => {
  // A button does with the sound what it says.
  if (target instanceof Element && !target.closest("button")) player.resume();
});
noticeVisibility();
// Reconnects at once when the network is back.
addEventListener("online", () => model.link.peek().state === "lost" && connection.connect());

async function enginesFor(sound: Sound, stream: OpenEngine): Promise<OpenEngine[]> {
  if (!LowDelayEngine.isThere) return [stream];
  const isFirst = await LowDelayEngine.canPlay(sound);
  return isFirst ? [LowDelayEngine.open, stream] : [stream, LowDelayEngine.open];
}

function onKey(press: KeyboardEvent): void {
  if (reports.correcting.peek() || isTypedInto(press.target)) return;
  // An action of the match may have the letter of the sound: it comes first.
  if (takeReportKey(press) || takeSoundKey(press)) press.preventDefault();
}

/** @returns whether the key was one of a reporter's. */
function takeReportKey(press: KeyboardEvent): boolean {
  const match = reports.match.peek();
  if (!match) return false;
  const wish = wishOf(press, match);
  if (wish?.kind === "event") reports.press(wish.title, wish.origin);
  else if (wish?.kind === "undo") reports.undo();
  else if (isVote(press)) reports.voteFor(Number(press.key));
  else return false;
  return true;
}

/** @returns whether the key was one of the sound's. */
function takeSoundKey(press: KeyboardEvent): boolean {
  if (!model.canPlay.peek()) return false;
  const wish = soundWishOf(press, focusOf(press.target));
  if (wish?.kind === "toggle") player.toggle();
  else if (wish?.kind === "mute") player.loudness.toggleMute();
  else if (wish?.kind === "volume") player.loudness.step(wish.steps);
  return wish !== undefined;
}

function focusOf(target: EventTarget | null): Focus {
  if (target === document.body || target === document.documentElement) return "nothing";
  return target instanceof HTMLInputElement && target.type === "range" ? "slider" : "other";
}

/** A digit that is no action's agrees with what is voted on at that place. */
function isVote({ key, ctrlKey, altKey, metaKey, repeat }: KeyboardEvent): boolean {
  return /^[1-9]$/.test(key) && !ctrlKey && !altKey && !metaKey && !repeat;
}

/** Of a report. Pages beyond this machine are not secure contexts, which alone have `randomUUID`. */
function makeId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(
    "-",
  );
}

/** Shows the door again when the viewer was restarted and has a new key. Loopback has one only with a directory. */
async function reloadWithoutKey(): Promise<void> {
  const isLocal = /^(localhost|127\..*|\[::1\])$/.test(location.hostname);
  if (isLocal && !isFromDirectory) return;
  const { status } = await fetch("/api/state", { method: "HEAD" })
    .catch(() => ({ status: undefined }));
  if (status === 403) location.assign("/");
}

function titleOf({ scoreboard, hasMatch }: PageModel): string {
  const { home, away, score } = scoreboard.value ?? {};
  return hasMatch.value && home && away && score
    ? `${home} ${score[0]} x ${score[1]} ${away} · Streamer`
    : "Streamer";
}

function readVolume(): number {
  try {
    const volume = Number(localStorage.getItem(VOLUME_KEY) ?? 1);
    return volume >= 0 && volume <= 1 ? volume : 1;
  } catch {
    // Storage may be forbidden; then the volume is not kept.
    return 1;
  }
}

function remember(volume: string): void {
  try {
    localStorage.setItem(VOLUME_KEY, volume);
  } catch {
    // Storage may be forbidden.
  }
}
