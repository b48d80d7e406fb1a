import assert from "node:assert/strict";
import { ExitCode } from "../../../shared/core/errors.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { interruptSignal, type SignalProcess } from "../../../shared/system/interrupts.ts";

/** A process whose signals and clock the test controls. */
class FakeProcess implements SignalProcess {
  /** The exit code; undefined while the process runs. */
  exitCode: number | undefined;
  readonly #listeners = new Map<Deno.Signal, () => void>();
  readonly #lacks: readonly Deno.Signal[];
  #now: Millis = 5000;

  /** @param lacks signals that the system does not have. */
  constructor(...lacks: Deno.Signal[]) {
    this.#lacks = lacks;
  }

  addSignalListener(signal: Deno.Signal, listener: () => void): void {
    if (this.#lacks.includes(signal)) throw new TypeError(`${signal} is not a signal here`);
    this.#listeners.set(signal, listener);
  }

  exit(code?: number): never {
    this.exitCode = code;
    throw new Error("the process has ended");
  }

  now(): Millis {
    return this.#now;
  }

  /** Sends a signal `after` so many milliseconds. */
  send(signal: Deno.Signal, after: Millis): void {
    this.#now += after;
    const listener = this.#listeners.get(signal)!;
    try {
      listener();
    } catch (error) {
      if (this.exitCode === undefined) throw error;
    }
  }
}

function start(...lacks: Deno.Signal[]) {
  const process = new FakeProcess(...lacks);
  return { process, interrupts: interruptSignal(process, process) };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal}: the first asks the program to end, and ends nothing itself`, () => {
    const { process, interrupts } = start();
    assert.equal(interrupts.aborted, false);
    process.send(signal, 0);
    assert.equal(interrupts.aborted, true);
    assert.equal(process.exitCode, undefined);
  });

  Deno.test(`${signal}: one that arrives twice counts once, and a later one ends the program`, () => {
    const { process, interrupts } = start();
    process.send(signal, 0);
    process.send(signal, 0);
    process.send(signal, 300);
    assert.equal(interrupts.aborted, true);
    assert.equal(process.exitCode, undefined);
    process.send(signal, 1);
    assert.equal(process.exitCode, ExitCode.failure);
  });
}

Deno.test("copies do not extend the time in which a signal counts as a copy", () => {
  const { process } = start();
  process.send("SIGINT", 0);
  process.send("SIGINT", 200);
  process.send("SIGTERM", 200);
  assert.equal(process.exitCode, ExitCode.failure);
});

Deno.test("a hangup never ends the program at once, however often it arrives", () => {
  const { process } = start();
  process.send("SIGHUP", 0);
  process.send("SIGHUP", 1000);
  assert.equal(process.exitCode, undefined);
});

Deno.test("a system without SIGBREAK and SIGHUP still has Ctrl-C", () => {
  const { process, interrupts } = start("SIGBREAK", "SIGHUP");
  process.send("SIGINT", 0);
  assert.equal(interrupts.aborted, true);
});
