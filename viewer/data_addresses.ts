import { Hono } from "hono";
import { dataLine, PICTURE_TYPES } from "../client/playing/data/data_line.ts";
import { RAW_MIME_TYPE } from "../shared/data/raw_image.ts";
import { formatJsonLine } from "../shared/text/json_line.ts";
import { dataTable } from "./data_table.ts";
import type { DataStore, PictureMessage } from "./data_store.ts";
import type { EventStreams } from "./event_streams.ts";

/** What the addresses give. */
export interface DataSources {
  readonly store: DataStore;
  readonly streams: EventStreams;
}

const FRESH = { "Cache-Control": "no-store" };
const RETRY_AFTER = { "Retry-After": "2" };
const TEXT = { "Content-Type": "text/plain; charset=UTF-8" };

/** The addresses for scripts and dashboards: the last message and the last picture, and all that comes, as a stream. */
export function dataAddresses({ store, streams }: DataSources): Hono {
  const app = new Hono();
  app.get("/data", () => {
    const { latest } = store;
    if (!latest) return notYet("no live data");
    const body = formatJsonLine(dataLine(latest.head));
    return new Response(body, { headers: { ...FRESH, "Content-Type": "application/json" } });
  });
  app.get("/data.csv", () => {
    const { latest } = store;
    if (!latest) return notYet("no live data");
    const type = "text/csv; charset=UTF-8; header=present";
    return new Response(dataTable(latest.head), { headers: { ...FRESH, "Content-Type": type } });
  });
  app.get("/data/image", (context) => {
    const { picture } = store;
    if (!picture) return notYet("no picture in the live data");
    const isKnown = context.req.header("if-none-match")?.includes(tagOf(picture)) ?? false;
    return isKnown ? unchanged(picture) : pictureOf(picture, store.openPicture());
  });
  app.get("/events", () => {
    const body = streams.open();
    if (!body) return refuse("too many event streams are open; close one");
    return new Response(body, { headers: { ...FRESH, "Content-Type": "text/event-stream" } });
  });
  return app;
}

function unchanged(picture: PictureMessage): Response {
  return new Response(null, { status: 304, headers: pictureHeaders(picture) });
}

function pictureOf(
  picture: PictureMessage,
  bytes: Uint8Array<ArrayBuffer> | undefined,
): Response {
  if (!bytes) {
    const text = `502: the picture of message ${picture.head.count} can't be inflated\n`;
    return new Response(text, { status: 502, headers: TEXT });
  }
  const { mimeType } = picture.head.image;
  const type = PICTURE_TYPES.has(mimeType) ? mimeType : RAW_MIME_TYPE;
  return new Response(bytes, { headers: { ...pictureHeaders(picture), "Content-Type": type } });
}

/** A browser asks again each time, and gets the bytes only when the picture is another. */
function pictureHeaders(picture: PictureMessage): Record<string, string> {
  const { count, time, image: { bytes, width, height, format } } = picture.head;
  return {
    "Cache-Control": "no-cache",
    "Content-Length": String(bytes),
    ETag: tagOf(picture),
    "Data-Count": String(count),
    "Data-Time": String(time),
    "Image-Width": String(width),
    "Image-Height": String(height),
    ...(format && { "Image-Format": format }),
  };
}

function tagOf({ head: { image } }: PictureMessage): string {
  return `"${image.sha256}"`;
}

function notYet(what: string): Response {
  return refuse(`there is ${what} yet; try again in a moment`);
}

function refuse(why: string): Response {
  return new Response(`503: ${why}\n`, { status: 503, headers: { ...TEXT, ...RETRY_AFTER } });
}
