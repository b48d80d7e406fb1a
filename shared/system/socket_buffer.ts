import type { Address } from "../driver/socket.ts";

/** A default buffer holds fewer than 100 full datagrams, less than arrive in a garbage collection. */
const WANTED_BYTES = 4 * 1024 * 1024;
const HIGHEST_DESCRIPTOR = 1024;
const SOCK_DGRAM = 2;

interface Platform {
  readonly library: string;
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
    library: "libc.so.6",
    solSocket: 1,
    soType: 3,
    soReceiveBuffer: 8,
    soReceiveBufferForce: 33,
    reportsTwice: true,
  },
  darwin: {
    library: "libSystem.dylib",
    solSocket: 0xffff,
    soType: 0x1008,
    soReceiveBuffer: 0x1002,
    reportsTwice: false,
  },
};

const SYMBOLS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
} as const;
type Libc = Deno.DynamicLibrary<typeof SYMBOLS>;

/**
 * Asks the system for a large receive buffer on the UDP socket bound to `local`; Deno has no function
 * for that.
 *
 * @returns the bytes granted; undefined on systems without this call. Never throws.
 */
export function raiseReceiveBuffer(local: Address): number | undefined {
  const platform = PLATFORMS[Deno.build.os];
  if (!platform) return undefined;
  try {
    const libc = Deno.dlopen(platform.library, SYMBOLS);
    try {
      return raise(libc, platform, local.port);
    } finally {
      libc.close();
    }
  } catch {
    return undefined;
  }
}

function raise(libc: Libc, platform: Platform, port: number): number | undefined {
  const { solSocket, soReceiveBuffer, soReceiveBufferForce, reportsTwice } = platform;
  const descriptor = findDescriptor(libc, platform, port);
  if (descriptor === undefined) return undefined;
  const wanted = new Uint8Array(Int32Array.of(WANTED_BYTES).buffer);
  const set = (option: number) =>
    libc.symbols.setsockopt(descriptor, solSocket, option, wanted, 4) === 0;
  if (soReceiveBufferForce === undefined || !set(soReceiveBufferForce)) set(soReceiveBuffer);
  const granted = readOption(libc, descriptor, solSocket, soReceiveBuffer);
  return granted === undefined ? undefined : granted / (reportsTwice ? 2 : 1);
}

/** Finds the descriptor by the port: only one socket of this process is bound to a UDP port. */
function findDescriptor(libc: Libc, platform: Platform, port: number): number | undefined {
  for (let descriptor = 3; descriptor < HIGHEST_DESCRIPTOR; descriptor++) {
    const name = new Uint8Array(128);
    const length = new Uint8Array(Uint32Array.of(name.length).buffer);
    if (libc.symbols.getsockname(descriptor, name, length) !== 0) continue;
    // sockaddr_in and sockaddr_in6 both have the port in bytes 2-3, in network order.
    if (name[2]! * 256 + name[3]! !== port) continue;
    const type = readOption(libc, descriptor, platform.solSocket, platform.soType);
    if (type === SOCK_DGRAM) return descriptor;
  }
}

function readOption(
  libc: Libc,
  descriptor: number,
  level: number,
  option: number,
): number | undefined {
  const value = new Int32Array(1);
  const length = new Uint8Array(Int32Array.of(4).buffer);
  const bytes = new Uint8Array(value.buffer);
  return libc.symbols.getsockopt(descriptor, level, option, bytes, length) === 0
    ? value[0]
    : undefined;
}
