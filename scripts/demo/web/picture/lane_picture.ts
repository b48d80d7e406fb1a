import { packetState } from "../../../../shared/page/page_network.ts";
import type { LanePackets } from "../model/lane.ts";
import { CELL, firstShown, type Grid, gridFor, packetAt, placeOf } from "./grid.ts";
import { drawMark, type MarkColors, readColors } from "./marks.ts";

/** What is drawn: the packets, and the one that is pointed at. */
export interface PictureContents extends LanePackets {
  readonly chosen: number | undefined;
}

/** Draws a lane on a canvas, at most once a frame and only after a change. */
export class LanePicture {
  readonly #canvas: HTMLCanvasElement;
  readonly #contents: () => PictureContents;
  readonly #resizing: ResizeObserver;
  readonly #themes = [
    matchMedia("(prefers-color-scheme: dark)"),
    matchMedia("(forced-colors: active)"),
  ];
  readonly #onTheme = () => {
    this.#colors = undefined;
    this.redraw();
  };
  #grid: Grid;
  #colors: MarkColors | undefined;
  #frame: number | undefined;

  constructor(canvas: HTMLCanvasElement, contents: () => PictureContents) {
    this.#canvas = canvas;
    this.#contents = contents;
    this.#grid = gridFor(canvas.parentElement!.clientWidth);
    this.#resizing = new ResizeObserver(() => this.#resize());
    this.#resizing.observe(canvas.parentElement!);
    for (const theme of this.#themes) theme.addEventListener("change", this.#onTheme);
  }

  /** Draws before the next frame is shown. */
  redraw(): void {
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  /** The packet at a point of the canvas. */
  packetAt(point: { readonly x: number; readonly y: number }): number | undefined {
    const { newest, packets } = this.#contents();
    if (newest === undefined) return undefined;
    const sequence = packetAt(this.#grid, newest, point);
    return sequence !== undefined && packets.has(sequence) ? sequence : undefined;
  }

  /** The numbers of the first packet and the last that are shown. */
  get range(): { readonly first: number; readonly last: number } | undefined {
    const { newest, packets } = this.#contents();
    const [oldest] = packets.keys();
    if (newest === undefined || oldest === undefined) return undefined;
    return { first: Math.max(oldest, firstShown(this.#grid, newest)), last: newest };
  }

  close(): void {
    this.#resizing.disconnect();
    for (const theme of this.#themes) theme.removeEventListener("change", this.#onTheme);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #resize(): void {
    const grid = gridFor(this.#canvas.parentElement!.clientWidth);
    this.#grid = grid;
    this.#canvas.style.width = `${grid.width}px`;
    this.#canvas.style.height = `${grid.height}px`;
    this.redraw();
  }

  #draw(): void {
    this.#frame = undefined;
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    const colors = this.#colors ??= readColors(this.#canvas);
    const { width, height } = this.#grid;
    const scale = devicePixelRatio;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    context.scale(scale, scale);
    this.#drawMarks(context, colors);
  }

  #drawMarks(context: CanvasRenderingContext2D, colors: MarkColors): void {
    const { packets, newest, chosen } = this.#contents();
    if (newest === undefined) return;
    const first = firstShown(this.#grid, newest);
    for (const packet of packets.values()) {
      if (packet.sequence < first) continue;
      drawMark(context, packetState(packet), placeOf(this.#grid, packet.sequence), colors);
    }
    this.#outline(context, newest + 1, colors, true);
    if (chosen !== undefined && packets.has(chosen)) this.#outline(context, chosen, colors, false);
  }

  /** A thin line where the next packet will stand, or a frame around the packet that is pointed at. */
  #outline(
    context: CanvasRenderingContext2D,
    sequence: number,
    colors: MarkColors,
    isCursor: boolean,
  ): void {
    const { x, y } = placeOf(this.#grid, sequence);
    const left = x - CELL.width / 2;
    const top = y - CELL.height / 2;
    context.fillStyle = context.strokeStyle = colors.cursor;
    context.lineWidth = 1.5;
    if (isCursor) context.fillRect(left, top + 2, 1.5, CELL.height - 4);
    else context.strokeRect(left + 0.5, top + 0.75, CELL.width - 1, CELL.height - 1.5);
  }
}
