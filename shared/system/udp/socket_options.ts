import type { SystemCalls } from "./system_calls.ts";

/** A default buffer holds fewer than 100 full datagrams, less than arrive in a garbage collection. */
const WANTED_BYTES = 4 * 1024 * 1024;
const SOCK_DGRAM = 2;

interface Platform {
  readonly solSocket: number;
  readonly soType: number;
  readonly soReceiveBuffer: number;
  /** Exceeds the system's limit; for root only. */
  readonly soReceiveBufferForce?: number;
  /** Linux reports twice the requested size, which includes its own bookkeeping. */
  readonly reportsTwice: boolean;
}

const PLATFORMS: Partial<Record<typeof Deno.build.os, Platform>> = {
  linux: {
    solSocket: 1,
    soType: 3,
    soReceiveBuffer: 8,
    soReceiveBufferForce: 33,
    reportsTwice: true,
  },
  darwin: {
    solSocket: 0xffff,
    soType: 0x1008,
    soReceiveBuffer: 0x1002,
    reportsTwice: false,
  },
};

/**
 * Asks the system for a large receive buffer; Deno has no function for that.
 *
 * @returns the bytes granted; undefined on systems without this call.
 */
export function raiseReceiveBuffer(calls: SystemCalls, descriptor: number): number | undefined {
  const platform = PLATFORMS[Deno.build.os];
  if (!platform) return undefined;
  const { solSocket, soReceiveBuffer, soReceiveBufferForce, reportsTwice } = platform;
  const wanted = new Uint8Array(Int32Array.of(WANTED_BYTES).buffer);
  const set = (option: number) =>
    calls.symbols.setsockopt(descriptor, solSocket, option, wanted, 4) === 0;
  if (soReceiveBufferForce === undefined || !set(soReceiveBufferForce)) set(soReceiveBuffer);
  const granted = readOption(calls, descriptor, solSocket, soReceiveBuffer);
  return granted === undefined ? undefined : granted / (reportsTwice ? 2 : 1);
}

/** Whether the descriptor is a socket for datagrams. */
export function isDatagramSocket(calls: SystemCalls, descriptor: number): boolean {
  const platform = PLATFORMS[Deno.build.os];
  if (!platform) return false;
  return readOption(calls, descriptor, platform.solSocket, platform.soType) === SOCK_DGRAM;
}

function readOption(
  { symbols }: SystemCalls,
  descriptor: number,
  level: number,
  option: number,
): number | undefined {
  const value = new Int32Array(1);
  const length = new Uint8Array(Int32Array.of(4).buffer);
  const bytes = new Uint8Array(value.buffer);
  return symbols.getsockopt(descriptor, level, option, bytes, length) === 0 ? value[0] : undefined;
}
