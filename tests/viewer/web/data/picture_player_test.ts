import assert from "node:assert/strict";
import type {
  FromPictureWorker,
  ToPictureWorker,
} from "../../../../viewer/web/data/picture_messages.ts";
import { PicturePlayer, type PictureWorker } from "../../../../viewer/web/data/picture_player.ts";
import { image, message } from "../../fakes/data.ts";

class Scene {
  readonly asked: ToPictureWorker[] = [];
  readonly worker: PictureWorker = {
    postMessage: (message) => this.asked.push(message),
    onmessage: null,
    onerror: null,
  };
  open = 0;
  #frames: (() => void)[] = [];
  readonly player = new PicturePlayer({
    createWorker: () => this.worker,
    requestFrame: (callback) => this.#frames.push(callback),
  });

  send(count: number): void {
    this.player.push(message(count, {}, image(4, 4)));
  }

  answer(levels: [number, number] | null = [0, 9]): void {
    this.open++;
    const bitmap = { width: 4, height: 4, close: () => this.open-- } as ImageBitmap;
    this.#say({ kind: "painted", bitmap, levels });
  }

  fail(): void {
    this.#say({ kind: "failed" });
  }

  paint(): void {
    for (const frame of this.#frames.splice(0)) frame();
  }

  #say(data: FromPictureWorker): void {
    this.worker.onmessage?.({ data } as MessageEvent<FromPictureWorker>);
  }
}

Deno.test("while one picture is painted the newest waits, and those in between are left out", () => {
  const scene = new Scene();
  for (const count of [1, 2, 3, 4]) scene.send(count);
  assert.equal(scene.asked.length, 1);
  scene.answer();
  scene.paint();
  assert.equal(scene.player.shown.value?.count, 1);
  scene.answer();
  scene.paint();
  assert.equal(scene.player.shown.value?.count, 4);
  assert.deepEqual([scene.asked.length, scene.open], [2, 0]);
});

Deno.test("another look paints the same picture again, and a message without a picture changes nothing", () => {
  const scene = new Scene();
  scene.send(1);
  scene.answer();
  scene.paint();
  scene.player.push(message(2, {}));
  assert.equal(scene.asked.length, 1);
  scene.player.setLook({ map: "inferno", levels: [3, 4] });
  assert.deepEqual(scene.asked[1], { look: { map: "inferno", levels: [3, 4] } });
  scene.answer([3, 4]);
  scene.paint();
  assert.deepEqual(scene.player.shown.value?.levels, [3, 4]);
});

Deno.test("a picture that can't be shown is said, and the next one is shown", () => {
  const scene = new Scene();
  scene.send(1);
  scene.fail();
  assert.equal(scene.player.hasFailed.value, true);
  scene.send(2);
  scene.answer();
  scene.paint();
  assert.deepEqual([scene.player.hasFailed.value, scene.player.shown.value?.count], [false, 2]);
});

Deno.test("bitmaps that are not drawn are closed", () => {
  const scene = new Scene();
  scene.send(1);
  scene.answer();
  scene.send(2);
  scene.answer();
  assert.equal(scene.open, 1);
  scene.send(3);
  scene.player.clear();
  scene.answer();
  scene.paint();
  assert.deepEqual([scene.open, scene.player.shown.value], [0, null]);
});
