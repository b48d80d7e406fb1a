/** What of the package ws its client needs here; its own types would bring those of Node. */
export interface ClientOptions {
  readonly maxPayload?: number;
  readonly perMessageDeflate?: boolean;
  readonly handshakeTimeout?: number;
  readonly followRedirects?: boolean;
}

export class WebSocket {
  constructor(url: URL, options: ClientOptions);
  on(event: "message", listener: (data: Uint8Array) => void): void;
  on(event: "error", listener: (error: Error & { readonly code?: unknown }) => void): void;
  on(event: "close", listener: () => void): void;
  terminate(): void;
}
