import assert from "node:assert/strict";
import { loadImage } from "../../../../../server/origin/data/io/image_loader.ts";
import type { GivenImage } from "../../../../../server/origin/data/message_draft.ts";
import { systemClock } from "../../../../../shared/system/system_clock.ts";
import { ManualClock } from "../../../../fakes/manual_clock.ts";
import { PICTURES } from "../../../../shared/data/pictures.ts";

const PNG = PICTURES["png"]![1];
const { signal } = new AbortController();

/** A folder with a picture, and beside it what must not be read. */
async function inFolder(test: (folder: string, base: string) => Promise<void>): Promise<void> {
  const base = await Deno.makeTempDir();
  const folder = `${base}/data`;
  try {
    await Deno.mkdir(`${folder}/deep`, { recursive: true });
    await Deno.mkdir(`${base}/data-other`);
    await Deno.writeFile(`${folder}/a.png`, PNG);
    await Deno.writeFile(`${folder}/deep/b.png`, PNG);
    await Deno.writeFile(`${base}/secret.png`, PNG);
    await Deno.writeFile(`${base}/data-other/secret.png`, PNG);
    await test(folder, base);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

async function load(image: GivenImage, folder?: string): Promise<string> {
  const options = { clock: systemClock, signal, ...(folder !== undefined && { folder }) };
  const loaded = await loadImage(image, options);
  if (typeof loaded === "string") return loaded;
  assert.deepEqual(loaded.bytes, PNG);
  return "loaded";
}

const path = (path: string): GivenImage => ({ kind: "path", path });

Deno.test("a picture in the folder is read, also through links that stay inside", async () => {
  await inFolder(async (folder, base) => {
    await Deno.symlink("deep/b.png", `${folder}/link.png`);
    await Deno.symlink(folder, `${base}/way`);
    for (const name of ["a.png", "./deep/../deep/b.png", "link.png", `${folder}/a.png`]) {
      assert.equal(await load(path(name), folder), "loaded");
    }
    assert.equal(await load(path("deep/b.png"), `${base}/way`), "loaded");
  });
});

Deno.test("a picture outside of the folder is never read, by no path and no link", async () => {
  await inFolder(async (folder, base) => {
    await Deno.symlink(`${base}/secret.png`, `${folder}/link.png`);
    await Deno.symlink("..", `${folder}/up`);
    await Deno.symlink(base, `${folder}/deep/base`);
    const names = [
      "../secret.png",
      "../data-other/secret.png",
      "deep/../../secret.png",
      `${base}/secret.png`,
      "link.png",
      "up/secret.png",
      "deep/base/secret.png",
      "/etc/passwd",
    ];
    for (const name of names) {
      const outside = `has a picture outside of the folder of --data: ${JSON.stringify(name)}`;
      assert.equal(await load(path(name), folder), outside);
    }
  });
});

Deno.test("a folder, a pipe, a missing and a too large file are named", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/large.png`, new Uint8Array((4 << 20) + 1));
    assert.equal(await load(path("deep"), folder), 'has a picture that is no file: "deep"');
    assert.match(await load(path("."), folder), /outside of the folder/);
    assert.equal(await load(path("x.png"), folder), 'has a picture that does not exist: "x.png"');
    assert.equal(await load(path("large.png"), folder), "has a picture of more than 4 MB");
    assert.equal(
      await load(path("a.png\0"), folder),
      'has a picture that can\'t be read: "a.png\\u0000"',
    );
    if (Deno.build.os === "windows") return;
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe.png`] }).output();
    assert.equal(await load(path("pipe.png"), folder), 'has a picture that is no file: "pipe.png"');
  });
});

Deno.test("a source of the network may name neither files nor addresses", async () => {
  assert.equal(
    await load(path("a.png")),
    'has a picture by "path", which only a file of --data or - may have; give "base64"',
  );
  assert.match(
    await load({ kind: "url", url: "http://127.0.0.1/" }),
    /by "url", which only a file/,
  );
  assert.equal(await load({ kind: "compressed", bytes: PNG }), "loaded");
});

/** A server of pictures, and its address. */
async function withServer(test: (address: string) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, signal: stop.signal },
    (request) => answer(new URL(request.url), request.headers, stop.signal),
  );
  try {
    await test(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    stop.abort();
    await server.finished;
  }
}

function answer(
  { pathname, port }: URL,
  headers: Headers,
  signal: AbortSignal,
): Response | Promise<Response> {
  const redirect = (location: string) => new Response(null, { status: 302, headers: { location } });
  switch (pathname) {
    case "/a.png":
      return new Response(PNG.slice());
    case "/moved":
      return redirect("/a.png");
    case "/circle":
      return redirect("/circle");
    case "/elsewhere":
      return redirect(`http://localhost:${port}/a.png`);
    case "/file":
      return redirect("file:///etc/passwd");
    case "/protected":
      return new Response(PNG.slice(), {
        status: headers.get("authorization") === `Basic ${btoa("me:pass")}` ? 200 : 401,
      });
    case "/large":
      return new Response(new Uint8Array((4 << 20) + 1));
    case "/hangs":
      return new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(new Response()))
      );
    case "/stops":
      return new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(PNG.slice(0, 20));
            signal.addEventListener("abort", () => controller.close());
          },
        }),
      );
    default:
      return new Response(null, { status: 404 });
  }
}

Deno.test("a picture at an address is fetched; a redirect is followed on the same host alone", async () => {
  await withServer(async (address) => {
    const get = (path: string) => load({ kind: "url", url: address + path }, ".");
    assert.equal(await get("/a.png"), "loaded");
    assert.equal(await get("/moved"), "loaded");
    assert.equal(await get("/circle"), "has a picture whose server redirects without end");
    const elsewhere = "has a picture whose server redirects to another host, which is not followed";
    assert.equal(await get("/elsewhere"), elsewhere);
    assert.equal(await get("/file"), elsewhere);
    assert.equal(await get("/x"), "has a picture that can't be fetched: the server answers 404");
    assert.equal(await get("/large"), "has a picture of more than 4 MB");
    const withPassword = address.replace("//", "//me:pass@");
    assert.equal(await load({ kind: "url", url: `${withPassword}/protected` }, "."), "loaded");
  });
});

Deno.test("a server that hangs, before or in the middle of the picture, is left after two seconds", async () => {
  await withServer(async (address) => {
    for (const path of ["/hangs", "/stops"]) {
      const clock = new ManualClock();
      const loading = loadImage({ kind: "url", url: address + path }, {
        folder: ".",
        clock,
        signal,
      });
      while (clock.sleeperCount === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await clock.advance(1999);
      assert.equal(clock.sleeperCount, 1);
      await clock.advance(1);
      assert.equal(
        await loading,
        `has a picture whose server sends nothing for 2 s: "${address}${path}"`,
      );
    }
  });
});

Deno.test("only http and https are fetched", async () => {
  for (const url of ["file:///etc/passwd", "data:image/png;base64,AA==", "ftp://h/x", "x", ""]) {
    assert.equal(
      await load({ kind: "url", url }, "."),
      'has a picture whose "url" is no http or https address',
    );
  }
  const unreachable = await load({ kind: "url", url: "http://127.0.0.1:1/a.png" }, ".");
  assert.equal(unreachable, `has a picture that can't be fetched: "http://127.0.0.1:1/a.png"`);
});
