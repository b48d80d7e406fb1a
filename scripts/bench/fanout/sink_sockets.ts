import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { encodeSocketAddress } from "../../../shared/system/udp/socket_address.ts";

const AF_INET = 2;
/** SOCK_DGRAM with SOCK_NONBLOCK. */
const DATAGRAMS = 2 | 0o4000;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
/** Arrival times of the system, as control messages (socket(7)). */
const SO_TIMESTAMPNS = 35;
const BUFFER_BYTES = 1 << 20;
const ADDRESS_BYTES = 16;

/** Datagrams that one call reads, and the room for each: `struct mmsghdr`, `iovec`, control message and bytes. */
const AT_ONCE = 64;
const MESSAGE_BYTES = 64;
const PART_BYTES = 16;
const CONTROL_BYTES = 64;
const DATAGRAM_BYTES = 2048;
const PARTS = AT_ONCE * MESSAGE_BYTES;
const CONTROLS = PARTS + AT_ONCE * PART_BYTES;
const DATAGRAMS_AT = CONTROLS + AT_ONCE * CONTROL_BYTES;
const CONTROL_LENGTH = 40;
const LENGTH = 56;
/** In a control message: after its length, level and type. */
const TIME = 16;

const LIBC = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
} as const;

/** A datagram that a sink has read. The bytes are valid until the next is read. */
export interface Arrived {
  readonly datagram: Uint8Array;
  /** When the system got it; NaN where that was not asked for. */
  readonly at: Millis;
}

/**
 * Thousands of UDP sockets of one process on Linux, read many datagrams at a time and only when asked. What the
 * runtime's own sockets take for it would slow down the host beside them.
 */
export class SinkSockets {
  readonly #libc = Deno.dlopen("libc.so.6", LIBC);
  readonly #bytes = new Uint8Array(DATAGRAMS_AT + AT_ONCE * DATAGRAM_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);

  constructor() {
    const start = Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#bytes));
    const point = (at: number, to: number) => this.#view.setBigUint64(at, start + BigInt(to), true);
    for (let index = 0; index < AT_ONCE; index++) {
      const [message, part] = [index * MESSAGE_BYTES, PARTS + index * PART_BYTES];
      point(message + 16, part);
      this.#view.setBigUint64(message + 24, 1n, true);
      point(message + 32, CONTROLS + index * CONTROL_BYTES);
      point(part, DATAGRAMS_AT + index * DATAGRAM_BYTES);
      this.#view.setBigUint64(part + 8, BigInt(DATAGRAM_BYTES), true);
    }
  }

  /**
   * @param hostname an IPv4 address of this machine, bound with any free port.
   * @throws Error when the system refuses, for want of descriptors for instance.
   */
  open(hostname: string, isTimed: boolean): { readonly descriptor: number; readonly port: number } {
    const { socket, bind, getsockname, setsockopt } = this.#libc.symbols;
    const descriptor = socket(AF_INET, DATAGRAMS, 0);
    const name = encode({ hostname, port: 0 });
    if (descriptor < 0 || bind(descriptor, name, ADDRESS_BYTES) !== 0) {
      throw new Error(`No socket on ${hostname}`);
    }
    const set = (option: number, value: number) =>
      setsockopt(descriptor, SOL_SOCKET, option, bytesOf(value), 4);
    set(SO_RCVBUFFORCE, BUFFER_BYTES);
    if (isTimed) set(SO_TIMESTAMPNS, 1);
    getsockname(descriptor, name, bytesOf(ADDRESS_BYTES));
    return { descriptor, port: name[2]! * 256 + name[3]! };
  }

  /** What the system does not take is lost, as on any network. */
  send(descriptor: number, datagram: Uint8Array, to: Uint8Array<ArrayBuffer>): void {
    const bytes = datagram as Uint8Array<ArrayBuffer>;
    this.#libc.symbols.sendto(descriptor, bytes, BigInt(bytes.length), 0, to, ADDRESS_BYTES);
  }

  /** Reads all that has come to a socket. */
  read(descriptor: number, take: (arrived: Arrived) => void): void {
    for (let count = AT_ONCE; count === AT_ONCE;) {
      count = this.#receive(descriptor);
      for (let index = 0; index < count; index++) take(this.#arrived(index));
    }
  }

  #receive(descriptor: number): number {
    for (let index = 0; index < AT_ONCE; index++) {
      this.#view.setUint32(index * MESSAGE_BYTES + CONTROL_LENGTH, CONTROL_BYTES, true);
    }
    return this.#libc.symbols.recvmmsg(descriptor, this.#bytes, AT_ONCE, 0, null);
  }

  #arrived(index: number): Arrived {
    const message = index * MESSAGE_BYTES;
    const length = this.#view.getUint32(message + LENGTH, true);
    const start = DATAGRAMS_AT + index * DATAGRAM_BYTES;
    const isTimed = this.#view.getUint32(message + CONTROL_LENGTH, true) > TIME;
    const time = CONTROLS + index * CONTROL_BYTES + TIME;
    const seconds = this.#view.getUint32(time, true);
    const nanos = this.#view.getUint32(time + 8, true);
    return {
      datagram: this.#bytes.subarray(start, start + length),
      at: isTimed ? seconds * 1000 + nanos / 1e6 : NaN,
    };
  }
}

/** An IPv4 address as the system takes it. */
export function encode(address: Address): Uint8Array<ArrayBuffer> {
  return encodeSocketAddress(address, "IPv4") as Uint8Array<ArrayBuffer>;
}

function bytesOf(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Int32Array.of(value).buffer);
}
