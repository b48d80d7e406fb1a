import assert from "node:assert/strict";

const ROOT = "../../../../../";

Deno.test("a silent body ends with its signal though the garbage collector ran meanwhile", async () => {
  const module = (path: string) => JSON.stringify(new URL(`${ROOT}${path}`, import.meta.url).href);
  const program = `
    import { request } from ${module("server/origin/io/bytes/http_request.ts")};
    import { linkedSignal } from ${module("shared/core/linked_signal.ts")};
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () =>
      new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) })));
    const controller = new AbortController();
    const get = () => {
      const signal = linkedSignal(linkedSignal(controller.signal), new AbortController().signal);
      return request("http://127.0.0.1:" + server.addr.port, {}, signal);
    };
    const reader = (await get()).body.getReader();
    await reader.read();
    const next = reader.read().then(() => "read", () => "aborted");
    for (let round = 0; round < 20; round++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    controller.abort();
    console.log(await next);
    Deno.exit();
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--v8-flags=--expose-gc", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(text, "aborted\n", new TextDecoder().decode(stderr));
});
