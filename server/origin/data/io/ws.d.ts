/** What of the package ws its client needs here; its own types would bring those of Node. */
export interface ClientOptions {
  readonly maxPayload?: number;
  readonly perMessageDeflate?: boolean;
  readonly followRedirects?: boolean;
}

export class WebSocket {
  constructor(url: URL, options: ClientOptions);
  on(event: "open" | "close", listener: () => void): void;
  on(event: "message", listener: (data: Uint8Array) => void): void;
  on(event: "error", listener: (error: Error & { readonly code?: unknown }) => void): void;
  terminate(): void;
}
