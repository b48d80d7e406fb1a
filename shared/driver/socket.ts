/** Where a datagram came from or goes to. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
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
  /** Rejects when the system refuses to send (no route, too large). */
  send(datagram: Uint8Array, to: Address): Promise<void>;
  close(): void;
}

/** The address as a key for maps. */
export function addressKey({ hostname, port }: Address): string {
  return `${hostname}:${port}`;
}

/** `127.0.0.1:5004`, `[::1]:5004`. */
export function formatAddress({ hostname, port }: Address): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
