import assert from "node:assert/strict";
import { concat } from "../../../../../shared/core/bytes.ts";
import { RunningSource } from "./sources.ts";

/** A packet of MQTT with this first byte. */
function packet(first: number, body: Uint8Array): Uint8Array {
  const digits: number[] = [];
  for (let rest = body.length; digits.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
    digits.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
  }
  return concat(Uint8Array.from([first, ...digits]), body);
}

const publish = (payload: Uint8Array) => packet(0x30, concat(Uint8Array.of(0, 1, 97), payload));
const text = (words: string) => new TextEncoder().encode(words);

/** A broker that answers one client, then sends these messages. */
async function serve(listener: Deno.TcpListener, messages: readonly Uint8Array[]): Promise<void> {
  const connection = await listener.accept();
  const write = async (bytes: Uint8Array) => {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
  };
  const request = new Uint8Array(1024);
  await connection.read(request);
  await write(packet(0x20, Uint8Array.of(0, 0)));
  await connection.read(request);
  await write(packet(0x90, Uint8Array.of(request[2]!, request[3]!, 0)));
  for (const message of messages) await write(publish(message));
  while (await connection.read(request).catch(() => null) !== null);
  connection.close();
}

Deno.test("a message of 9 MB from a broker is passed over, and the next one is read", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const large = new Uint8Array(9 << 20);
  const serving = serve(listener, [
    text('{"values": {"a": 1}}'),
    large,
    new Uint8Array((8 << 20) + 1),
    text('{"values": {"a": 2}}'),
  ]);
  const running = await RunningSource.open(`mqtt://127.0.0.1:${listener.addr.port}/a`);
  try {
    await running.until(() => running.messages.length === 2, "two messages");
    assert.deepEqual(running.values, [{ a: 1 }, { a: 2 }]);
    const name = `--data "mqtt://127.0.0.1:${listener.addr.port}/a"`;
    assert.equal(running.notices[0], `${name}: message 2: is larger than 8 MB; it was left out`);
    assert.equal(running.source.counts.refused, 2);
  } finally {
    await running.stop();
    await serving;
    listener.close();
  }
});
