import assert from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import type { Page } from "playwright-core";
import { concat } from "../../shared/core/bytes.ts";
import type { RawFormat } from "../../shared/data/raw_image.ts";
import { testWith } from "../tools.ts";
import { image, message, type Picture } from "../viewer/fakes/data.ts";
import { TestBrowser, view } from "./browser.ts";
import { DataScene, shownPicture, shownValues, untilValue } from "./data_page.ts";
import { StallingRelay } from "./stalling_relay.ts";
import { serve } from "./streamer.ts";

const PATIENCE = { timeout: 20_000 };
const SETUP = {
  energy: { title: "Beam energy", unit: "MeV", precision: 1, alarm: [5750, 5850] },
  rate: { title: "Rate" },
} as const;

testWith(
  ["chromium"],
  "the page shows the values and the picture that the listener prints",
  async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link } = await serve(["--simulate-data", "--interval", "100ms"]);
    opened.use(host);
    const { viewer, url } = await view(link);
    opened.use(viewer);
    const browser = opened.use(await TestBrowser.launch());
    for (const page of [await browser.open(url), await browser.open(url, { width: 390 })]) {
      await page.locator('[data-testid="data"] > [data-value]').first().waitFor(PATIENCE);
      const counts = new Set<number>();
      while (counts.size < 10) {
        const { count, values } = await shownValues(page);
        const line = await viewer.line("data", (line) => line["count"] === count);
        assert.deepEqual(values, line["values"]);
        counts.add(count);
      }
      await page.locator('[data-testid="data-image"][data-count]').waitFor(PATIENCE);
      const shown = await shownPicture(page);
      assert.deepEqual([shown.width, shown.height], [320, 240]);
      assert.ok(new Set(shown.pixels).size > 50, "the picture of the beam has many shades");
      await page.waitForFunction(() =>
        Number(
          document.querySelector('[data-testid="ledger-data"] [data-field="messagesReceived"]')
            ?.textContent,
        ) > 10
      );
      assert.equal(
        await page.locator('[data-testid="timeline"], [data-testid="score"]').count(),
        0,
      );
      assert.equal(await widerThanWindow(page), 0);
    }
    assert.deepEqual(browser.complaints, []);
  },
);

const PICTURES: readonly [name: string, picture: Picture, expected: (at: number) => number[]][] = [
  ["gray8", image(64, 48), (at) => grey(at % 256)],
  [
    "gray16le",
    image(64, 48, "gray16le", bytesOf(new Uint16Array(64 * 48).map((_, at) => at * 21))),
    (at) => grey(Math.min(Math.round(at * 21 * 255 / 64_000), 255)),
  ],
  [
    "float32le",
    image(64, 48, "float32le", bytesOf(new Float32Array(64 * 48).map((_, at) => at / 64))),
    (at) => grey(Math.round(at / 64 * 5.3125)),
  ],
  [
    "rgb24",
    image(64, 48, "rgb24", new Uint8Array(64 * 48 * 3).map((_, at) => at * 7)),
    (at) => [at * 21, at * 21 + 7, at * 21 + 14].map((color) => color % 256),
  ],
  ["PNG", png(64, 48), (at) => [at % 256, at * 3 % 256, at * 5 % 256]],
];
const LEVELS: Partial<Record<string, [low: number, high: number]>> = {
  gray8: [0, 255],
  gray16le: [0, 64_000],
  float32le: [0, 48],
};

for (const [name, picture, expected] of PICTURES) {
  testWith(["chromium"], `a picture in ${name} is painted right to the pixel`, async () => {
    await using scene = new DataScene();
    const url = await scene.open();
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    scene.send(message(1, { a: 1 }, picture));
    await page.locator('[data-testid="data-image"][data-count="1"]').waitFor(PATIENCE);
    const levels = LEVELS[name];
    if (levels) {
      await page.getByRole("button", { name: "Automatic levels" }).click();
      for (const [index, label] of (["High", "Low"] as const).entries()) {
        await page.getByLabel(label).fill(String(levels[1 - index]));
        await page.getByLabel(label).press("Enter");
      }
      assert.deepEqual(await page.getByLabel("High").inputValue(), String(levels[1]));
    } else assert.equal(await page.getByRole("combobox").count(), 0);
    const wanted = Array.from({ length: 64 * 48 }, (_, at) => [...expected(at), 255]).flat();
    await untilPixels(page, wanted);
    await page.getByText(`64 x 48 · ${name}`).waitFor(PATIENCE);
    assert.deepEqual(browser.complaints, []);
  });
}

testWith(["chromium"], "a level that is being typed stays while pictures come", async () => {
  await using scene = new DataScene();
  const url = await scene.open();
  await using browser = await TestBrowser.launch();
  const page = await browser.open(url);
  const image = (count: number) =>
    page.locator(`[data-testid="data-image"][data-count="${count}"]`);
  scene.send(message(1, { a: 1 }, PICTURES[0]![1]));
  await image(1).waitFor(PATIENCE);
  await page.getByRole("button", { name: "Automatic levels" }).click();
  await page.getByLabel("High").fill("77");
  scene.send(message(2, { a: 1 }, PICTURES[0]![1]));
  await image(2).waitFor(PATIENCE);
  assert.equal(await page.getByLabel("High").inputValue(), "77");
  await page.getByLabel("High").fill("-5");
  await page.getByLabel("High").press("Enter");
  assert.equal(await page.getByLabel("High").inputValue(), "255", "below the other one");
});

testWith(
  ["chromium"],
  "automatic levels show the range of a picture, and a colour map its colours",
  async () => {
    await using scene = new DataScene();
    const url = await scene.open();
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    const pixels = new Uint16Array(100 * 100).map((_, at) => 1000 + at % 101);
    pixels[50] = 65_535;
    scene.send(message(1, { a: 1 }, image(100, 100, "gray16le", bytesOf(pixels))));
    await page.locator('[data-testid="data-image"][data-count="1"]').waitFor(PATIENCE);
    const levels = [
      await page.getByLabel("Low").inputValue(),
      await page.getByLabel("High").inputValue(),
    ];
    assert.deepEqual(levels, ["1000", "1100"]);
    const { pixels: shown } = await shownPicture(page);
    assert.deepEqual([...shown.subarray(0, 4)], [0, 0, 0, 255]);
    assert.deepEqual([...shown.subarray(100 * 4, 100 * 4 + 4)], [255, 255, 255, 255]);
    await page.getByLabel("Colours").selectOption("viridis");
    await page.waitForFunction(
      () => {
        const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="data-image"]')!;
        const [red, green, blue] = canvas.getContext("2d")!.getImageData(0, 0, 1, 1).data;
        // The first colour of the map is a dark violet.
        return Math.abs(red! - 68) < 6 && Math.abs(green! - 1) < 6 && Math.abs(blue! - 84) < 6;
      },
      undefined,
      PATIENCE,
    );
  },
);

testWith(["chromium"], "old values, a silent host and the end are said in words", async () => {
  await using scene = new DataScene();
  const url = await scene.open();
  await using browser = await TestBrowser.launch();
  const page = await browser.open(url);
  await page.getByText("Waiting for the first message").waitFor(PATIENCE);
  for (let count = 1; count <= 5; count++) {
    scene.send(message(count, { a: count }, undefined, count * 100));
    await untilValue(page, "a", count);
  }
  await page.getByText("Live", { exact: true }).waitFor(PATIENCE);
  await page.getByText(/no message for \d+ s, usually/).waitFor(PATIENCE);
  await page.reload();
  await page.getByText(/no message for \d+ s, usually/).waitFor(PATIENCE);
  scene.send(message(6, { a: 6 }, undefined, 600));
  await page.getByText("Live", { exact: true }).waitFor(PATIENCE);
  scene.session.emit({ kind: "connection", state: "silent" });
  await page.getByText("nothing comes from the host").waitFor(PATIENCE);
  scene.session.emit({ kind: "connection", state: "connected" });
  scene.session.emit({ kind: "channel-ended", channel: "data", codec: "data" });
  await page.getByText("The host has stopped sending data").waitFor(PATIENCE);
  assert.deepEqual((await shownValues(page)).values, { a: 6 });
});

testWith(
  ["chromium"],
  "a page that is loaded again has its lines and its picture at once",
  async () => {
    await using scene = new DataScene();
    const url = await scene.open();
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    scene.setUp(SETUP);
    for (let count = 1; count <= 240; count++) {
      const picture = count === 235 ? image(30, 20) : undefined;
      const values = { energy: 5800 + 10 * Math.sin(count / 9), mode: "run", wave: [1, 3, 2] };
      scene.send(message(count, values, picture));
    }
    // Until its end the lines would move on with the time.
    scene.session.emit({ kind: "channel-ended", channel: "data", codec: "data" });
    const look = async () => {
      await untilValue(page, "energy", 5800 + 10 * Math.sin(240 / 9));
      await page.locator('[data-testid="data-image"][data-count="235"]').waitFor(PATIENCE);
      await page.waitForFunction(() =>
        document.querySelector("canvas.value-spark")!.clientWidth > 0
      );
      await page.waitForTimeout(1000);
      return await page.evaluate(() => ({
        names: [...document.querySelectorAll<HTMLElement>('[data-testid="data"] > *')]
          .map(({ dataset }) => dataset["name"]),
        lines: [...document.querySelectorAll<HTMLCanvasElement>("canvas.value-spark")]
          .map((canvas) => canvas.clientWidth > 0 ? canvas.toDataURL() : ""),
        reading: document.querySelector(".value-chart .chart-value")!.textContent,
        // The columns of the first line that have ink: four of five minutes are known.
        inked: (() => {
          const canvas = document.querySelector<HTMLCanvasElement>("canvas.value-spark")!;
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
          const inked = [...data].map((byte, at) =>
            at % 4 === 3 && byte > 0 ? (at - 3) / 4 % width : -1
          );
          return (new Set(inked).size - 1) / width;
        })(),
      }));
    };
    const before = await look();
    await page.reload();
    const after = await look();
    assert.deepEqual(after, before);
    assert.ok(after.inked > 0.75 && after.inked < 0.85, `${after.inked}`);
    assert.deepEqual(after.names, ["energy", "rate", "mode", "wave"]);
  },
);

/** What moved without anybody's doing, as the browser measures it. */
const WATCH_SHIFTS = `globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      globalThis.shifts.push(value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 80)));
    }
  }).observe({ type: "layout-shift", buffered: true });`;

for (const width of [390, 1280]) {
  testWith(
    ["chromium"],
    `nothing moves at 60 messages a second, ${width} pixels wide`,
    async () => {
      await using scene = new DataScene();
      const url = await scene.open();
      await using browser = await TestBrowser.launch();
      const page = await browser.open(url, { width, initScript: WATCH_SHIFTS });
      scene.setUp(SETUP);
      scene.send(
        message(
          1,
          { energy: 5800, rate: 1, x: 1, on: true, mode: "a", wave: [1, 2] },
          image(64, 48),
        ),
      );
      await page.locator('[data-testid="data-image"][data-count="1"]').waitFor(PATIENCE);
      await page.waitForTimeout(500);
      await page.evaluate("shifts.length = 0");
      for (let count = 2; count <= 300; count++) {
        scene.send(message(
          count,
          {
            energy: 5800 + (count % 50) * (count % 3 - 1) * 2,
            rate: 10 ** (count % 12) * (count % 2 ? 1 : -1),
            x: Math.sin(count) * 10 ** (count % 20 - 10),
            on: count % 2 === 0,
            mode: "long words ".repeat(count % 9),
            wave: Array.from({ length: count % 70 }, (_, at) => at * count),
          },
          count % 10 === 0 ? image(40 + count % 60, 48) : undefined,
          1_700_000_000_000 + count * 16,
        ));
        await page.waitForTimeout(16);
      }
      await untilValue(page, "on", true);
      assert.deepEqual(await page.evaluate("shifts"), []);
      assert.equal(await widerThanWindow(page), 0);
      assert.deepEqual(browser.complaints, []);
    },
  );
}

testWith(
  ["chromium"],
  "a page that stalls skips whole messages and says so, and no other notices",
  async () => {
    await using scene = new DataScene();
    const url = await scene.open();
    using relay = new StallingRelay(Number(new URL(url).port));
    await using browser = await TestBrowser.launch();
    const stalled = await browser.open(`http://127.0.0.1:${relay.port}/`);
    const other = await browser.open(url);
    scene.send(message(1, { a: 1 }));
    for (const page of [stalled, other]) await untilValue(page, "a", 1);
    relay.stall();
    // More than the sockets hold, in less time than after which a page connects anew.
    const big = image(1448, 1448);
    for (let count = 2; count <= 13; count++) {
      scene.send(message(count, { a: count }, big));
      await untilValue(other, "a", count);
    }
    relay.goOn();
    scene.send(message(14, { a: 14 }));
    for (const page of [stalled, other]) await untilValue(page, "a", 14);
    await stalled.getByText(/This page skipped \d+ messages/).waitFor(PATIENCE);
    assert.equal(await other.getByText("This page skipped").count(), 0);
  },
);

testWith(
  ["chromium"],
  "names are text, the keyboard chooses a value, and levels have words",
  async () => {
    await using scene = new DataScene();
    const url = await scene.open();
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    scene.setUp(SETUP);
    const name = '<img src=x onerror="alert(1)">';
    scene.send(message(1, { energy: 5800, [name]: 2, rate: 1 }));
    await untilValue(page, "energy", 5800);
    const titles = await page.locator('[data-testid="data"] button').allTextContents();
    assert.deepEqual(titles, ["Beam energy", "Rate", name]);
    assert.equal(await page.locator('[data-testid="data"] img').count(), 0);
    await page.getByRole("button", { name: "Beam energy" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator('[data-name="rate"] [aria-pressed="true"]').waitFor(PATIENCE);
    await page.locator(".value-chart .chart-title", { hasText: "Rate" }).waitFor(PATIENCE);
    scene.send(message(2, { energy: 5900, [name]: 2, rate: 1 }));
    await page.locator('[data-name="energy"]').getByText("Alarm, high").waitFor(PATIENCE);
    await page.getByRole("status").getByText("Beam energy: alarm").waitFor({ state: "attached" });
    assert.deepEqual(browser.complaints, []);
  },
);

testWith(
  ["chromium"],
  "a thousand values can be scrolled and chosen while they change",
  async () => {
    await using scene = new DataScene();
    const url = await scene.open();
    await using browser = await TestBrowser.launch();
    const page = await browser.open(url);
    const values = (count: number) =>
      Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`value ${at}`, at * count / 7]));
    for (let count = 1; count <= 100; count++) {
      scene.send(message(count, values(count), undefined, 1_700_000_000_000 + count * 50));
      await page.waitForTimeout(20);
    }
    await untilValue(page, "value 999", 999 * 100 / 7);
    assert.equal(await page.locator('[data-testid="data"] > *').count(), 1000);
    const last = page.locator('[data-name="value 999"] button');
    await last.scrollIntoViewIfNeeded();
    await last.click();
    await page.locator('[data-name="value 999"] [aria-pressed="true"]').waitFor(PATIENCE);
    scene.send(message(101, values(101)));
    await untilValue(page, "value 999", 999 * 101 / 7);
    assert.deepEqual((await shownValues(page)).values, values(101));
  },
);

async function widerThanWindow(page: Page): Promise<number> {
  return await page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth
  );
}

async function untilPixels(page: Page, wanted: readonly number[]): Promise<void> {
  const end = Date.now() + PATIENCE.timeout;
  for (;;) {
    const { pixels } = await shownPicture(page);
    if (pixels.length === wanted.length && pixels.every((byte, at) => byte === wanted[at])) return;
    if (Date.now() > end) return assert.deepEqual([...pixels], wanted);
    await page.waitForTimeout(50);
  }
}

function grey(shade: number): number[] {
  return [shade, shade, shade];
}

function bytesOf(numbers: Uint16Array | Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(numbers.slice().buffer as ArrayBuffer);
}

/** A PNG whose pixel number `at` has the colours `at`, `3 at`, `5 at` (ISO/IEC 15948). */
function png(width: number, height: number): Picture {
  const rows = Array.from(
    { length: height },
    (_, y) =>
      new Uint8Array(1 + width * 3).map((_, column) => {
        if (column === 0) return 0;
        const at = y * width + Math.floor((column - 1) / 3);
        return at * [1, 3, 5][(column - 1) % 3]!;
      }),
  );
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, 2], 8);
  const bytes = concat(
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk("IHDR", header),
    chunk("IDAT", new Uint8Array(deflateSync(concat(...rows)))),
    chunk("IEND", new Uint8Array()),
  );
  const { head } = image(width, height, "gray8" as RawFormat, bytes);
  const { format: _, ...others } = head;
  return { head: { ...others, mimeType: "image/png" }, bytes };
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concat(new TextEncoder().encode(type), data);
  const [length, sum] = [new Uint8Array(4), new Uint8Array(4)];
  new DataView(length.buffer).setUint32(0, data.length);
  new DataView(sum.buffer).setUint32(0, crc32(body));
  return concat(length, body, sum);
}
