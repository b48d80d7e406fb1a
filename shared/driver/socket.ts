/** Where a datagram came from or goes to. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** One UDP socket, handed in. */
export interface DatagramSocket {
  /** What it is bound to, with the port the system chose. */
  readonly address: Address;
  /**
   * The next datagram, in a buffer that is the caller's until it calls again; undefined once the
   * socket is closed, and only then. Rejects when the system gives an error instead, after which the
   * next one can be asked for.
   */
  receive(): Promise<{ readonly datagram: Uint8Array; readonly from: Address } | undefined>;
  /** Rejects when the system refuses to send (no route, too large). */
  send(datagram: Uint8Array, to: Address): Promise<void>;
  close(): void;
}

/** A key for maps. */
export function addressKey({ hostname, port }: Address): string {
  return `${hostname}:${port}`;
}

/** `127.0.0.1:5004`, `[::1]:5004`. */
export function formatAddress({ hostname, port }: Address): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
