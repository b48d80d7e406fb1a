import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import type { TestBrowser } from "../../tests/e2e/browser.ts";
import { buildPage } from "../../tests/e2e/browser.ts";

const FOLDER = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
/** A page of the web shows each of these pictures within a second on a slow line. */
const MOST_BYTES = 300_000;
/** Tried in this order until a picture is small enough; 1 keeps every pixel. */
const QUALITIES = [1, 0.92, 0.85, 0.75];
/** Between two windows, and around them. CSS pixels. */
const MARGIN = 24;
const SCHEMES = ["light", "dark"] as const;
const BEHIND = { light: "#e6e8ec", dark: "#1c212b" };

/** A window of which a picture is taken. */
export interface Shot {
  readonly page: Page;
  readonly width: number;
  readonly height: number;
}

/** Takes pictures of pages, and keeps them below docs/pictures. */
export class Camera {
  readonly browser: TestBrowser;
  readonly #darkroom: Page;

  private constructor(browser: TestBrowser, darkroom: Page) {
    this.browser = browser;
    this.#darkroom = darkroom;
  }

  static async open(browser: TestBrowser): Promise<Camera> {
    await buildPage();
    await Deno.mkdir(FOLDER, { recursive: true });
    return new Camera(browser, await browser.open("about:blank"));
  }

  /** Keeps one picture of these windows, beside each other, in each colour scheme. */
  async take(name: string, ...shots: readonly Shot[]): Promise<void> {
    for (const scheme of SCHEMES) {
      const pictures: string[] = [];
      for (const shot of shots) pictures.push(await photograph(shot, scheme));
      const bytes = await this.#develop(pictures, shots, BEHIND[scheme]);
      const file = `${FOLDER}${name}-${scheme}.webp`;
      await Deno.writeFile(file, bytes);
      console.log(`${file}: ${Math.ceil(bytes.length / 1000)} kB`);
    }
  }

  async #develop(
    pictures: readonly string[],
    shots: readonly Shot[],
    behind: string,
  ): Promise<Uint8Array> {
    const sizes = shots.map(({ width, height }) => ({ width, height }));
    for (const quality of QUALITIES) {
      const margin = shots.length > 1 ? MARGIN : 0;
      const made = await this.#darkroom.evaluate(compose, {
        pictures,
        sizes,
        behind,
        margin,
        quality,
      });
      const bytes = Uint8Array.fromBase64(made);
      if (bytes.length <= MOST_BYTES) return bytes;
    }
    throw new Error(`A picture is larger than ${MOST_BYTES} bytes: make its window smaller.`);
  }
}

async function photograph({ page, width, height }: Shot, scheme: "light" | "dark") {
  await page.bringToFront();
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  await page.setViewportSize({ width, height });
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
  return (await page.screenshot({ animations: "disabled" })).toString("base64");
}

interface Composition {
  /** PNG in base64. */
  readonly pictures: readonly string[];
  readonly sizes: readonly { readonly width: number; readonly height: number }[];
  readonly behind: string;
  readonly margin: number;
  readonly quality: number;
}

/** Runs in the browser, which has an encoder for WebP. */
async function compose({ pictures, sizes, behind, margin, quality }: Composition): Promise<string> {
  const total = sizes.reduce((sum, { width }) => sum + width + margin, margin);
  const highest = Math.max(...sizes.map(({ height }) => height));
  const canvas = new OffscreenCanvas(total, highest + 2 * margin);
  const context = canvas.getContext("2d")!;
  context.fillStyle = behind;
  context.fillRect(0, 0, canvas.width, canvas.height);
  let left = margin;
  for (const [at, picture] of pictures.entries()) {
    const { width, height } = sizes[at]!;
    const bytes = await (await fetch(`data:image/png;base64,${picture}`)).blob();
    context.drawImage(await createImageBitmap(bytes), left, margin, width, height);
    left += width + margin;
  }
  const made = new Uint8Array(
    await (await canvas.convertToBlob({ type: "image/webp", quality })).arrayBuffer(),
  );
  let text = "";
  for (const byte of made) text += String.fromCharCode(byte);
  return btoa(text);
}
