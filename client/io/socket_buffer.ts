import type { Address } from "../../shared/core/socket.ts";

/** A default buffer holds under a hundred full datagrams: less than a pause of the collector. */
const WANTED_BYTES = 4 * 1024 * 1024;
const HIGHEST_DESCRIPTOR = 1024;

interface Platform {
  readonly library: string;
  readonly solSocket: number;
  readonly soReceiveBuffer: number;
  /** Goes past the system's limit, for root alone. */
  readonly soReceiveBufferForce?: number;
  /** Linux reports double what was asked, to account for its own bookkeeping. */
  readonly reportsTwice: boolean;
}

const PLATFORMS: Partial<Record<typeof Deno.build.os, Platform>> = {
  linux: {
    library: "libc.so.6",
    solSocket: 1,
    soReceiveBuffer: 8,
    soReceiveBufferForce: 33,
    reportsTwice: true,
  },
  darwin: {
    library: "libSystem.dylib",
    solSocket: 0xffff,
    soReceiveBuffer: 0x1002,
    reportsTwice: false,
  },
};

const SYMBOLS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
} as const;

/**
 * Asks the system for a large receive buffer on the UDP socket bound to `local`, which Deno itself
 * has no call for.
 *
 * @returns the bytes granted, or undefined where the system can't be asked; never throws.
 */
export function raiseReceiveBuffer(local: Address): number | undefined {
  const platform = PLATFORMS[Deno.build.os];
  if (!platform) return undefined;
  try {
    using libc = Deno.dlopen(platform.library, SYMBOLS);
    const descriptor = findDescriptor(libc, local.port);
    if (descriptor === undefined) return undefined;
    const wanted = new Uint8Array(Int32Array.of(WANTED_BYTES).buffer);
    const set = (option: number) =>
      libc.symbols.setsockopt(descriptor, platform.solSocket, option, wanted, 4) === 0;
    if (platform.soReceiveBufferForce === undefined || !set(platform.soReceiveBufferForce)) {
      set(platform.soReceiveBuffer);
    }
    const value = new Int32Array(1);
    const granted = libc.symbols.getsockopt(
      descriptor,
      platform.solSocket,
      platform.soReceiveBuffer,
      new Uint8Array(value.buffer),
      new Uint8Array(Int32Array.of(4).buffer),
    );
    return granted === 0 ? value[0]! / (platform.reportsTwice ? 2 : 1) : undefined;
  } catch {
    return undefined;
  }
}

/** A bound UDP port belongs to one socket of this process, so its number finds the descriptor. */
function findDescriptor(
  libc: Deno.DynamicLibrary<typeof SYMBOLS>,
  port: number,
): number | undefined {
  for (let descriptor = 3; descriptor < HIGHEST_DESCRIPTOR; descriptor++) {
    const name = new Uint8Array(128);
    const length = new Uint8Array(Uint32Array.of(name.length).buffer);
    if (libc.symbols.getsockname(descriptor, name, length) !== 0) continue;
    // sockaddr_in and sockaddr_in6 both keep the port at bytes 2-3, in network order.
    if (name[2]! * 256 + name[3]! === port && isDatagramSocket(libc, descriptor)) return descriptor;
  }
}

function isDatagramSocket(libc: Deno.DynamicLibrary<typeof SYMBOLS>, descriptor: number): boolean {
  const SOCK_DGRAM = 2;
  const isLinux = Deno.build.os === "linux";
  const [solSocket, soType] = isLinux ? [1, 3] : [0xffff, 0x1008];
  const type = new Int32Array(1);
  const length = new Uint8Array(Int32Array.of(4).buffer);
  libc.symbols.getsockopt(descriptor, solSocket, soType, new Uint8Array(type.buffer), length);
  return type[0] === SOCK_DGRAM;
}
