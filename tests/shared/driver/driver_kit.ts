import assert from "node:assert/strict";
import { type Core, Driver, type Transmit } from "../../../shared/driver/driver.ts";
import {
  type Address,
  type DatagramSocket,
  Destination,
  type RefusedSend,
  sendToEach,
} from "../../../shared/driver/socket.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";

export const T0 = 1_763_600_000_000;
export const PEER: Address = { hostname: "10.0.0.1", port: 5004 };

/** A core that notes what it is given and gives out what it is told to. */
export class ScriptedCore implements Core<string> {
  readonly inputs: string[] = [];
  readonly outputs: string[] = [];
  readonly transmits: Transmit[] = [];
  /** How many copies of each datagram were accepted, as the driver told. */
  readonly accepted: string[] = [];
  deadline: number | undefined;
  onAdvance: (now: number) => void = () => {};
  onReceive: (now: number) => void = () => {};

  receive(datagram: Uint8Array, from: Address, now: number): void {
    this.inputs.push(`received ${datagram[0]} from ${from.hostname} at ${now - T0}`);
    this.onReceive(now);
  }
  onReceiveError(): void {
    this.inputs.push("receive error");
  }
  advance(now: number): void {
    this.inputs.push(`advanced at ${now - T0}`);
    if (this.deadline !== undefined && this.deadline <= now) this.deadline = undefined;
    this.onAdvance(now);
  }
  pollTransmit(): Transmit | undefined {
    return this.transmits.shift();
  }
  onSent({ datagram, to }: Transmit, accepted: number): void {
    this.accepted.push(`${datagram[0]}: ${accepted} of ${to.length}`);
  }
  pollOutput(): string | undefined {
    return this.outputs.shift();
  }
  send(...bytes: number[]): void {
    for (const byte of bytes) this.sendTo([PEER], byte);
  }
  sendTo(to: readonly Address[], byte: number): void {
    const destinations = to.map((address) => new Destination(address));
    this.transmits.push({ datagram: Uint8Array.of(byte), to: destinations });
  }
}

/** A socket whose other end is the test. */
export class ScriptedSocket implements DatagramSocket {
  readonly address: Address = { hostname: "127.0.0.1", port: 1 };
  readonly sent: number[] = [];
  isClosed = false;
  /** What the send of a byte waits for, if for anything. */
  readonly gates = new Map<number, Promise<void>>();
  readonly refused = new Set<number>();
  /** Nothing can be sent to these ports. */
  readonly refusedPorts = new Set<number>();
  /** What happens meanwhile, for each copy. */
  onSend: () => void = () => {};
  readonly #arrived: (Uint8Array | Error)[] = [];
  #wake: (() => void) | undefined;
  /** Given at each call, while it is set. */
  broken: Error | undefined;
  /** How often it was asked. */
  asked = 0;

  async receive() {
    this.asked++;
    while (this.#arrived.length === 0) {
      if (this.isClosed) return undefined;
      if (this.broken) throw this.broken;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const next = this.#arrived.shift()!;
    if (next instanceof Error) throw next;
    return { datagram: next, from: PEER };
  }
  sendMany(datagram: Uint8Array, to: readonly Destination[]): Promise<readonly RefusedSend[]> {
    return sendToEach(to, ({ address }) => this.#send(datagram, address));
  }
  async #send(datagram: Uint8Array, { port }: Address): Promise<void> {
    await this.gates.get(datagram[0]!);
    assert.ok(!this.isClosed, "sent after closing");
    this.onSend();
    if (this.refused.has(datagram[0]!)) throw new Error(`no route for ${datagram[0]}`);
    if (this.refusedPorts.has(port)) throw new Error(`no room for ${port}`);
    this.sent.push(datagram[0]!);
  }
  close(): void {
    this.isClosed = true;
    this.#wake?.();
  }
  arrive(...bytes: (number | Error)[]): void {
    for (const byte of bytes) {
      this.#arrived.push(byte instanceof Error ? byte : Uint8Array.of(byte));
    }
    this.#wake?.();
  }
}

export function setUp() {
  const core = new ScriptedCore();
  const socket = new ScriptedSocket();
  const clock = new ManualClock(T0);
  const outputs: string[] = [];
  const errors: string[] = [];
  const receiveErrors: string[] = [];
  let onOutput = (output: string): unknown => outputs.push(output);
  const driver = new Driver<string>({
    core,
    socket,
    clock,
    onOutput: (output) => onOutput(output),
    onSendError: (error, to) => errors.push(`${(error as Error).message} to ${to.hostname}`),
    onReceiveError: (error, count) => receiveErrors.push(`${(error as Error).message}, ${count}`),
  });
  return {
    core,
    socket,
    clock,
    outputs,
    errors,
    receiveErrors,
    driver,
    handleOutput: (handler: (output: string) => unknown) => onOutput = handler,
    async finish(running: Promise<void>) {
      driver.stop();
      await running;
      assert.equal(clock.sleeperCount, 0, "something still sleeps");
    },
  };
}
