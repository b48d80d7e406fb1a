/*
 * A script of its own: encodes the screen away from the page, whose timers hardly run while it is hidden, and
 * which is busy at times. worker_messages.ts has what it is told and what it tells.
 */
import { ClockMap } from "../../../../shared/studio/clock_map.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import { pageNow, toMicros } from "../capture/page_clock.ts";
import { FrameFitter } from "./frame_fitter.ts";
import { firstSupported, PictureEncoder } from "./picture_encoder.ts";
import { type Encoder, ScreenPipeline } from "./screen_pipeline.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

// The globals of a DedicatedWorkerGlobalScope, which TypeScript's library for pages does not have.
declare function postMessage(message: FromWorker, transfer?: Transferable[]): void;

const TICK_MILLIS: Millis = 20;

let pageOrigin: Millis = 0;
let pipeline: ScreenPipeline<VideoFrame> | undefined;

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => obey(data));

function obey(message: ToWorker): void {
  switch (message.kind) {
    case "start":
      return start(message);
    case "frame":
      postMessage({ kind: "taken" });
      return pipeline ? pipeline.push(message.frame, message.at) : message.frame.close();
    case "change":
      return pipeline?.change(message.options);
    case "key":
      return pipeline?.wantKey();
    case "behind":
      if (pipeline) pipeline.isBehind = message.isBehind;
      return;
    case "stop":
      pipeline?.close();
      return close();
  }
}

function start({ pageOrigin: origin, options, readable }: ToWorker & { kind: "start" }): void {
  pageOrigin = origin;
  const fitter = new FrameFitter();
  const running = pipeline = new ScreenPipeline<VideoFrame>(options, {
    onFormat: (codec, size) => postMessage({ kind: "format", codec, ...size }),
    onPicture: (picture) => {
      const { skipped } = running;
      postMessage({ kind: "picture", ...picture, skipped }, [picture.bytes.buffer]);
    },
    onFailure: () => postMessage({ kind: "failed" }),
  }, {
    now: () => pageNow(pageOrigin),
    choose: firstSupported,
    // The pictures that this pipeline encodes are those that its fitter has made.
    createEncoder: (handlers) => new PictureEncoder(handlers) as Encoder,
    fit: (picture, size, at) => fitter.fit(picture, size, at),
  });
  setInterval(() => tick(running, readable === undefined), TICK_MILLIS);
  if (readable) void read(readable, running);
}

function tick(running: ScreenPipeline<VideoFrame>, isTold: boolean): void {
  running.advance();
  if (isTold || running.isBehind) postMessage({ kind: "tick" });
}

async function read(
  readable: ReadableStream<VideoFrame>,
  running: ScreenPipeline<VideoFrame>,
): Promise<void> {
  const clock = new ClockMap();
  const reader = readable.getReader();
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done || !value) return;
    const captured = Math.max(0, value.timestamp);
    running.push(value, toMicros(clock.map(captured, pageNow(pageOrigin))));
  }
}
