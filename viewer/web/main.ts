import { html } from "htm/preact";
import { render } from "preact";
import { effect } from "@preact/signals";
import { App } from "./components/app.ts";
import { PageConnection } from "./model/connection.ts";
import { PageModel } from "./model/model.ts";
import { LowDelayEngine } from "./player/low_delay_engine.ts";
import { Player } from "./player/player.ts";
import { StreamEngine } from "./player/stream_engine.ts";

const VOLUME_KEY = "streamer.volume";
const TICK_MILLIS = 250;

const model = new PageModel(Date.now());
const connection = new PageConnection({
  open: () => new WebSocket(new URL("/ws", location.href.replace(/^http/, "ws"))),
  now: () => Date.now(),
  schedule: (callback, delay) => {
    const timer = setTimeout(callback, delay);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
}, {
  onLink(link) {
    model.setLink(link);
    if (link.state === "lost") knockAgain();
  },
  onMessage: (message) => model.apply(message, Date.now()),
  onMedia: (media) => player.push(media),
});
const player = new Player(model.sound, {
  createContext: ({ sampleRate }) => new AudioContext({ sampleRate, latencyHint: "interactive" }),
  openEngine: async (options) =>
    await LowDelayEngine.canPlay(options.sound)
      ? await LowDelayEngine.open(options)
      : new StreamEngine(options),
  onWantsMedia: (wanted) => connection.setWantsSound(wanted),
  readVolume,
  writeVolume: (volume) => remember(String(volume)),
});

render(html`<${App} model=${model} player=${player} />`, document.getElementById("page")!);
effect(() => {
  document.title = titleOf(model);
});
effect(() => {
  if (!model.canPlay.value) player.stop();
});
// Who came by the whole address though the door was open: the key must not stay there to be seen.
if (location.hash !== "") history.replaceState(null, "", location.pathname);
connection.connect();
setInterval(() => model.needsTicks && model.tick(Date.now()), TICK_MILLIS);
// A laptop that wakes up, or a network that is back, need not wait for the timer.
addEventListener("online", () => model.link.peek().state === "lost" && connection.connect());

/** A viewer that was started anew has another key: its door says so. On loopback there is none. */
async function knockAgain(): Promise<void> {
  if (/^(localhost|127\..*|\[::1\])$/.test(location.hostname)) return;
  const { status } = await fetch("/api/state", { method: "HEAD" })
    .catch(() => ({ status: undefined }));
  if (status === 403) location.reload();
}

function titleOf({ scoreboard }: PageModel): string {
  const { home, away, score } = scoreboard.value ?? {};
  return home && away && score
    ? `${home} ${score[0]} x ${score[1]} ${away} · Streamer`
    : "Streamer";
}

function readVolume(): number {
  try {
    const volume = Number(localStorage.getItem(VOLUME_KEY) ?? 1);
    return volume >= 0 && volume <= 1 ? volume : 1;
  } catch {
    // Storage may be forbidden; then the volume is not remembered, and that is all.
    return 1;
  }
}

function remember(volume: string): void {
  try {
    localStorage.setItem(VOLUME_KEY, volume);
  } catch {
    // As above.
  }
}
