import { isAbsolute, relative, resolve, sep } from "node:path";
import { readBounded } from "../../../../shared/core/bounded_bytes.ts";
import { linkedSignal } from "../../../../shared/core/linked_signal.ts";
import { unlessAborted } from "../../../../shared/core/unless_aborted.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import { quote } from "../../../../shared/data/data_values.ts";
import { MAX_IMAGE_BYTES } from "../../../../shared/data/image_facts.ts";
import { requestHeaders } from "../../io/bytes/http_source.ts";
import { describeLocation } from "../../io/bytes/location.ts";
import type { LoadedImage } from "../message_check.ts";
import { type GivenImage, TOO_LARGE } from "../message_draft.ts";

/** A server must have sent the whole picture in this time. */
const URL_MILLIS: Millis = 2000;
const MAX_REDIRECTS = 5;

export interface ImageLoaderOptions {
  /**
   * The folder that paths are relative to and must not leave. Absent for a source whose author is not the host:
   * then neither paths nor addresses are followed, because the host can reach what the author can't.
   */
  readonly folder?: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** @returns the picture with its bytes, or the problem as the end of a sentence about the message. */
export async function loadImage(
  image: GivenImage,
  { folder, clock, signal }: ImageLoaderOptions,
): Promise<LoadedImage | string> {
  if (image.kind === "raw" || image.kind === "compressed") return image;
  if (folder === undefined) {
    return `has a picture by ${
      quote(image.kind)
    }, which only a file of --data or - may have; give "base64"`;
  }
  const bytes = image.kind === "path"
    ? await readFile(folder, image.path)
    : await download(image.url, { clock, signal });
  if (typeof bytes === "string") return bytes;
  const { mimeType } = image;
  return { kind: "compressed", bytes, ...(mimeType !== undefined && { mimeType }) };
}

async function readFile(folder: string, path: string): Promise<Uint8Array | string> {
  const name = quote(path);
  const outside = `has a picture outside of the folder of --data: ${name}`;
  try {
    // With links followed on both sides: what counts is where the file really is.
    const [root, file] = await Promise.all([
      Deno.realPath(folder),
      Deno.realPath(resolve(folder, path)),
    ]);
    if (!isInside(root, file)) return outside;
    // Looked at before it is opened, because opening a pipe would wait for its writer.
    if (!(await Deno.stat(file)).isFile) return `has a picture that is no file: ${name}`;
    const { readable } = await Deno.open(file);
    return await readBounded(readable, MAX_IMAGE_BYTES) ?? TOO_LARGE;
  } catch (error) {
    // Whether there is such a file outside is nobody's business.
    if (!isInside(resolve(folder), resolve(folder, path))) return outside;
    const why = error instanceof Deno.errors.NotFound ? "does not exist" : "can't be read";
    return `has a picture that ${why}: ${name}`;
  }
}

function isInside(root: string, file: string): boolean {
  const way = relative(root, file);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function download(
  address: string,
  { clock, signal }: Pick<ImageLoaderOptions, "clock" | "signal">,
): Promise<Uint8Array | string> {
  const url = URL.parse(address);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return `has a picture whose "url" is no http or https address`;
  }
  const patience = new AbortController();
  const late = clock.sleepUntil(clock.now() + URL_MILLIS, linkedSignal(signal, patience.signal))
    .then(() => patience.abort());
  try {
    const both = linkedSignal(signal, patience.signal);
    // Beside the signal, which Deno's fetch may forget.
    const bytes = await unlessAborted(fetchFrom(url, both, MAX_REDIRECTS), both);
    return bytes ??
      `has a picture whose server sends nothing for 2 s: ${describeLocation(address)}`;
  } catch {
    return patience.signal.aborted
      ? `has a picture whose server sends nothing for 2 s: ${describeLocation(address)}`
      : `has a picture that can't be fetched: ${describeLocation(address)}`;
  } finally {
    patience.abort();
    await late;
  }
}

async function fetchFrom(
  url: URL,
  signal: AbortSignal,
  redirectsLeft: number,
): Promise<Uint8Array | string> {
  const bare = new URL(url);
  bare.username = bare.password = "";
  const response = await fetch(bare, {
    redirect: "manual",
    signal,
    headers: requestHeaders(url),
  });
  const { status, body } = response;
  if (status >= 300 && status < 400) {
    await body?.cancel();
    return await follow(url, response.headers.get("location"), signal, redirectsLeft);
  }
  if (!response.ok || !body) {
    await body?.cancel();
    return `has a picture that can't be fetched: the server answers ${status}`;
  }
  return await readBounded(body, MAX_IMAGE_BYTES) ?? TOO_LARGE;
}

/** A redirect to another host could make this host fetch what only it can reach. */
async function follow(
  from: URL,
  location: string | null,
  signal: AbortSignal,
  redirectsLeft: number,
): Promise<Uint8Array | string> {
  const to = location === null ? null : URL.parse(location, from);
  if (!to || redirectsLeft === 0) return "has a picture whose server redirects without end";
  if (to.host !== from.host || !/^https?:$/.test(to.protocol)) {
    return "has a picture whose server redirects to another host, which is not followed";
  }
  to.username = from.username;
  to.password = from.password;
  return await fetchFrom(to, signal, redirectsLeft - 1);
}
