/**
 * server/studio/web: the host's own page, which runs in the browser.
 *
 * This file puts the page together. Messages of the host come in over a WebSocket (model/connection.ts),
 * model/model.ts keeps them as signals, components/ shows the signals; commands (model/desk.ts), sound (sound/)
 * and the screen (screen/) go out, over media/media_desk.ts. It imports only shared/ and what the viewer's page has in
 * viewer/web (rule R2). The style sheets come after the viewer's, in the order of their names.
 * scripts/build_viewer.ts builds all of it into server/studio/dist. The next file to read is model/model.ts.
 */
import "../../../viewer/web/start.ts";
import { effect } from "@preact/signals";
import { html } from "htm/preact";
import { render } from "preact";
import type { StudioToPage } from "../../../shared/studio/studio_messages.ts";
import { App } from "./components/app.ts";
import { MediaDesk } from "./media/media_desk.ts";
import { StudioConnection } from "./model/connection.ts";
import { Desk } from "./model/desk.ts";
import { type KeyWish, wishOf } from "../../../viewer/web/model/keys.ts";
import { isTypedInto } from "../../../viewer/web/model/typing.ts";
import { StudioModel } from "./model/model.ts";

const TICK_MILLIS = 200;
/** So long the host may take this page's old connection, which is lost, for another page that drives. */
const OLD_CONNECTION_MILLIS = 4000;
/** The name under which the tab keeps the page's name for itself, so that the host knows it after a reload. */
const NAME_KEY = "streamer.studio.page";

const model = new StudioModel(Date.now());
const connection = new StudioConnection({
  open: () => new WebSocket(socketUrl()),
  now: () => Date.now(),
  schedule: (callback, delay) => {
    const timer = setTimeout(callback, delay);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
}, {
  onLink(link) {
    model.setLink(link);
    if (link.state === "lost") void reloadWithoutKey();
  },
  onMessage: receive,
  onDriving() {
    media.resume();
    desk.sendAgain();
  },
});
const desk = new Desk(model, {
  send: (message) => connection.send(message),
  makeId: () => crypto.randomUUID(),
  now: () => Date.now(),
});
const media = new MediaDesk(model, connection);

function receive(message: StudioToPage): void {
  const wasDriving = model.driving.peek().isDriving;
  model.apply(message, Date.now());
  desk.hear(message);
  switch (message.kind) {
    case "studio":
      return media.begin(message);
    case "driving":
      if (message.isOther) setTimeout(endIfIdle, wasDriving ? 0 : OLD_CONNECTION_MILLIS);
      return;
    case "media":
      // Who takes over wants the match, perhaps not this machine's microphone: that waits for its button.
      if (message.sound.state === "paused" && !desk.hasTakenOver) void media.resumeSound();
      return;
    case "screen-control":
      return media.screen.obey(message);
    case "ended":
      return media.end();
  }
}

/** Another page has taken over, perhaps while this one was away. */
function endIfIdle(): void {
  if (model.driving.peek().isOther) media.end();
}

render(
  html`<${App} model=${model} desk=${desk} media=${media} />`,
  document.getElementById("page")!,
);
effect(() => {
  document.title = titleOf(model);
});
// The secret must not stay visible in the address bar.
if (location.hash !== "") history.replaceState(null, "", location.pathname);
connection.connect();
setInterval(() => model.needsTicks && model.tick(Date.now()), TICK_MILLIS);
addEventListener("online", () => model.link.peek().state === "lost" && connection.connect());
addEventListener("keydown", onKey);

function onKey(press: KeyboardEvent): void {
  const setup = model.setup.peek();
  if (!setup || model.question.peek() || isTypedInto(press.target)) return;
  const wish = wishOf(press, setup);
  if (!wish) return;
  press.preventDefault();
  grant(wish);
}

function grant(wish: KeyWish): void {
  switch (wish.kind) {
    case "event":
      return desk.press(wish.title, wish.origin);
    case "undo":
      return desk.undo();
    case "clock":
      return desk.toggleClock();
    case "note":
      return document.getElementById("note")?.focus();
  }
}

function titleOf(model: StudioModel): string {
  const isLive = [model.stateOf("sound"), model.stateOf("screen")].includes("live");
  const mark = isLive ? "● " : "";
  const { home, away } = model;
  const score = model.match.value?.score;
  return score
    ? `${mark}${home.value} ${score[0]} x ${score[1]} ${away.value} · Streamer studio`
    : "Streamer studio";
}

function socketUrl(): URL {
  const url = new URL("/ws", location.href.replace(/^http/, "ws"));
  url.searchParams.set("page", pageName());
  return url;
}

function pageName(): string {
  try {
    const known = sessionStorage.getItem(NAME_KEY) ?? crypto.randomUUID();
    sessionStorage.setItem(NAME_KEY, known);
    return known;
  } catch {
    // Storage may be forbidden: after a reload the host sees another page.
    return crypto.randomUUID();
  }
}

/** Shows the door when the program was started again and has another secret. */
async function reloadWithoutKey(): Promise<void> {
  const { status } = await fetch("/page.js", { method: "HEAD" })
    .catch(() => ({ status: undefined }));
  if (status === 403) location.reload();
}
