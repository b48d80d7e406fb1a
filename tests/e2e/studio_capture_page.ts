/** The page of studio_capture_test.ts: the capture engine of the studio without its looks. Runs in a browser. */
import {
  parseCaptureControl,
  serializeCaptureMessage,
} from "../../shared/studio/capture_messages.ts";
import { serializeStudioMedia } from "../../shared/studio/studio_media.ts";
import type { CaptureLink } from "../../server/studio/web/capture/capture_link.ts";
import { ScreenCapture } from "../../server/studio/web/screen/screen_capture.ts";
import { SoundCapture } from "../../server/studio/web/sound/sound_capture.ts";

const socket = new WebSocket(new URL("/in", location.href.replace(/^http/, "ws")));
socket.binaryType = "arraybuffer";
/** More than is really waiting, for tests of a slow link. */
const load = { bytes: 0 };
const link: CaptureLink = {
  get bufferedAmount() {
    return socket.readyState === WebSocket.OPEN ? socket.bufferedAmount + load.bytes : Infinity;
  },
  say: (message) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(serializeCaptureMessage(message));
  },
  bring: (media) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(serializeStudioMedia(media));
  },
};
const sound = new SoundCapture(link, "/capture_worklet.js");
const screen = new ScreenCapture(link, "/screen_worker.js");
socket.onmessage = ({ data }) => {
  const control = parseCaptureControl(String(data));
  if (control.ok) screen.obey(control.value);
};
document.body.append(screen.preview);
const opened = new Promise((resolve) => socket.onopen = resolve);

Object.assign(globalThis, { studio: { sound, screen, load, opened } });
