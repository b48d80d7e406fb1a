import assert from "node:assert/strict";
import type { CDPSession, Page } from "playwright-core";

/** A window, and how a person has set up browser and system. */
export interface Look {
  readonly width: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  readonly forcedColors?: "active" | "none";
  readonly reducedMotion?: "reduce" | "no-preference";
  /** The page's zoom: the window has as many fewer pixels of CSS. */
  readonly zoom?: number;
}

/** What a browser is started with whose user wants letters of twice the size. */
export const LARGE_LETTERS = ["--blink-settings=defaultFontSize=32"];

export function wordsOf(look: Look): string {
  return JSON.stringify(look).replaceAll(/["{}]/g, "").replaceAll(",", ", ");
}

/** A page whose window and settings change while it stays open. */
export class Looks {
  readonly #page: Page;
  readonly #devtools: CDPSession;

  private constructor(page: Page, devtools: CDPSession) {
    this.#page = page;
    this.#devtools = devtools;
  }

  static async of(page: Page): Promise<Looks> {
    return new Looks(page, await page.context().newCDPSession(page));
  }

  /** Changes to this look, and waits until the page has been laid out and its observers have run. */
  async change(look: Look): Promise<void> {
    const { width, height = 844, zoom = 1 } = look;
    const { colorScheme = "light", forcedColors = "none", reducedMotion = "reduce" } = look;
    await this.#page.emulateMedia({ colorScheme, forcedColors, reducedMotion });
    const window = { width: Math.round(width / zoom), height: Math.round(height / zoom) };
    await this.#devtools.send("Emulation.clearDeviceMetricsOverride");
    await this.#page.setViewportSize(window);
    if (zoom !== 1) {
      const metrics = { ...window, deviceScaleFactor: zoom, mobile: false };
      await this.#devtools.send("Emulation.setDeviceMetricsOverride", metrics);
    }
    await this.#page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      for (let count = 0; count < 4; count++) await frame();
      // What moves for a moment, as a new score does, is looked at where it comes to rest.
      for (const animation of document.getAnimations()) {
        if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
      }
    });
  }
}

/** Fails when the page, or anything in it, is wider than its place, or when words are cut off below. */
export async function assertFits(page: Page, where: string): Promise<void> {
  assert.deepEqual(await sticksOut(page), [], where);
}

/** Words in the colour that is made for what lies behind chosen words: on the page, no contrast is promised for it. */
export function wordsInHighlight(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.cssText = "color: Highlight; forced-color-adjust: none";
    const highlight = getComputedStyle(probe).color;
    probe.remove();
    return [...document.body.querySelectorAll("*")].filter((element) => {
      const hasWords = [...element.childNodes].some((node) =>
        node.nodeType === Node.TEXT_NODE && node.nodeValue!.trim() !== ""
      );
      return hasWords && getComputedStyle(element).color === highlight;
    }).map((element) => `${element.className}: ${element.textContent}`);
  });
}

/** What is wider than its place, each with its size and that of its place, and a newest vote that is out of sight. */
export function sticksOut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const found = scrollWidth > clientWidth ? [`the page: ${scrollWidth} of ${clientWidth}`] : [];
    /** Cut on purpose, with dots; or never meant to be seen. */
    const isCut = (style: CSSStyleDeclaration) =>
      style.textOverflow === "ellipsis" || style.clipPath.startsWith("inset(50%)") ||
      style.webkitLineClamp !== "none";
    const areLettersLarge = parseFloat(getComputedStyle(document.documentElement).fontSize) > 20;
    /** Words that have room in every window, so that none may go on in the next line. */
    const tellBrokenWords = () => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
        if (text.parentElement!.closest("svg, select, code, a, .visually-hidden")) continue;
        for (
          const { 0: word, index } of text.nodeValue!.matchAll(/(?<!\p{L})\p{L}{3,14}(?!\p{L})/gu)
        ) {
          range.setStart(text, index);
          range.setEnd(text, index + word.length);
          const tops = [...range.getClientRects()].map(({ top }) => Math.round(top / 4));
          if (new Set(tops).size > 1) {
            found.push(`a broken word: ${word} in ${text.parentElement!.className}`);
          }
        }
      }
    };
    if (!areLettersLarge) tellBrokenWords();
    const newest = document.querySelector(".report-panel .vote:last-child");
    const list = newest?.closest(".votes-scroll");
    if (newest && list && newest.clientHeight < list.clientHeight) {
      const below = newest.getBoundingClientRect().bottom - list.getBoundingClientRect().bottom;
      if (Math.abs(below) > 2) found.push(`the newest vote: ${Math.round(below)} below its list`);
    }
    for (const element of document.body.querySelectorAll<HTMLElement>("*")) {
      if (element.closest("svg, .skip-link, .u-wrap, canvas, select, option, input")) continue;
      // A table keeps its columns, and may be scrolled sideways, when letters are large.
      if (areLettersLarge && element.closest(".table-scroll")) continue;
      const style = getComputedStyle(element);
      if (style.display === "inline" || style.visibility === "hidden" || isCut(style)) continue;
      if (element.parentElement?.closest(".visually-hidden")) continue;
      const name = `${element.tagName.toLowerCase()}.${element.className}`;
      const { left, right, width } = element.getBoundingClientRect();
      if (width > 0 && (left < -1 || right > clientWidth + 1)) {
        found.push(`${name}: from ${Math.round(left)} to ${Math.round(right)} of ${clientWidth}`);
      }
      if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1) {
        found.push(`${name}: ${element.scrollWidth} of ${element.clientWidth}`);
      }
      const isClipped = style.overflowY === "hidden" || style.overflowY === "clip" ||
        style.contain.includes("strict");
      if (isClipped && element.scrollHeight > element.clientHeight + 2) {
        found.push(`${name}: ${element.scrollHeight} of ${element.clientHeight} high`);
      }
    }
    return found;
  });
}
