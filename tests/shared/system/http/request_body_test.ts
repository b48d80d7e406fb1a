import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { ChunkedBody } from "../../../../shared/system/http/chunked_body.ts";
import { readRequestBody } from "../../../../shared/system/http/request_body.ts";
import { runs } from "../../../runs.ts";

const MAX = 100;
const MEGABYTE = 1024 * 1024;

/** A connection that gives these pieces, and then ends or stays open. */
class FakeConnection extends Duplex {
  readonly written: string[] = [];
  readonly #pieces: Buffer[];

  constructor(pieces: readonly (string | Buffer)[], readonly isOpen = true) {
    super({ allowHalfOpen: false });
    this.#pieces = pieces.map((piece) => Buffer.from(piece as string));
  }

  override _read(): void {
    const piece = this.#pieces.shift();
    if (piece || !this.isOpen) this.push(piece ?? null);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk.toString());
    done();
  }
}

async function read(
  headers: Record<string, string>,
  pieces: readonly (string | Buffer)[],
  { method = "POST", isRead = true, isOpen = true } = {},
) {
  const stream = new FakeConnection(pieces, isOpen);
  const head = { method, url: "/", headers: new Headers(headers) };
  const body = await readRequestBody(stream, head, isRead ? MAX : undefined);
  stream.destroy();
  const shown = typeof body === "object" && body.bytes
    ? { ...body, bytes: new TextDecoder().decode(body.bytes) }
    : body;
  return { body: shown, written: stream.written };
}

Deno.test("a body of the told length is read from any pieces, and what follows it is left out", async () => {
  const { body } = await read({ "content-length": "11" }, ["he", "llo wor", "ld GET /"]);
  assert.deepEqual(body, { length: 11, bytes: "hello world" });
});

Deno.test("no body is read for GET, for a length of zero, and where bodies are not wanted", async () => {
  const told = { "content-length": "5" };
  assert.deepEqual((await read(told, [], { method: "GET" })).body, { length: 0 });
  assert.deepEqual((await read(told, [], { isRead: false })).body, { length: 0 });
  assert.deepEqual((await read({}, [])).body, { length: 0 });
});

Deno.test("a body that is too long is discarded and its length told; one far too long is not waited for", async () => {
  const tooLong = Array.from({ length: 10 }, () => Buffer.alloc(MEGABYTE));
  assert.deepEqual((await read({ "content-length": String(10 * MEGABYTE) }, tooLong)).body, {
    length: 10 * MEGABYTE,
  });
  assert.deepEqual((await read({ "content-length": "999999999999999" }, [])).body, {
    length: 999_999_999_999_999,
  });
});

Deno.test("lengths that are wrong or told twice are refused with 400, unknown codings with 501", async () => {
  for (const length of ["-1", "1e3", "0x10", "5, 5", "9".repeat(16), ""]) {
    assert.equal((await read({ "content-length": length }, ["hello"])).body, 400, length);
  }
  const both = { "content-length": "5", "transfer-encoding": "chunked" };
  assert.equal((await read(both, ["hello"])).body, 400);
  assert.equal((await read({ "transfer-encoding": "gzip, chunked" }, [])).body, 501);
});

Deno.test("a connection that ends within its body has ended, and nothing else", async () => {
  const told = await read({ "content-length": "9" }, ["half"], { isOpen: false });
  assert.equal(told.body, "ended");
  const chunked = await read({ "transfer-encoding": "chunked" }, ["5\r\nha"], { isOpen: false });
  assert.equal(chunked.body, "ended");
});

Deno.test("who asks first is told to go on, unless the body would be too long", async () => {
  const expect = { expect: "100-continue" };
  const short = await read({ ...expect, "content-length": "5" }, ["hello"]);
  assert.deepEqual(short.written, ["HTTP/1.1 100 Continue\r\n\r\n"]);
  const long = await read({ ...expect, "content-length": "999" }, [Buffer.alloc(999)]);
  assert.deepEqual(long.written, []);
});

Deno.test("a chunked body is read with extensions and trailer fields left out", async () => {
  const text = '4;a="b"\r\nWiki\r\n6\r\npedia \r\nB \r\nin\r\nchunks.\r\n0\r\nDigest: x\r\n\r\nGET';
  assert.deepEqual((await read({ "transfer-encoding": "chunked" }, [text])).body, {
    length: 21,
    bytes: "Wikipedia in\r\nchunks.",
  });
});

Deno.test("a chunked body that is too long is counted, one that never ends is not waited for", async () => {
  const chunk = Buffer.concat([
    Buffer.from("100000\r\n"),
    Buffer.alloc(MEGABYTE),
    Buffer.from("\r\n"),
  ]);
  const coding = { "transfer-encoding": "chunked" };
  assert.deepEqual((await read(coding, [chunk, "0\r\n\r\n"])).body, { length: MEGABYTE });
  const { body } = await read(coding, Array.from({ length: 20 }, () => chunk));
  assert(typeof body === "object" && body.length > 16 * MEGABYTE);
});

Deno.test("chunks that are no chunks are refused", async () => {
  const wrong = ["x\r\n", "-1\r\n", "5\nhello\r\n", "5\r\nhelloX\r\n", "fffffffff\r\n", "\r\n"];
  const endless = ["a".repeat(10_000), `0\r\n${"A: b\r\n".repeat(5000)}`, "0\r\nno field\r\n\r\n"];
  for (const text of [...wrong, ...endless]) {
    const { body } = await read({ "transfer-encoding": "chunked" }, [text]);
    assert.equal(body, 400, JSON.stringify(text.slice(0, 40)));
  }
});

Deno.test("chunks cut in any way give the same body", () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 30 }), { maxLength: 5 });
  const cuts = fc.array(fc.nat(400), { maxLength: 10 });
  fc.assert(
    fc.property(chunks, cuts, (chunks, cuts) => {
      const coded = Buffer.concat([
        ...chunks.flatMap((chunk) => [
          Buffer.from(`${chunk.length.toString(16)}\r\n`),
          chunk,
          Buffer.from("\r\n"),
        ]),
        Buffer.from("0\r\n\r\n"),
      ]);
      const body = new ChunkedBody(1000);
      const ends = [
        ...cuts.filter((cut) => cut < coded.length).sort((a, b) => a - b),
        coded.length,
      ];
      let [from, state] = [0, "more"];
      for (const end of ends) {
        assert.equal(state, "more");
        state = body.take(coded.subarray(from, end));
        from = end;
      }
      assert.equal(state, "whole");
      assert.deepEqual(body.bytes, Buffer.concat(chunks));
    }),
    runs(200),
  );
});

Deno.test("any bytes in place of chunks end in an answer, and keep no more than the longest body", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (pieces) => {
      const body = new ChunkedBody(MAX);
      pieces.every((piece) => body.take(Buffer.from(piece)) === "more");
      assert(body.bytes.length <= MAX);
    }),
    runs(200),
  );
});
