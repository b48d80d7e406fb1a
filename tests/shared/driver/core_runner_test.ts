import assert from "node:assert/strict";
import { CoreRunner } from "../../../shared/driver/core_runner.ts";
import type { Core, Transmit } from "../../../shared/driver/driver.ts";
import {
  type DatagramSocket,
  Destination,
  type RefusedSend,
} from "../../../shared/driver/socket.ts";
import { Subscribers } from "../../../shared/driver/subscribers.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";

const PEER = new Destination({ hostname: "10.0.0.1", port: 5004 });
type Output = { readonly kind: "news" | "request" | "ended" };

/** A core whose outputs and datagrams the test puts in. */
class ScriptedCore implements Core<Output> {
  readonly outputs: Output[] = [];
  readonly transmits: Transmit[] = [];
  readonly deadline = undefined;
  receive(): void {}
  onReceiveError(): void {}
  advance(): void {}
  pollTransmit(): Transmit | undefined {
    return this.transmits.shift();
  }
  onSent(): void {}
  pollOutput(): Output | undefined {
    return this.outputs.shift();
  }
}

/** A socket that refuses to send. */
class RefusingSocket implements DatagramSocket {
  readonly address = { hostname: "127.0.0.1", port: 1 };
  isClosed = false;
  #close: () => void = () => {};
  readonly #closed = new Promise<undefined>((resolve) => this.#close = () => resolve(undefined));
  receive(): Promise<undefined> {
    return this.#closed;
  }
  sendMany(_: Uint8Array, to: readonly Destination[]): Promise<RefusedSend[]> {
    return Promise.resolve(to.map((to) => ({ to, error: new Error("no route") })));
  }
  close(): void {
    this.isClosed = true;
    this.#close();
  }
}

function setUp() {
  const core = new ScriptedCore();
  const socket = new RefusingSocket();
  const clock = new ManualClock();
  const requests: string[] = [];
  const sendErrors: string[] = [];
  const runner = new CoreRunner<Output, Output>({
    core,
    socket,
    clock,
    maxEarlyOutputs: 3,
    onOutput(output) {
      if (output.kind !== "request") return output;
      requests.push(output.kind);
      return undefined;
    },
    onSendError: (text) => sendErrors.push(text),
    onReceiveError: () => assert.fail("nothing was received"),
  });
  return { core, socket, clock, runner, requests, sendErrors };
}

Deno.test("a request goes to the owner alone, and the output that ends the core stops the runner", async () => {
  const { core, socket, runner, requests } = setUp();
  const told: string[] = [];
  runner.subscribe(({ kind }) => told.push(kind));
  const running = runner.run();
  runner.input(() => core.outputs.push({ kind: "news" }, { kind: "request" }, { kind: "ended" }));
  await running;
  assert.deepEqual(told, ["news", "ended"]);
  assert.deepEqual(requests, ["request"]);
  assert.equal(socket.isClosed, true);
});

Deno.test("an input is given the time, and its outputs are taken at once", async () => {
  const { core, clock, runner } = setUp();
  const told: string[] = [];
  runner.subscribe(({ kind }) => told.push(kind));
  await clock.advance(1500);
  runner.input((now) => {
    assert.equal(now, clock.now());
    core.outputs.push({ kind: "news" });
  });
  assert.deepEqual(told, ["news"]);
});

Deno.test("a network that refuses every datagram is told once in ten seconds", async () => {
  const { core, clock, runner, sendErrors } = setUp();
  const running = runner.run();
  for (let second = 0; second < 15; second++) {
    runner.input(() => core.transmits.push({ to: [PEER], datagram: Uint8Array.of(1) }));
    await clock.advance(1000);
  }
  const text = "Sending to 10.0.0.1:5004 failed: no route";
  assert.deepEqual(sendErrors, [text, text]);
  runner.input(() => core.outputs.push({ kind: "ended" }));
  await running;
});

Deno.test("outputs from before the first subscriber are kept for it alone, and are bounded", () => {
  const subscribers = new Subscribers<number>(3);
  for (const output of [1, 2, 3, 4]) subscribers.tell(output);
  assert.equal(subscribers.hasBegun, false);
  const [first, second]: number[][] = [[], []];
  const stop = subscribers.subscribe((output) => first!.push(output));
  subscribers.subscribe((output) => second!.push(output));
  assert.equal(subscribers.hasBegun, true);
  subscribers.tell(5);
  stop();
  subscribers.tell(6);
  assert.deepEqual([first, second], [[1, 2, 3, 5], [5, 6]]);
  subscribers.subscribe(() => assert.fail("nothing is kept any more"));
});
