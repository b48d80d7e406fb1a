import type { Address } from "../../../shared/driver/socket.ts";

const AF_INET = 2;
/** SOCK_DGRAM with SOCK_NONBLOCK. */
const DATAGRAMS = 2 | 0o4000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
/** `struct epoll_event`: packed on x86-64 alone. */
const EVENT_BYTES = Deno.build.arch === "x86_64" ? 12 : 16;
const DATA_OFFSET = EVENT_BYTES - 8;
const MAX_EVENTS = 256;
const ADDRESS_BYTES = 16;
const RECEIVE_BYTES = 2048;
/** Of one socket before the others get their turn. */
const MAX_AT_ONCE = 16;

/**
 * Thousands of UDP sockets of one process on Linux, which send to one host and read what comes, at a few
 * microseconds a datagram: what the runtime's own sockets take for it would slow down the host beside them.
 */
export class SinkSockets {
  readonly #libc = Deno.dlopen("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
    recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
    epoll_create1: { parameters: ["i32"], result: "i32" },
    epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
    epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  });
  readonly #epoll = this.#libc.symbols.epoll_create1(0);
  readonly #events = new Uint8Array(EVENT_BYTES * MAX_EVENTS);
  readonly #datagram = new Uint8Array(RECEIVE_BYTES);

  /**
   * @param hostname an IPv4 address of this machine, to be bound with any free port.
   * @returns its descriptor.
   * @throws Error when the system refuses, for want of descriptors for instance.
   */
  open(hostname: string, host: Address): number {
    const { socket, bind, connect, epoll_ctl } = this.#libc.symbols;
    const descriptor = socket(AF_INET, DATAGRAMS, 0);
    const event = new Uint8Array(EVENT_BYTES);
    const view = new DataView(event.buffer);
    view.setUint32(0, EPOLLIN, true);
    view.setInt32(DATA_OFFSET, descriptor, true);
    const isOpen = descriptor >= 0 &&
      bind(descriptor, encode({ hostname, port: 0 }), ADDRESS_BYTES) === 0 &&
      connect(descriptor, encode(host), ADDRESS_BYTES) === 0 &&
      epoll_ctl(this.#epoll, EPOLL_CTL_ADD, descriptor, event) === 0;
    if (!isOpen) throw new Error(`No socket on ${hostname} for ${host.hostname}`);
    return descriptor;
  }

  /** What the system does not take is lost, as on any network. */
  send(descriptor: number, datagram: Uint8Array<ArrayBuffer>): void {
    this.#libc.symbols.send(descriptor, datagram, BigInt(datagram.length), 0);
  }

  /**
   * Reads what has come, or comes within `millis`. The bytes are valid until the next call.
   *
   * @returns how many datagrams that were.
   */
  read(millis: number, take: (descriptor: number, datagram: Uint8Array) => void): number {
    const { epoll_wait } = this.#libc.symbols;
    const ready = epoll_wait(this.#epoll, this.#events, MAX_EVENTS, millis);
    const view = new DataView(this.#events.buffer);
    let count = 0;
    for (let index = 0; index < ready; index++) {
      const descriptor = view.getInt32(index * EVENT_BYTES + DATA_OFFSET, true);
      for (let turn = 0; turn < MAX_AT_ONCE; turn++) {
        const datagram = this.#receive(descriptor);
        if (!datagram) break;
        count++;
        take(descriptor, datagram);
      }
    }
    return count;
  }

  #receive(descriptor: number): Uint8Array | undefined {
    const { recv } = this.#libc.symbols;
    const length = Number(recv(descriptor, this.#datagram, BigInt(RECEIVE_BYTES), 0));
    return length < 0 ? undefined : this.#datagram.subarray(0, length);
  }
}

/** `struct sockaddr_in`: the family in the machine's order, the port and the address in the network's. */
function encode({ hostname, port }: Address): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ADDRESS_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  bytes.set(hostname.split(".").map(Number), 4);
  return bytes;
}
