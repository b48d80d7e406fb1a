import assert from "node:assert/strict";
import { openDataSource } from "../../../../../server/origin/data/io/data_source.ts";
import { readSetupFile } from "../../../../../server/origin/data/io/setup_file.ts";
import { CommandError } from "../../../../../shared/core/errors.ts";
import { systemClock } from "../../../../../shared/system/system_clock.ts";
import { ManualClock } from "../../../../fakes/manual_clock.ts";
import { bsreadMessage } from "../zeromq/bsread_messages.ts";
import { GIF, PICTURES } from "../../../../shared/data/pictures.ts";
import { inTempFolder, readAll, RunningSource } from "./sources.ts";

const PNG = PICTURES["png"]![1];
const lines = (...messages: unknown[]) =>
  messages.map((message) => typeof message === "string" ? message : JSON.stringify(message))
    .join("\n");

Deno.test("a file is read line by line; a bad message is told by its number and left out", async () => {
  await inTempFolder(async (folder) => {
    const path = `${folder}/data.ndjson`;
    await Deno.writeFile(`${folder}/a.png`, PNG);
    await Deno.writeFile(`${folder}/b.gif`, GIF);
    const text = lines(
      { time: 5000, values: { x: 1 } },
      "",
      '{"values": {"x": NaN}}',
      { values: { x: 2 }, image: { path: "a.png", mimeType: "image/png" } },
      { values: { x: 3 }, image: { path: "b.gif", mimeType: "image/png" } },
      { values: { x: 4 }, image: { path: "../a.png", mimeType: "image/png" } },
      { values: { x: "four" } },
      { values: { x: 5 } },
    );
    await Deno.writeTextFile(path, text);
    const { messages, notices, source } = await readAll(path);
    assert.deepEqual(messages, [
      { time: 5000, values: { x: 1 }, valueBytes: 7 },
      {
        values: { x: 2 },
        valueBytes: 7,
        image: { bytes: PNG, mimeType: "image/png", width: 4, height: 2 },
      },
      { values: { x: 5 }, valueBytes: 7 },
    ]);
    const told = (number: number, problem: string) =>
      `--data "${path}": message ${number}: ${problem}; it was left out`;
    assert.deepEqual(notices, [
      told(2, "is not JSON, which has no NaN: leave the value out, or give a number"),
      told(4, 'has a picture that is image/gif, not "image/png"'),
      told(5, 'has a picture outside of the folder of --data: "../a.png"'),
      told(6, 'has a text in "x", which was a number before: give it another name'),
    ]);
    assert.deepEqual(source.counts, { received: 7, refused: 4, dropped: 0 });
    assert.equal(source.kind, "file");
  });
});

Deno.test("a line of 100 MB is passed over in little memory, and the next one is read", async () => {
  await inTempFolder(async (folder) => {
    const path = `${folder}/data.ndjson`;
    const file = await Deno.open(path, { write: true, create: true });
    const chunk = new Uint8Array(1 << 20).fill(0x61);
    await file.write(new TextEncoder().encode('{"values": {"x": "'));
    for (let count = 0; count < 100; count++) await file.write(chunk);
    await file.write(new TextEncoder().encode('"}}\n{"values": {"x": 1}}'));
    file.close();
    const { values, notices } = await readAll(path);
    assert.deepEqual(values, [{ x: 1 }]);
    assert.deepEqual(notices, [
      `--data "${path}": message 1: is larger than 8 MB; it was left out`,
    ]);
  });
});

Deno.test("text in UTF-16, as PowerShell writes it, is read; what is no text is told", async () => {
  await inTempFolder(async (folder) => {
    const path = `${folder}/data.ndjson`;
    const text = '\ufeff{"values": {"é": 1}}\r\n';
    await Deno.writeFile(
      path,
      new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer),
    );
    assert.deepEqual((await readAll(path)).values, [{ é: 1 }]);
    await Deno.writeFile(path, Uint8Array.of(0xc0, 0x80, 10));
    assert.match((await readAll(path)).notices[0]!, /message 1: is not UTF-8 text/);
  });
});

Deno.test("the set-up of a file is given out before the first message, and checked", async () => {
  await inTempFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/setup.json`,
      '{"values": {"x": {"unit": "K", "maximum": 5}}}',
    );
    await Deno.writeTextFile(
      `${folder}/data.ndjson`,
      lines({ values: { x: 6 } }, { values: { x: 4, y: 1 } }),
    );
    const setup = await readSetupFile(`${folder}/setup.json`);
    const running = await readAll(`${folder}/data.ndjson`, { setup });
    assert.deepEqual(running.values, [{ x: 4, y: 1 }]);
    assert.deepEqual(running.setups, [
      { values: { x: { unit: "K", maximum: 5 } } },
      { values: { x: { unit: "K", maximum: 5 }, y: {} } },
    ]);
    assert.match(running.notices[0]!, /message 1: "x" is 6, above its maximum 5; it was left out$/);
    assert.match(running.notices[1]!, /message 2: "y" is not in --data-setup/);
  });
});

Deno.test("a file that can't be read, and a wrong set-up, are named with what to do", async () => {
  await inTempFolder(async (folder) => {
    const options = { clock: systemClock, signal: new AbortController().signal };
    const message = async (work: Promise<unknown>) => {
      const error = await work.then(() => undefined, (error) => error);
      assert.ok(error instanceof CommandError, String(error));
      return error.message.replaceAll(folder, "F");
    };
    assert.equal(
      await message(openDataSource(`${folder}/x.ndjson`, options)),
      '--data "F/x.ndjson" does not exist; check the path',
    );
    assert.equal(
      await message(openDataSource(folder, options)),
      '--data "F" is a folder; give a file in it',
    );
    const setup = `${folder}/setup.json`;
    assert.equal(
      await message(readSetupFile(setup)),
      "--data-setup F/setup.json does not exist; check the path",
    );
    const problems: [text: string, problem: RegExp][] = [
      [
        '{"values": {"x": {"minimum": 2, "maximum": 1}}}',
        /^--data-setup F\/setup.json: "x" contradicts itself: minimum 2/,
      ],
      ["{", /^--data-setup F\/setup.json: it is not JSON/],
      ["[]", /^--data-setup F\/setup.json: it needs "values"/],
      [" ".repeat((1 << 20) + 1), /larger than 1 MB/],
      ["\0", /is not text/],
    ];
    for (const [text, problem] of problems) {
      await Deno.writeTextFile(setup, text);
      assert.match(await message(readSetupFile(setup)), problem);
    }
  });
});

Deno.test("a named pipe is waited for, and read until its writer ends", async () => {
  if (Deno.build.os === "windows") return;
  await inTempFolder(async (folder) => {
    const path = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [path] }).output();
    const waiting: string[] = [];
    const running = await RunningSource.open(path, { onWaiting: (text) => waiting.push(text) });
    await running.until(() => waiting.length > 0, "waiting");
    assert.deepEqual(waiting, [`--data ${path} waits for a program that writes to this pipe`]);
    await Deno.writeTextFile(path, lines({ values: { x: 1 } }, { values: { x: 2 } }));
    await running.end();
    assert.deepEqual(running.values, [{ x: 1 }, { x: 2 }]);
    assert.equal(running.source.kind, "pipe");
  });
});

/** A web server on a port of its own that can be ended and begun again. */
class Server {
  readonly #answer: Deno.ServeHandler;
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #stop = new AbortController();
  port = 0;

  constructor(answer: (request: Request, signal: AbortSignal) => Response) {
    this.#answer = (request) => answer(request, this.#stop.signal);
    this.start();
  }

  start(): void {
    this.#stop = new AbortController();
    const options = {
      hostname: "127.0.0.1",
      port: this.port,
      onListen: () => {},
      signal: this.#stop.signal,
    };
    this.#server = Deno.serve(options, this.#answer);
    this.port = this.#server.addr.port;
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#server!.finished;
  }
}

/** A body that gives `first` and then stays open. */
function openBody(first: string, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(first));
      signal.addEventListener("abort", () => {
        try {
          controller.close();
        } catch {
          // The other end has cancelled it.
        }
      });
    },
  });
}

Deno.test("a web server's lines are read; a server that goes away is read on when it is back, said once", async () => {
  let count = 0;
  const server = new Server((request, signal) => {
    assert.equal(request.headers.get("authorization"), `Basic ${btoa("me:pass")}`);
    return new Response(openBody(`{"values": {"run": ${++count}}}\n`, signal));
  });
  const name = `--data "http://127.0.0.1:${server.port}/x"`;
  const running = await RunningSource.open(`http://me:pass@127.0.0.1:${server.port}/x?key=1`);
  try {
    await running.until(() => running.messages.length === 1, "the first message");
    await server.end();
    await running.until(() => running.notices.length === 1, "a notice");
    server.start();
    await running.until(() => running.messages.length === 2, "the message after the restart");
    assert.deepEqual(running.values, [{ run: 1 }, { run: 2 }]);
    assert.deepEqual(running.notices, [
      `lost the connection to ${name}; connecting again until it is back`,
      `${name} is connected again; its data goes on`,
    ]);
  } finally {
    await running.stop();
    await server.end();
  }
});

Deno.test("a web server without data is named with what it answers", async () => {
  const server = new Server(() => new Response("no", { status: 403 }));
  const running = await RunningSource.open(`http://127.0.0.1:${server.port}/x`);
  try {
    await running.until(() => running.notices.length === 1, "a notice");
    assert.match(
      running.notices[0]!,
      /can't be read: the server answers 403; check the address; trying again/,
    );
  } finally {
    await running.stop();
    await server.end();
  }
});

Deno.test("a source of the network may not name files of the host", async () => {
  const line = { values: {}, image: { path: "README.md", mimeType: "image/png" } };
  const url = { values: {}, image: { url: "http://127.0.0.1:1/", mimeType: "image/png" } };
  const server = new Server((_, signal) => new Response(openBody(`${lines(line, url)}\n`, signal)));
  const running = await RunningSource.open(`http://127.0.0.1:${server.port}/`);
  try {
    await running.until(() => running.notices.length === 2, "two notices");
    assert.match(running.notices[0]!, /message 1: has a picture by "path", which only a file/);
    assert.match(running.notices[1]!, /message 2: has a picture by "url", which only a file/);
    assert.deepEqual(running.messages, []);
  } finally {
    await running.stop();
    await server.end();
  }
});

Deno.test("a WebSocket server's messages are read, as text and as bytes; one that is too large is told", async () => {
  let count = 0;
  const server = new Server((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => {
      count += 1;
      socket.send(`{"values": {"run": ${count}}}`);
      socket.send(new TextEncoder().encode('{"values": {"isBytes": true}}'));
      if (count === 1) socket.send(new Uint8Array((8 << 20) + 1));
    };
    return response;
  });
  const running = await RunningSource.open(`ws://127.0.0.1:${server.port}/x`);
  try {
    await running.until(() => running.messages.length === 4, "four messages");
    assert.deepEqual(running.values, [{ run: 1 }, { isBytes: true }, { run: 2 }, {
      isBytes: true,
    }]);
    const name = `--data "ws://127.0.0.1:${server.port}/x"`;
    assert.deepEqual(running.notices, [
      `${name}: message 3: is larger than 8 MB; it was left out`,
      `lost the connection to ${name}; connecting again until it is back`,
      `${name} is connected again; its data goes on`,
    ]);
  } finally {
    await running.stop();
    await server.end();
  }
});

Deno.test("a server that speaks no WebSocket is named with what it answers", async () => {
  const server = new Server(() => new Response("no", { status: 404 }));
  const running = await RunningSource.open(`ws://127.0.0.1:${server.port}/x`);
  try {
    await running.until(() => running.notices.length === 1, "a notice");
    assert.match(running.notices[0]!, /the server answers 404 instead of a WebSocket/);
  } finally {
    await running.stop();
    await server.end();
  }
});

Deno.test("a server that does not answer as a WebSocket server does is left after ten seconds, said once", async () => {
  const clock = new ManualClock();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  const running = await RunningSource.open(`ws://127.0.0.1:${listener.addr.port}/`, { clock });
  try {
    await running.until(() => connections.length === 1, "a connection");
    await clock.advance(9999);
    assert.deepEqual(running.notices, []);
    await clock.advance(1);
    await running.until(() => running.notices.length === 1, "a notice");
    assert.match(running.notices[0]!, /does not answer as a WebSocket server does; check/);
    await clock.advance(500);
    await running.until(() => connections.length === 2, "another try");
  } finally {
    await running.stop();
    listener.close();
    await serving;
    for (const connection of connections) connection.close();
  }
});

/** The frames of a ZeroMQ PUSH socket, from its greeting on. */
function zmqBytes(...messages: readonly (readonly Uint8Array[])[]): Uint8Array {
  const greeting = new Uint8Array(64);
  greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 78, 85, 76, 76]);
  const ready = new TextEncoder().encode("\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x04PUSH");
  const frames = messages.flatMap((parts) =>
    parts.flatMap((part, index) => {
      const head = new Uint8Array(9);
      head[0] = 2 + (index < parts.length - 1 ? 1 : 0);
      new DataView(head.buffer).setUint32(5, part.length);
      return [...head, ...part];
    })
  );
  return Uint8Array.from([...greeting, ...ready, ...frames]);
}

Deno.test("bsread over ZeroMQ is read, and connected again; another protocol is named", async () => {
  const number = (value: number) => new Uint8Array(Float64Array.of(value).buffer);
  const answers = [
    zmqBytes(bsreadMessage([{ name: "energy" }], [number(5)])),
    zmqBytes(bsreadMessage([{ name: "energy" }], [number(6)]), [new Uint8Array(3)]),
    new TextEncoder().encode("HTTP/1.1 400 Bad Request"),
  ];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.write(answers.shift() ?? new Uint8Array()).catch(() => {});
      // Until the other end has read it all.
      await connection.read(new Uint8Array(64)).catch(() => {});
      await connection.read(new Uint8Array(64)).catch(() => {});
      connection.close();
    }
  })();
  const running = await RunningSource.open(`zmq+tcp://127.0.0.1:${listener.addr.port}`);
  try {
    await running.until(
      () => running.messages.length === 2 && running.source.counts.refused === 1,
      "all messages",
    );
    assert.deepEqual(running.values, [{ energy: 5 }, { energy: 6 }]);
    assert.ok(running.notices.some((text) => /message 3: is no bsread message/.test(text)));
  } finally {
    await running.stop();
    listener.close();
    await serving.catch(() => {});
  }
});

Deno.test("a NATS server that no longer answers is left after a minute, and connected again", async () => {
  const clock = new ManualClock();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heard: string[] = [];
  let message = 'MSG x 1 18\r\n{"values":{"x":1}}\r\n';
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode(`INFO {}\r\n${message}`));
      message = message.replace('"x":1', '"x":2');
      for await (const chunk of connection.readable) heard.push(new TextDecoder().decode(chunk));
    }
  })();
  const running = await RunningSource.open(`nats://127.0.0.1:${listener.addr.port}/x`, { clock });
  try {
    const pings = () => heard.join("").split("PING").length - 1;
    await running.until(() => running.messages.length === 1, "the first message");
    for (const count of [1, 2]) {
      await clock.advance(20_000);
      await running.until(() => pings() === count, `PING ${count}`);
      assert.equal(running.notices.length, 0);
    }
    await clock.advance(20_000);
    await running.until(() => running.notices.length === 1, "the notice of the loss");
    await clock.advance(500);
    await running.until(() => running.messages.length === 2, "the message after the loss");
    assert.deepEqual(running.values, [{ x: 1 }, { x: 2 }]);
    assert.equal(heard.join("").split("CONNECT").length - 1, 2);
  } finally {
    await running.stop();
    listener.close();
    await serving.catch(() => {});
  }
});

Deno.test("a source of the network that is not there does not keep the host from starting or ending", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const host = `127.0.0.1:${listener.addr.port}`;
  listener.close();
  for (const location of [`http://${host}/`, `ws://${host}/`, `zmq+tcp://${host}`]) {
    const running = await RunningSource.open(location);
    await running.until(() => running.notices.length === 1, "a notice");
    assert.match(
      running.notices[0]!,
      /can't be reached: the server refuses the connection; check the address; trying again/,
    );
    await running.stop();
  }
});
