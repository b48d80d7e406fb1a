/** Where a datagram came from or goes to. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** Puts an address into the form in which one kind of socket takes it. */
export interface AddressEncoder<Encoded> {
  encode(address: Address): Encoded;
}

/**
 * An address to send to again and again: a socket encodes it once, not for each datagram. It has the shape of a
 * `Deno.NetAddr`, so that the runtime takes it as it is: with a thousand of them each object more is a miss of
 * the processor's cache for each copy.
 */
export class Destination {
  readonly transport = "udp";
  readonly hostname: string;
  readonly port: number;
  #encoder: AddressEncoder<unknown> | undefined;
  #encoded: unknown;

  constructor({ hostname, port }: Address) {
    this.hostname = hostname;
    this.port = port;
  }

  get address(): Address {
    return { hostname: this.hostname, port: this.port };
  }

  /** The form of the encoder that was used last is kept. */
  encodedBy<Encoded>(encoder: AddressEncoder<Encoded>): Encoded {
    if (this.#encoder !== encoder) {
      this.#encoded = encoder.encode(this);
      this.#encoder = encoder;
    }
    return this.#encoded as Encoded;
  }
}

/** A copy of a datagram that the system refused to send (no route, no room, too large). */
export interface RefusedSend {
  readonly to: Destination;
  readonly error: unknown;
}

/** What a socket is opened for. */
export interface SocketUse {
  /** Many copies of a datagram are sent at once. */
  readonly isForMany?: boolean;
  /** No function of the system is called but through the runtime. */
  readonly noFfi?: boolean;
}

/** A UDP socket that is passed in. */
export interface DatagramSocket {
  /** The bound address, with the port that the system chose. */
  readonly address: Address;
  /**
   * The next datagram, in a buffer that is valid until the next call; undefined once the socket is
   * closed, and only then. Rejects when the system reports an error; the caller may then call again.
   */
  receive(): Promise<{ readonly datagram: Uint8Array; readonly from: Address } | undefined>;
  /**
   * Sends the same bytes to each destination. They must not change before this resolves.
   *
   * @returns the copies that the system refused; it accepted all others. Never rejects.
   */
  sendMany(datagram: Uint8Array, to: readonly Destination[]): Promise<readonly RefusedSend[]>;
  close(): void;
}

/** Sends a datagram to one address. Rejects when the system refuses. */
export async function sendOne(
  socket: Pick<DatagramSocket, "sendMany">,
  datagram: Uint8Array,
  to: Address,
): Promise<void> {
  const [refused] = await socket.sendMany(datagram, [new Destination(to)]);
  if (refused) throw refused.error;
}

/** Sends to one destination after the other, for sockets that can send to one only. */
export async function sendToEach(
  destinations: readonly Destination[],
  send: (to: Destination) => Promise<unknown>,
): Promise<readonly RefusedSend[]> {
  const refused: RefusedSend[] = [];
  for (const to of destinations) {
    try {
      await send(to);
    } catch (error) {
      refused.push({ to, error });
    }
  }
  return refused;
}

/** The address as a key for maps. */
export function addressKey({ hostname, port }: Address): string {
  return `${hostname}:${port}`;
}

/** `127.0.0.1:5004`, `[::1]:5004`. */
export function formatAddress({ hostname, port }: Address): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
