/** One file of the page. */
export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly mimeType: string;
}

/** The file at a path such as `/page.js`; undefined when there is none. */
export type FindAsset = (path: string) => Asset | undefined;

/** @returns 404 when there is no such file. */
export function serveAsset(path: string, find: FindAsset, status = 200): Response {
  const asset = find(path === "/" ? "/index.html" : path);
  if (!asset) {
    return new Response("404: there is nothing here; the page is at /\n", {
      status: 404,
      headers: { "Content-Type": "text/plain; charset=UTF-8" },
    });
  }
  // Not cached: the next version of the program serves another page under the same names.
  return new Response(asset.body, {
    status,
    headers: {
      "Content-Type": asset.mimeType,
      "Content-Length": String(asset.body.length),
      "Cache-Control": "no-cache",
    },
  });
}
