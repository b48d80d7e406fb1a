import { fromBase64 } from "../../../shared/text/base64.ts";

/** Red pictures of 4x2 pixels, written by ffmpeg 5.1. */
export const PICTURES: Readonly<Record<string, readonly [mimeType: string, bytes: Uint8Array]>> = {
  png: [
    "image/png",
    fromBase64(
      "iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAACXBIWXMAAAABAAAAAQBPJcTWAAAAEElEQVR4nGP4y8AARwzIHABuygfpbgaHdgAAAABJRU5ErkJggg==",
    ),
  ],
  jpeg: [
    "image/jpeg",
    fromBase64(
      "/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAgEBAQEBAUFBQUFBQYGBgYGBgYGBgYGBgYHBwcICAgHBwcGBgcHCAgICAkJCQgICAgJCQoKCgwMCwsODg4RERT/xABMAAEBAAAAAAAAAAAAAAAAAAAABgEBAQAAAAAAAAAAAAAAAAAABgcQAQAAAAAAAAAAAAAAAAAAAAARAQAAAAAAAAAAAAAAAAAAAAD/wAARCAACAAQDASIAAhEAAxEA/9oADAMBAAIRAxEAPwCLAFF/f//Z",
    ),
  ],
  webp: [
    "image/webp",
    fromBase64(
      "UklGRjwAAABXRUJQVlA4IDAAAADQAQCdASoEAAIAAgA0JaACdLoB+AADsAD+8Oj3/yC5YXXI1/8gP+QH/ID/+PIAAAA=",
    ),
  ],
  "lossless webp": [
    "image/webp",
    fromBase64("UklGRhwAAABXRUJQVlA4TA8AAAAvA0AAAAcQ7Y/+ByKi/wEA"),
  ],
  bmp: [
    "image/bmp",
    fromBase64(
      "Qk1OAAAAAAAAADYAAAAoAAAABAAAAAIAAAABABgAAAAAABgAAAAAAAAAAAAAAAAAAAAAAAAAAAD9AAD9AAD9AAD9AAD9AAD9AAD9AAD9",
    ),
  ],
};

/** The smallest GIF of one pixel. */
export const GIF = fromBase64("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");
